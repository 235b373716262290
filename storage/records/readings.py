"""Reading stored pages again: what is to be read, what was read, and how far that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.records.articles import Extraction, OptOut
from storage.records.candidates import Hints
from storage.records.captures import KeptPage


class ReextractionState(StrEnum):
    """How far a re-extraction is."""

    READING = "reading"  # pages are read, or it was interrupted there
    READ = "read"  # its report is there; nothing of it is in force
    KEEPING = "keeping"  # its readings come into force, or it was interrupted there
    KEPT = "kept"
    UNDOING = "undoing"  # the readings before come into force again, or it was interrupted there
    DROPPED = "dropped"  # its readings are deleted


class FieldChange(StrEnum):
    """What another reading does to a field."""

    GAINED = "gained"  # it was empty
    LOST = "lost"  # it is empty
    CHANGED = "changed"


class Unread(StrEnum):
    """Why a revision was not read again; what is stored of it stays in force."""

    NO_PAGE = "no-page"  # none was kept, or it was deleted since
    DAMAGED = "damaged"  # the archive has it no more, or not as it was
    REJECTED = "rejected"  # for today's extractor it is no article
    FAILED = "failed"  # the extractor crashed, hung, or could not decode it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reextraction:
    """An order to read stored pages again."""

    id: int
    outlets: tuple[str, ...]
    since: datetime | None  # revisions seen at or after
    extractor: str  # code version
    by: str
    state: ReextractionState
    begun_at: datetime
    changed_at: datetime  # when it came to this state
    articles: int  # to be read
    done: int  # of them


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionToRead:
    """A revision and the pages that it was read from."""

    id: int
    article_id: int
    number: int
    outlet_key: str
    hints: Hints
    page: KeptPage | None  # None: it is not kept
    further: tuple[KeptPage, ...] = ()  # other pages of the same article, fetched for the same revision
    opt_outs: tuple[OptOut, ...] = ()  # what robots.txt said when it was fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """What became of a revision that was read again."""

    revision_id: int
    extraction: Extraction | None = None
    unread: Unread | None = None  # exactly one of the two


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSample:
    """One field of one article, as it is and as it would be."""

    article_id: int
    revision: int
    url: str
    field: str
    change: FieldChange
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletReport:
    """What a re-extraction found at one outlet."""

    outlet_key: str
    articles: int  # to be read
    done: int  # of them
    revisions: int  # read again, or not: see `unread`
    changed: int  # revisions of which a reader would see another state
    fields: Mapping[str, Mapping[FieldChange, int]] = field(default_factory=dict)
    unread: Mapping[Unread, int] = field(default_factory=dict)
    samples: tuple[FieldSample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One step of keeping a re-extraction, or of undoing it."""

    exchanged: int  # revisions that another reading is in force of now
    overtaken: int  # revisions left as they are: a later re-extraction has read them since
    is_done: bool
