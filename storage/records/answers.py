"""Answers in the archive that are no page of an article: redirects on the way to one, sources, not-found pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records.captures import Capture, RecordRef


class AnswerKind(StrEnum):
    """What an answer is kept for."""

    HOP = "hop"  # it redirected to what a capture holds; it goes with that
    SOURCE = "source"  # the body of a feed, a sitemap or a section page, where these are kept
    PICTURE = "picture"  # in a page that others captured; it goes with that page's capture
    NOT_FOUND = "not-found"  # to an address that cannot exist, asked to learn what the outlet answers then


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One that is in the archive and still to be noted in the store."""

    kind: AnswerKind
    capture: Capture
    record: RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """One that the store knows."""

    id: int
    kind: AnswerKind
    outlet_key: str
    capture_id: int | None  # of a hop what it led to, of a picture where it stands
    source_id: int | None
    url: str
    status: int
    fetched_at: datetime
    digest: str  # SHA-256 of the body without transfer coding
    size: int  # bytes of it
    record: RecordRef | None  # None: it was deleted
    deleted_at: datetime | None = None
    deleted_by: int | None = None  # the order
