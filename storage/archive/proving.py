"""The records of one capture, read from the archive and compared."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice

from storage.archive.archive import Archive
from storage.archive.files import Files
from storage.archive.reading import read_member, record_in
from storage.archive.record import Record
from storage.archive.records import NOT_MODIFIED_PROFILE
from storage.archive.verifying import answer_difference, difference
from storage.archive.walking import Step, walk
from storage.errors import BodyMissing
from storage.records import KeptAnswer, KeptCapture, RecordRef, Tls

_BESIDE = 2  # request and metadata follow their response


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the archive says of one capture."""

    kind: str = ""  # "response", "revisit"; empty: it lies in a segment of an older version
    confirms: str | None = None  # of a "not modified": the id of the record whose body it says is unchanged
    record_id: str | None = None
    date: str | None = None  # as the record has it
    block_digest: str | None = None
    body_digest: str | None = None  # recomputed now
    ip: str | None = None
    tls: Tls | None = None
    request: tuple[str, ...] = ()  # lines
    response: tuple[str, ...] = ()
    told: tuple[tuple[str, str], ...] = ()  # the metadata record
    problem: str | None = None  # why it proves nothing


def prove(files: Files, kept: KeptCapture) -> Proof:
    """Reads a capture's records. What is wrong with them is told in the proof; one that was deleted has none."""
    if kept.deleted_at is not None:
        return Proof()
    try:
        body = Archive(files.folder, bucket=files.place).get(kept.body, kept.capture.digest)
        digest = hashlib.sha256(body).hexdigest()
        if kept.record is None:
            return Proof(body_digest=digest)
        record = record_in(read_member(files, kept.record))
    except BodyMissing as error:
        return Proof(problem=str(error))
    if other := difference(kept, record, kept.record.length):
        return Proof(problem=other)
    return _proof(files, kept.record, record, digest)


def prove_answer(files: Files, kept: KeptAnswer) -> Proof:
    """The same of an answer that is no page of an article."""
    if kept.deleted_at is not None or kept.record is None:
        return Proof()
    try:
        record = record_in(read_member(files, kept.record))
        if other := answer_difference(kept, record, kept.record.length):
            return Proof(problem=other)
        body = record.body
    except BodyMissing as error:
        return Proof(problem=str(error))
    return _proof(files, kept.record, record, hashlib.sha256(body).hexdigest() if record.kind == "response" else None)


def _proof(files: Files, place: RecordRef, record: Record, digest: str | None) -> Proof:
    record_id = record.headers.get("warc-record-id")
    try:
        beside = [step.record for step in _beside(files, place) if step.record]
    except OSError as error:  # written anew by `presswatch retention` a moment ago, or a disk that fails
        return Proof(problem=f"what stands beside it cannot be read: {error}; try again")
    own = {each.kind: each for each in beside if each.headers.get("warc-concurrent-to") == record_id}
    told = _fields(own.get("metadata"))
    version, certificate = told.get("tls"), told.get("tls-certificate", "")
    is_unchanged = record.headers.get("warc-profile") == NOT_MODIFIED_PROFILE
    return Proof(
        kind=record.kind,
        confirms=record.headers.get("warc-refers-to") if is_unchanged else None,
        record_id=record_id,
        date=record.headers.get("warc-date"),
        block_digest=record.headers.get("warc-block-digest"),
        body_digest=digest,
        ip=record.headers.get("warc-ip-address"),
        tls=Tls(version=version, cipher=told.get("tls-cipher", ""), certificate=certificate.removeprefix("sha256:"))
        if version
        else None,
        request=_lines(own.get("request")),
        response=_lines(record),
        told=tuple(told.items()),
    )


def _beside(files: Files, place: RecordRef) -> list[Step]:
    """What stands behind a record. Raises OSError."""
    with files.opened(place.segment) as file:
        return list(islice(walk(file, place.offset + place.length), _BESIDE))


def _fields(record: Record | None) -> dict[str, str]:
    lines = record.block.decode("utf-8", "replace").splitlines() if record else []
    pairs = (line.partition(": ") for line in lines)
    return {name: value for name, _, value in pairs}


def _lines(record: Record | None) -> tuple[str, ...]:
    return tuple(record.head.decode("latin-1").rstrip().splitlines()) if record else ()
