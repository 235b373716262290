"""Records for the contract tests: short to write, all fields sensible."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.ports import BodyStore
from storage.records import (
    Candidate,
    Capture,
    Extraction,
    Moment,
    Outlet,
    OutletSource,
    PendingCandidate,
    Precision,
    SourceKind,
    Verdict,
    VisitOutcome,
    VisitReport,
    Zone,
)
from storage.sql.crawl import SqlCrawlStore
from storage.sql.outlets import SqlOutletBook

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def outlet(key: str = "jpost", *, feeds: int = 1, **changes: Any) -> Outlet:
    sources = tuple(
        OutletSource(kind=SourceKind.FEED, url=f"https://{key}.example/feed{number}") for number in range(feeds)
    )
    made = Outlet(key=key, name=f"The {key}", home_url=f"https://{key}.example/", languages=("en",), sources=sources)
    return replace(made, **changes)


def key_of(url: str) -> int:
    """A signed 64-bit fingerprint, as good as the crawler's for these tests."""
    return int.from_bytes(hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def candidate(url: str, **changes: Any) -> Candidate:
    return replace(Candidate(url=url, key=key_of(url), found_url=url), **changes)


def report(source_id: int, *urls: str, at: datetime = NOW, **changes: Any) -> VisitReport:
    made = VisitReport(
        source_id=source_id,
        started_at=at - timedelta(seconds=1),
        finished_at=at,
        outcome=VisitOutcome.READ,
        next_due_at=at + HOUR,
        status=200,
        bytes_received=1_000,
        listed=len(urls),
        candidates=tuple(candidate(url) for url in urls),
    )
    return replace(made, **changes)


def extraction(body: str = "Iran withdrew.\n\nHezbollah stayed.", **changes: Any) -> Extraction:
    made = Extraction(
        title="Iran withdraws",
        body=body,
        authors=("Anna Ahronheim",),
        published=Moment(at=NOW - HOUR, precision=Precision.MINUTE, rule="json-ld", zone=Zone.STATED),
        language="en",
        extractor="1",
    )
    return replace(made, **changes)


def capture_of(url: str, body: bytes, at: datetime = NOW) -> Capture:
    return Capture(
        url=url,
        final_url=url,
        fetched_at=at,
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
    )


def verdict(
    pending: PendingCandidate, text: Extraction | None = None, *, at: datetime = NOW, **changes: Any
) -> Verdict:
    return replace(Verdict(pending=pending, at=at, extraction=text), **changes)


def captured(found: Verdict, bodies: BodyStore, body: bytes = b"") -> Verdict:
    """The verdict with its capture, whose body is in the archive."""
    page = body or f"<html>{found.pending.candidate.url} {found.extraction}</html>".encode()
    capture = capture_of(found.pending.candidate.url, page, found.at)
    return replace(found, capture=capture, body_ref=bodies.put(capture))


def source_ids(crawl: SqlCrawlStore, *keys: str) -> list[int]:
    return [source.id for source in crawl.sources_of(keys)]


def listed(crawl: SqlCrawlStore, book: SqlOutletBook, *urls: str, key: str = "jpost") -> list[PendingCandidate]:
    """Loads an outlet where it is new and visits its source; what is pending of these URLs then, in their order."""
    if key not in {known.key for known in book.outlets()}:
        book.load([outlet(key)], "added", NOW)
    _, pending = crawl.record_visit(report(source_ids(crawl, key)[0], *urls))
    by_url = {found.candidate.url: found for found in pending}
    return [by_url[url] for url in urls]


def words(seed: str, count: int) -> str:
    """A text of so many words, the same for the same seed."""
    return " ".join(f"word{zlib.crc32(f'{seed} {number}'.encode()) % 5_000}" for number in range(count))
