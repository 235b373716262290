"""What was deleted of the history of what was done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Rows by kind."""

    visits: int = 0
    deliveries: int = 0
    requests: int = 0  # of the ledger: an hour of a host
    events: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.visits + self.deliveries + self.requests + self.events
