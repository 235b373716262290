"""What an outlet changed of an article: its words, or whether it is there at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.vocabulary import AbsenceKind, ChangeKind, Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, as the list of changes shows it."""

    id: int  # grows with the order in which changes were stored
    at: datetime  # when it was seen
    kind: ChangeKind
    outlet_key: str
    article_id: int
    url: str  # of the article
    title: str  # of the article's revision then
    revision: int  # number of the revision that it made, or that was the newest then
    differences: tuple[Difference, ...] = ()  # of a revision
    is_stealth: bool = False  # of a revision: words changed, and neither a new modified date nor a correction says so
    absence: AbsenceKind | None = None  # of what vanished or came back: what stood there instead
    detail: str | None = None  # the same in words
    capture_id: int | None = None  # of the answer that shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """An article's words in one revision."""

    title: str
    body: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuery:
    """Which changes to list, newest first; None means any."""

    outlet_key: str | None = None
    article_id: int | None = None
    kind: ChangeKind | None = None
    is_stealth: bool = False  # only those
    before_id: int | None = None  # cursor: only changes older than this one (of an earlier page)
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A stored article that is not where it was, from the first answer that said so."""

    article_id: int
    kind: AbsenceKind
    detail: str
    first_at: datetime
    last_at: datetime
    answers: int  # that said so
    first_capture_id: int | None  # evidence; None where nothing was answered or nothing may be kept
    last_capture_id: int | None
    told_at: datetime | None  # None: seen once, and to be seen again before it is told
    ended_at: datetime | None = None  # when it was there again


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A captured body that no retention rule may delete."""

    digest: str  # of the body
    reason: str  # "vanished": the last good capture of what is gone; "evidence": what was answered instead
    since: datetime
    article_id: int | None = None
