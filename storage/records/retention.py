"""What is kept no longer: rules, plans, holds, and what is told of what was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Stay(StrEnum):
    """Why something is kept although it is old enough to go."""

    HELD = "held"  # on legal hold
    PINNED = "pinned"  # as evidence
    CITED = "cited"  # a revision whose text stays was read from it
    YOUNGER = "younger"  # the same bytes were fetched again later, or by an outlet whose pages are kept


class RetentionState(StrEnum):
    """How far an order to delete is."""

    PLANNED = "planned"  # what would go was counted; nothing is deleted
    RUNNING = "running"  # or it was interrupted
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """What of one outlet goes: pages fetched, and texts seen, before a moment; None: they are kept."""

    outlet_key: str
    pages_before: datetime | None = None
    texts_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionCount:
    """What a plan found at one outlet, or what was deleted there."""

    outlet_key: str
    pages: int = 0
    page_bytes: int = 0  # of them in the archive
    texts: int = 0  # of revisions
    text_chars: int = 0
    answers: int = 0  # bodies of sources, not-found pages; redirects are counted with the pages that they led to
    answer_bytes: int = 0  # of them in the archive
    stays: Mapping[Stay, int] = field(default_factory=dict)  # pages and texts that are old enough, by why they stay


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionOrder:
    """An order to delete what is old enough by its rules."""

    id: int
    by: str
    why: str
    state: RetentionState
    planned_at: datetime
    changed_at: datetime  # when it came to this state
    rules: tuple[RetentionRule, ...]
    planned: tuple[RetentionCount, ...]  # by outlet
    deleted: tuple[RetentionCount, ...]  # so far


#: Days for which pages and texts are kept; None: for ever.
KeptDays = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRetention:
    """The standing order to delete, once a day, what is older than settings and outlet files say.

    It bears the days that were in force when it was given: nothing goes sooner than whoever gave it has seen.
    """

    by: str
    ordered_at: datetime
    default: KeptDays
    outlets: Mapping[str, KeptDays] = field(default_factory=dict)  # those that differ from it
    ran_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One thing that was deleted: a page's body, or a revision's text."""

    what: str  # "page", "text", or the kind of an answer: "source", "not-found", "hop"
    url: str
    digest: str  # SHA-256 of the body; of a text, of headline, text, byline and date
    at: datetime  # when it was fetched or seen
    size: int  # bytes of the body on the wire; words of the text
    outlet_key: str
    article_id: int | None
    deleted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold: nothing of what it names is deleted until it is lifted."""

    id: int
    article_id: int | None  # exactly one of these three
    outlet_key: str | None
    story_id: int | None
    url: str | None  # of the article
    why: str
    by: str
    placed_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_why: str | None = None
