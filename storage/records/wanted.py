"""What a text must have, as full-text search can ask for it.

Words are folded (`storage.folding.fold_finely`). Facts are names of what is so of an article besides its words:
`storage.search.facts` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class WantedField(StrEnum):
    """Where words must stand: columns of the index."""

    TITLE = "title"
    AUTHORS = "authors"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPhrase:
    """Words side by side."""

    words: tuple[str, ...]
    is_prefix: bool = False  # the last one may go on
    within: WantedField | None = None  # None: in any field


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedNear:
    """One of `left` and one of `right`, in either order, with at most so many words between; all in one field."""

    left: tuple[WantedPhrase, ...]
    right: tuple[WantedPhrase, ...]
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFact:
    """At least one of the facts; of none, nothing is wanted that there could be."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAny:
    """At least one of the parts; there is at least one."""

    parts: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAll:
    """All of the parts; there is at least one."""

    parts: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedNot:
    """Anything but the part."""

    part: Wanted


Wanted: TypeAlias = WantedPhrase | WantedNear | WantedFact | WantedAny | WantedAll | WantedNot


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which articles a search asks for; None means any."""

    wanted: Wanted | None = None
    since: datetime | None = None  # published (first seen, where no date is known) at or after
    until: datetime | None = None  # before
    found_since: datetime | None = None  # first seen at or after
    found_until: datetime | None = None  # before
    is_news: bool = False  # without what backfills brought of long ago
