"""Points in time as outlets tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.vocabulary import Precision, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point in time as an outlet told it.

    `at` is aware UTC. With day precision it is midnight UTC of the calendar day that was named, and
    only the day means anything.
    """

    at: datetime
    precision: Precision
    rule: str  # what told it: "json-ld", "meta article:published_time", "feed", ...
    zone: Zone
