"""Recomputing all that the archive says of itself, and all that the store says of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.archive.archive import Archive, index_of
from storage.archive.cdxj import in_order, line_of_record
from storage.archive.files import MANY_BYTES, Files
from storage.archive.member import is_ours
from storage.archive.record import Record
from storage.archive.records import header_url, warc_date
from storage.archive.walking import Step, walk
from storage.errors import BodyMissing
from storage.records import KeptAnswer, KeptCapture, RecordProblem

_FOLDED = re.compile(rb"\r?\n(?=[ \t])")
_STATUS = re.compile(rb"HTTP/\d[\d.]* +(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found in one file, in a part of the segments, or in a part of the revisions."""

    name: str
    size: int = 0  # bytes read
    records: int = 0
    captures: int = 0
    revisions: int = 0
    unsealed: int = 0  # revisions whose words have no digest yet
    problems: tuple[RecordProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a response or revisit record holds."""

    record: Record
    length: int
    body_digest: str | None  # None: of a revisit, which has no body of its own


def verify_file(
    files: Files, name: str, expected: Sequence[KeptCapture], others: Sequence[KeptAnswer] = ()
) -> Verified:
    """Reads each record of a WARC file, and compares it with its own digests, the index, and what the store expects:
    captures, and answers that are no page of an article.
    """
    problems, answers, lines = [], {}, []
    count = size = 0
    urls = {kept.record.offset: kept.capture.final_url for kept in expected if kept.record}
    urls |= {kept.record.offset: kept.url for kept in others if kept.record}
    try:
        with files.opened(name, MANY_BYTES) as file:
            for step in walk(file):
                size += step.length
                problem = _problem_of(step)
                if step.record is None or problem:
                    told, url = problem or step.problem or "it cannot be read", urls.get(step.offset)
                    problems.append(RecordProblem(file=name, offset=step.offset, url=url, problem=told))
                    continue
                count += 1
                if step.record.kind in ("response", "revisit"):
                    answers[step.offset] = _answer(step.record, step.length)
                    lines.append(line_of_record(step.record, offset=step.offset, length=step.length, name=name))
    except OSError as error:
        problems.append(RecordProblem(file=name, offset=None, url=None, problem=f"it cannot be read: {error}"))
    damaged = {problem.offset for problem in problems}
    problems += _of_captures(files, [kept for kept in expected if kept.record], answers, damaged)
    problems += _of_others(name, others, answers, damaged)
    if not damaged:
        problems += _of_index(files, name, [line for line in lines if line])
    return Verified(name=name, size=size, records=count, captures=len(expected), problems=tuple(problems))


def verify_segments(folder: Path, expected: Sequence[KeptCapture]) -> Verified:
    """Reads the body of each of these captures, which lie in segments of an older version."""
    archive, problems, size = Archive(folder), [], 0
    for kept in expected:
        size += kept.body.length
        problem = _of_body(archive, kept)
        if problem:
            problems.append(_problem(kept.body.segment, kept.body.offset, kept, problem))
    return Verified(name="segments", size=size, captures=len(expected), problems=tuple(problems))


def difference(kept: KeptCapture, record: Record, length: int) -> str | None:
    """What a response or revisit, which takes so many bytes, says otherwise than the store; None: nothing."""
    return _difference(kept, _answer(record, length))


def _problem_of(step: Step) -> str | None:
    """What the walk cannot see: bytes of a gzip head that inflating passes over, and a payload's digest."""
    record = step.record
    if record is None:
        return step.problem
    if not is_ours(step.head):
        return "the head of its gzip member is not as it was written"
    wanted = record.headers.get("warc-payload-digest")
    if record.kind == "response" and wanted != f"sha256:{hashlib.sha256(record.content).hexdigest()}":
        return "its payload is not what its digest says"
    return None


def _answer(record: Record, length: int) -> _Answer:
    digest = None
    if record.kind == "response":
        try:
            digest = hashlib.sha256(record.body).hexdigest()
        except BodyMissing:
            digest = ""
    return _Answer(Record(headers=record.headers, block=record.head), length, digest)


def answer_difference(kept: KeptAnswer, record: Record, length: int) -> str | None:
    """What a record says otherwise than the store of an answer that is no page; None: nothing."""
    return _answer_difference(kept, _answer(record, length))


def _of_others(
    name: str, others: Sequence[KeptAnswer], answers: dict[int, _Answer], damaged: set[int | None]
) -> Iterator[RecordProblem]:
    for kept in others:
        if kept.record is None or kept.record.offset in damaged or None in damaged:
            continue
        answer = answers.get(kept.record.offset)
        problem = "there is no such record" if answer is None else _answer_difference(kept, answer)
        if problem:
            yield RecordProblem(file=name, offset=kept.record.offset, url=kept.url, problem=problem)


def _answer_difference(kept: KeptAnswer, answer: _Answer) -> str | None:
    headers = answer.record.headers
    found = _STATUS.match(answer.record.block)
    told = {
        "length": (kept.record and kept.record.length, answer.length),
        "address": (header_url(kept.url), headers.get("warc-target-uri")),
        "time": (warc_date(kept.fetched_at), headers.get("warc-date")),
        "status": (kept.status, int(found[1]) if found else None),
        "body": (kept.digest, answer.body_digest if answer.body_digest is not None else kept.digest),
    }
    return _first_difference(told)


def _first_difference(told: Mapping[str, tuple[object, object]]) -> str | None:
    for what, (stored, read) in told.items():
        if stored != read:
            return f"its {what} is {read}, the store says {stored}"
    return None


def _of_captures(
    files: Files, expected: Sequence[KeptCapture], answers: dict[int, _Answer], damaged: set[int | None]
) -> Iterator[RecordProblem]:
    archive = Archive(files.folder, bucket=files.place)
    for kept in expected:
        record = kept.record
        if record is None or record.offset in damaged or None in damaged:
            continue
        answer = answers.get(record.offset)
        problem = "there is no such record" if answer is None else _difference(kept, answer)
        if problem is None and (kept.body.segment, kept.body.offset) != (record.segment, record.offset):
            problem = _of_body_elsewhere(archive, kept, answers)
        if problem:
            yield _problem(record.segment, record.offset, kept, problem)


def _difference(kept: KeptCapture, answer: _Answer) -> str | None:
    """What a record says otherwise than the store."""
    capture, headers = kept.capture, answer.record.headers
    head = _FOLDED.sub(b"", answer.record.block)
    found = _STATUS.match(head)
    told = {
        "length": (kept.record and kept.record.length, answer.length),
        "address": (header_url(capture.final_url), headers.get("warc-target-uri")),
        "time": (warc_date(capture.fetched_at), headers.get("warc-date")),
        "status": (capture.status, int(found[1]) if found else None),
        "body": (capture.digest, answer.body_digest if answer.body_digest is not None else capture.digest),
    }
    if other := _first_difference(told):
        return other
    values = {value.strip() for _, _, value in (line.partition(b":") for line in head.split(b"\n"))}
    for name, value in capture.headers:
        if name.lower() != "content-length" and value.strip().encode("latin-1", "replace") not in values:
            return f"its header {name} is not {value!r}, as the store says"
    return None


def _of_body_elsewhere(archive: Archive, kept: KeptCapture, answers: dict[int, _Answer]) -> str | None:
    """The body of a revisit, or of a response that two processes wrote at a time."""
    beside = answers.get(kept.body.offset) if kept.record and kept.body.segment == kept.record.segment else None
    if beside is not None and beside.body_digest == kept.capture.digest:
        return None
    return _of_body(archive, kept)


def _of_body(archive: Archive, kept: KeptCapture) -> str | None:
    try:
        archive.get(kept.body, kept.capture.digest)
    except BodyMissing as error:
        return f"its body is lost: {error}"
    return None


def _of_index(files: Files, name: str, lines: list[str]) -> Iterator[RecordProblem]:
    index = index_of(files.folder / name).name
    try:
        with files.opened(index, MANY_BYTES) as file:
            has_all = file.read() == "".join(in_order(lines)).encode()
    except FileNotFoundError:
        return  # it is being written, or `recover` has still to come
    except (OSError, ValueError):
        has_all = False
    if not has_all:
        told = "it does not agree with its file; `presswatch archive recover --all` makes it anew"
        yield RecordProblem(file=index, offset=None, url=None, problem=told)


def _problem(file: str, offset: int, kept: KeptCapture, problem: str) -> RecordProblem:
    return RecordProblem(file=file, offset=offset, url=kept.capture.final_url, problem=problem)
