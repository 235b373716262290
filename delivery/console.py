"""What an operator may do through a page: the port behind it. `control` implements it as its commands do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage.records import Outlet, Reason, RevisitCost, RevisitStanding, Source

#: Hours of a week, from Monday 00:00.
WEEK_HOURS = 168


class BadWish(Exception):
    """A field of a form makes no sense: which one, and a sentence that tells what is wrong, with an example."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceWish:
    """How a source is to be visited, as it was written into a form; "" is no order, so that its outlet file holds."""

    mode: str = ""  # "", "adaptive", "every" or "cron"
    every: str = ""  # a span, with "every"
    cron: str = ""  # a cron line, with "cron"
    not_between: str = ""  # windows, with commas or blanks between them
    floor: str = ""  # a span
    ceiling: str = ""  # a span
    heed_publisher: str = ""  # "", "yes" or "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekProfile:
    """When an outlet publishes, as the visits of its sources taught."""

    rates: tuple[float, ...]  # articles expected in each of 168 hours, from Monday 00:00
    zone: str  # IANA name of the time zone that the hours are of
    since: datetime  # when the oldest of its sources was first visited


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitText:
    """When articles are to be asked for again, as it was written into a form; "" is no order."""

    ages: str = ""  # "1h, 6h, 1d", or "none"
    a_day: str = ""  # requests to one host

    @property
    def confirmation(self) -> str:
        """What is sent with it by who has seen what it costs: of another order it is another one."""
        return f"{self.ages}; {self.a_day}"


class Console(Protocol):
    """Orders of an operator, each durable when its method returns, and an event that tells who gave it (`by`)."""

    def secret(self) -> bytes:
        """What tokens of forms are made with, the same in all web processes of a store."""

    def order_pace(self, source_id: int, wish: PaceWish, by: str) -> Source:
        """Orders how a source is visited, in place of what was ordered before. Raises BadWish."""

    def pause(self, source_id: int, until: str, by: str) -> Source:
        """No visits until a time, as it was written. Raises BadWish."""

    def resume(self, source_id: int, by: str) -> Source:
        """Ends a pause."""

    def visit_now(self, source_id: int, by: str) -> Source:
        """Has a source visited now."""

    def accept_move(self, source_id: int, by: str) -> str:
        """Makes where a source has moved to its own address; returns it. Raises NotMoved."""

    def take_back_move(self, source_id: int, by: str) -> str:
        """Makes the address that its outlet names its own again; returns it. Raises NotMoved."""

    def retry(self, reason: Reason, since: datetime, outlet_keys: Collection[str] | None, by: str) -> int:
        """Has candidates that ended so since then fetched again; returns how many."""

    def revisits(self, outlet_key: str) -> RevisitStanding:
        """How the re-visits of a known outlet stand, with what they cost."""

    def revisit_cost(self, outlet_key: str, wish: RevisitText) -> RevisitCost:
        """What an order would cost; nothing is changed. Raises BadWish."""

    def order_revisits(self, outlet_key: str, wish: RevisitText, by: str) -> None:
        """Orders an outlet's re-visits, in place of what was ordered before. Raises BadWish."""

    def profile(self, outlet: Outlet) -> WeekProfile | None:
        """When an outlet publishes; None where nothing was learned yet."""
