"""How long after it came out an article was found, as far as that can be known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records.moments import Moment
from storage.records.vocabulary import Precision

_CLOCK_SLACK = timedelta(minutes=5)
#: Where the day begins first (UTC+14), tomorrow is today.
_FIRST_DAY_BEGINS = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """At least and at most; the two are the same where it is known."""

    least: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How the address of an article was found first."""

    found_at: datetime  # the visit that listed it
    absent_at: datetime | None  # the visit before, which did not; None: there was none
    source_url: str | None  # None: it was no source of ours, such as a backfill
    told: Moment | None  # when it was published, as its source said then
    published: Moment | None = None  # as the article says itself; asked where its source said nothing
    is_past: bool = False  # a backfill found it, so that no delay is to be told

    @property
    def delay(self) -> Delay | None:
        """How long after it came out it was found."""
        return None if self.is_past else delay_of(self.told or self.published, self.absent_at, self.found_at)

    @property
    def is_told_ahead(self) -> bool:
        """Whether its source dated it later than it was found."""
        return self.told is not None and is_ahead(self.told, self.found_at)


def is_ahead(told: Moment, seen_at: datetime) -> bool:
    """Whether a date lies ahead of when it was seen: by more than two clocks differ, a day by more than zones do."""
    slack = _FIRST_DAY_BEGINS if told.precision is Precision.DAY else _CLOCK_SLACK
    return told.at > seen_at + slack


def delay_of(published: Moment | None, absent_at: datetime | None, found_at: datetime | None) -> Delay | None:
    """The delay of what a visit listed (`found_at`) and the one before (`absent_at`) did not; None where unknown.

    It came out between the two visits. A date between them tells when; one before them only says that the outlet
    listed it late, and one in the future says nothing.
    """
    if found_at is None or absent_at is None or absent_at > found_at:
        return None
    if published is None or published.precision is Precision.DAY or not absent_at < published.at <= found_at:
        return Delay(least=timedelta(), most=found_at - absent_at)
    return Delay(least=found_at - published.at, most=found_at - published.at)
