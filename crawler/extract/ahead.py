"""Dates that lie ahead of the moment at which a page came: flagged, and never taken for freshness.

Some outlets write their local time and call it UTC, others schedule a date. What is published has been published.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from storage.records import Evidence, Moment, Precision, Zone

#: Two clocks may differ by so much.
_SLACK = timedelta(minutes=5)
#: Where the day begins first (UTC+14), tomorrow is today.
_FIRST_DAY_BEGINS = timedelta(hours=14)


def not_ahead(name: str, moment: Moment | None, now: datetime | None) -> tuple[Moment | None, tuple[Evidence, ...]]:
    """A date that is not ahead of `now`, and the evidence that one was.

    Of a time ahead only the day is kept, as its zone is most likely wrong; of a day that nowhere has begun, nothing.
    """
    if moment is None or now is None:
        return moment, ()
    latest_day = (now + _FIRST_DAY_BEGINS).date()
    if moment.precision is Precision.DAY:
        is_ahead, kept = moment.at.date() > latest_day, None
    else:
        is_ahead = moment.at > now + _SLACK
        midnight = moment.at.replace(hour=0, minute=0, second=0, microsecond=0)
        day = replace(moment, at=midnight, precision=Precision.DAY, zone=Zone.NONE)
        kept = day if midnight.date() <= latest_day else None
    if not is_ahead:
        return moment, ()
    lost = ((moment.rule, moment.at.isoformat()),)
    told = kept.at.date().isoformat() if kept else "no date"
    return kept, (Evidence(field=name, rule="ahead of when it was fetched", value=told, lost=lost),)
