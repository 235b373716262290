"""How long after it came out an article was found, as far as that can be known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records.moments import Moment
from storage.records.vocabulary import Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """At least and at most; the two are the same where it is known."""

    least: timedelta
    most: timedelta


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
