"""What a search finds, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The newest articles that a search finds, counted; so many at most that counting takes no longer than finding."""

    newest: tuple[int, ...]  # the first ids, newest first
    count: int  # of those that were counted
    is_whole: bool  # whether these are all there are
    estimate: int  # of all there are; the count where it is whole
    outlets: Mapping[str, int]  # by key
    languages: Mapping[str | None, int]
    days: Mapping[date, int]  # UTC, as published (first seen, where no date is known)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexProgress:
    """How far the index for searching is behind what is stored."""

    waiting: int  # articles that it does not have yet, or not as they are now
    articles: int  # all there are
