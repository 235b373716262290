"""Whether this worker may still send to a domain: the last look before a request goes out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable


class Leases:
    """What a worker knows of its leases without asking the store.

    Until it is first told of an end it allows everything: a probe waits for each domain before it asks for anything.
    """

    def __init__(self) -> None:
        self._end = math.inf  # monotonic; of all that are held
        self._lost: set[str] = set()

    @property
    def has_ended(self) -> bool:
        """Whether all have run out."""
        return time.monotonic() >= self._end

    def last_until(self, end: float) -> None:
        """All that are held were renewed, until `end` (monotonic)."""
        self._end = end

    def lose(self, domain: str) -> None:
        """Another worker has taken a domain over."""
        self._lost.add(domain)

    def gain(self, domains: Iterable[str]) -> None:
        """Domains are held (again)."""
        self._lost.difference_update(domains)

    def allow(self, domain: str) -> bool:
        """Whether a request to a domain may be sent now."""
        return domain not in self._lost and not self.has_ended
