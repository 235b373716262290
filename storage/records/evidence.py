"""The chain from an article to the bytes that an outlet sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.captures import BodyRef, Provenance, RecordRef, StoredCapture


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCapture:
    """A capture, its own record and its body's place."""

    capture: StoredCapture
    record: RecordRef | None  # None: it lies in a segment of an older version, which has no records
    body: BodyRef
    found: Provenance
    deleted_at: datetime | None = None  # by retention: then nothing of it is in the archive
    deleted_by: int | None = None  # the order


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionLink:
    """A revision, and the capture that it was read from."""

    article_id: int
    number: int
    seen_at: datetime
    title: str
    extractor: str
    content_digest: str
    capture_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordProblem:
    """What is wrong with one record of the archive."""

    file: str
    offset: int | None  # None: it is about the whole file
    url: str | None
    problem: str

    def __str__(self) -> str:
        """For a person."""
        where = self.file if self.offset is None else f"{self.file}: the record at {self.offset}"
        return f"{where}{f' ({self.url})' if self.url else ''}: {self.problem}"
