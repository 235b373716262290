"""Captures in segments of an older version written anew as WARC, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storage.archive.files import SUFFIX
from storage.errors import BodyMissing
from storage.ports import BodyStore, EvidenceBook
from storage.records import BodyRef, Capture, KeptCapture

_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What one batch came to."""

    captures: int
    lost: tuple[str, ...] = ()  # why each of the others could not be read; they stay as they are


def convert(bodies: BodyStore, evidence: EvidenceBook) -> Iterator[Converted]:
    """Writes each capture with its true time; a batch is on disk before the store refers to it.

    Interrupted, it goes on where it was the next time. Heads are made of the headers that were kept, and say so.
    """
    after = 0
    while batch := evidence.in_segments(after, _BATCH):
        after = batch[-1].capture.id
        places: list[tuple[KeptCapture, BodyRef]] = []
        lost: list[str] = []
        for kept in batch:
            try:
                body = bodies.get(kept.body, kept.capture.digest)
            except BodyMissing as error:
                lost.append(f"{kept.capture.final_url}: {error}")
                continue
            known = kept.body if kept.body.segment.endswith(SUFFIX) else None
            places.append((kept, bodies.put(_capture(kept, body), kept.found, known)))
        bodies.sync()
        evidence.moved(places)
        yield Converted(captures=len(places), lost=tuple(lost))


def _capture(kept: KeptCapture, body: bytes) -> Capture:
    stored = kept.capture
    return Capture(
        url=stored.url,
        final_url=stored.final_url,
        fetched_at=stored.fetched_at,
        status=stored.status,
        headers=stored.headers,
        body=body,
        digest=stored.digest,
    )
