"""The chain from an article to the bytes that an outlet sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.answers import KeptAnswer
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
    hops: tuple[KeptAnswer, ...] = ()  # redirects that led to it, in order
    pictures: tuple[KeptAnswer, ...] = ()  # of its page, that others captured with it


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
    is_as_read: bool | None = None  # whether its stored words are those that were read; None: that cannot be told


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsChecked:
    """What came of comparing stored words with what was read."""

    revisions: int = 0  # compared
    unsealed: int = 0  # with no digest yet: an older version stored them
    left: int = 0  # not compared: what they were read from cannot be read
    problems: tuple[RecordProblem, ...] = ()
