"""When a source is visited next, decided where its visit is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from storage.records import Moment, Outlet, Pace, PaceTotals, PublisherWords, SiteTotals, Source, VisitReport


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitToPace:
    """A visit, and all that its source's next due time hangs on."""

    source_id: int
    url: str  # the source's, as its outlet names it
    outlet: Outlet
    report: VisitReport
    arrived: Sequence[Moment | None]  # of each candidate that was new: when it says that it was published
    ordered: Pace  # by command
    paused_until: datetime | None
    words: PublisherWords
    price: float | None  # of a visit, common to all sources; None: not known yet
    memory: bytes | None  # what `Paced.memory` was after the last visit
    has_gap: bool = False  # it had no item in common with the one before
    is_pushed: bool = False  # a hub has brought its articles lately before visits found them
    least_gap_s: float = 0.0  # that the budget of its site leaves each of its sources, on the mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """What a pacer says after a visit."""

    next_due_at: datetime
    why: str  # a few words for a person
    memory: bytes | None
    demand: float  # visits a second that the source is worth at a price of 1; 0: it is not visited adaptively
    share_s: int  # mean seconds between visits by which it counts in the budget; 0: it is not visited adaptively
    is_by_calendar: bool = False  # at times of the calendar, whatever was before


class Pacer(Protocol):
    """Chooses when a source is visited next. Pure: asked within the transaction that stores the visit."""

    def pace(self, visit: VisitToPace) -> Paced:
        """The next due time after a visit, which is learned from. Raises nothing."""

    def plan(self, visit: VisitToPace) -> Paced:
        """The next due time by new orders; nothing is learned. Raises nothing."""


class PaceBook(Protocol):
    """Orders about visits, and what keeps all sources to their budgets.

    Each order is an event, in the same transaction, that tells who gave it (`by`).
    """

    def order(self, source_id: int, pace: Pace, now: datetime, by: str = "command") -> Source:
        """Orders how a source is visited, in place of what was ordered before; plans its next visit by it."""

    def pause(self, source_id: int, until: datetime | None, now: datetime, by: str = "command") -> Source:
        """No visits until then; None: visits again, from now on."""

    def make_due(self, source_id: int, now: datetime, by: str = "command") -> Source:
        """Makes a source due now; one that is gone (410) is asked for once more."""

    def memories(self, outlet_key: str) -> list[bytes]:
        """`Paced.memory` of the sources of an outlet that are visited."""

    def totals(self) -> PaceTotals:
        """What the price of a visit is set by."""

    def totals_of_sites(self) -> Mapping[str, SiteTotals]:
        """The same of each registrable domain."""

    def visits_since(self, since: datetime) -> Mapping[str, int]:
        """How many visits each registrable domain had."""

    def made_ahead(self, now: datetime) -> list[int]:
        """Sources whose last visit lies in the future: the clock was ahead then, and so are their due times."""

    def overdue(self, now: datetime) -> list[int]:
        """Sources visited before that are due and not queued, the longest due first."""

    def mend_clock(self, now: datetime) -> None:
        """Ends waits that only a clock that was ahead can have made: of queued jobs, leases, candidates and
        channels.
        """

    def follow_clock(self, jump: timedelta, now: datetime) -> bool:
        """The clock was moved by `jump` to `now`: what is left of each wait stays, and times of the calendar are
        planned anew. False, and nothing is done, where another scheduler did it.
        """

    def set_due(self, due: Mapping[int, datetime], why: str, now: datetime) -> None:
        """Sets due times."""

    def replan(self, due: Mapping[int, datetime], why: str, now: datetime) -> None:
        """Sets due times of sources that are visited adaptively; others are planned by their orders, as if they had
        been visited now. What lies in the past by its nature, and after `now`, is moved there.
        """
