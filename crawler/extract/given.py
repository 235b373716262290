"""What is known of a page before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from crawler.extract.moments import zone_of
from storage.records import Hints, Outlet, OutletRule, RepeatedLines


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Where a page was found, by whom it is, and what its outlet's past tells."""

    url: str
    hints: Hints
    outlet: Outlet | None
    now: datetime | None  # aware: dates later than that are not believed
    repeated: RepeatedLines  # lines that the outlet's other articles share

    @property
    def names(self) -> tuple[str, ...]:
        """What the outlet is called, as far as its file says so."""
        return (self.outlet.name, *self.outlet.aliases) if self.outlet else ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Further hosts of the outlet."""
        return self.outlet.hosts if self.outlet else ()

    @property
    def rules(self) -> tuple[OutletRule, ...]:
        """The rules of the outlet."""
        return self.outlet.rules if self.outlet else ()

    @property
    def zone(self) -> tzinfo | None:
        """The outlet's zone, which a time without one is in."""
        return zone_of(self.outlet.timezone if self.outlet else None)
