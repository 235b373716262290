"""A file of the archive written anew without some of its records: into a new file, which is read again and compared.

Records that stay are copied as they are. Of a capture that goes, response (or revisit) and request are left out, and
the metadata record stays: it tells address, moment and digest of what was there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from storage.archive.appending import Appender, sync_folder
from storage.archive.archive import index_of, write_index
from storage.archive.cdxj import line_of_record
from storage.archive.files import FORMER_SUFFIX, SUFFIX
from storage.archive.records import info_record
from storage.archive.segments import SUFFIX as SEGMENT_SUFFIX
from storage.archive.segments import Segments
from storage.archive.walking import Step, steps, walk
from storage.errors import BodyMissing
from storage.records import BodyRef

_ROUND = re.compile(r"-r(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A new file in the place of an older one."""

    moves: dict[int, int]  # new place of each record that stays, by its old one
    gone: frozenset[int]  # old places of responses, revisits and requests that are left out
    size: int  # bytes


def next_name(name: str) -> str:
    """The name of the file that comes in its place."""
    stem, suffix = _split(name)
    found = _ROUND.search(stem)
    return f"{stem[: found.start()]}-r{int(found[1]) + 1}{suffix}" if found else f"{stem}-r1{suffix}"


def former_name(name: str) -> str | None:
    """The name of the file in whose place it came; None for one that was never written anew."""
    stem, suffix = _split(name)
    found = _ROUND.search(stem)
    if not found:
        return None
    number = int(found[1])
    return stem[: found.start()] + (f"-r{number - 1}" if number > 1 else "") + suffix


def bodies_in(path: Path) -> dict[int, str]:
    """The same of a file in the folder."""
    with path.open("rb") as file:
        return bodies_of(file, path.name)


def bodies_of(file: BinaryIO, name: str) -> dict[int, str]:
    """Digest of the body of each response record, by its place. Raises BodyMissing for a damaged file, and OSError."""
    found = {}
    for step in _whole(file, name):
        if step.record is not None and step.record.kind == "response":
            found[step.offset] = hashlib.sha256(step.record.body).hexdigest()
    return found


def rewrite(path: Path, name: str, going: Collection[int], *, software: str, now: datetime) -> Rewritten:
    """Writes a WARC file anew beside it, under another name, without the captures whose records begin at `going`.

    Raises BodyMissing where either file cannot be read, and OSError; the new file is taken away then.
    """
    target = path.with_name(name)
    file = Appender(target)
    try:
        try:
            file.append(info_record(name, software, now))
            rewritten = _copy(path, file, frozenset(going))
            file.sync()
        finally:
            file.close()
        _compare(path, target, rewritten)
        lines = (
            line_of_record(step.record, offset=step.offset, length=step.length, name=name)
            for step in steps(target)
            if step.record is not None
        )
        write_index(target, [line for line in lines if line is not None])
    except BaseException:
        remove(target)
        raise
    return rewritten


def rewrite_segment(path: Path, name: str, staying: Sequence[tuple[BodyRef, str]]) -> Rewritten:
    """The same for a segment file, of which these bodies (place, digest) stay. Raises BodyMissing and OSError."""
    target, segments = path.with_name(name), Segments(path.parent)
    file = Appender(target)
    moves = {}
    try:
        with path.open("rb") as source:
            for ref, digest in sorted(staying, key=lambda each: each[0].offset):
                segments.get(ref, digest)
                source.seek(ref.offset)
                moves[ref.offset] = file.append(source.read(ref.length))
        file.sync()
        for ref, digest in staying:
            segments.get(BodyRef(segment=name, offset=moves[ref.offset], length=ref.length), digest)
    except BaseException:
        remove(target)
        raise
    finally:
        file.close()
    return Rewritten(moves=moves, gone=frozenset(), size=file.end)


def put_aside(path: Path) -> None:
    """Takes a file whose records lie elsewhere now out of the archive; who was just about to read it still finds it."""
    path.rename(path.with_name(path.name + FORMER_SUFFIX))
    index_of(path).unlink(missing_ok=True)
    sync_folder(path.parent)


def put_back(path: Path) -> None:
    """Takes that back; its index is made by `recover`."""
    path.with_name(path.name + FORMER_SUFFIX).rename(path)
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Deletes a file with its index."""
    path.unlink(missing_ok=True)
    if path.name.endswith(SUFFIX):
        index_of(path).unlink(missing_ok=True)
    sync_folder(path.parent)


def _copy(path: Path, file: Appender, going: frozenset[int]) -> Rewritten:
    moves: dict[int, int] = {}
    gone: set[int] = set()
    gone_ids: set[str] = set()
    with path.open("rb") as source:
        for step in _whole(source, path.name):
            if step.record is None or step.record.kind == "warcinfo":
                continue
            headers = step.record.headers
            goes = step.offset in going
            if goes:
                gone_ids.add(headers.get("warc-record-id", ""))
            elif step.record.kind == "request":
                goes = headers.get("warc-concurrent-to") in gone_ids
            if goes:
                gone.add(step.offset)
                continue
            source.seek(step.offset)
            moves[step.offset] = file.append(source.read(step.length))
    return Rewritten(moves=moves, gone=frozenset(gone), size=file.end)


def _compare(path: Path, target: Path, rewritten: Rewritten) -> None:
    """Every record that stays is in the new file, byte for byte, and can be read there."""
    old_place = {new: old for old, new in rewritten.moves.items()}
    found = 0
    with path.open("rb") as source, target.open("rb") as copy:
        for step in _whole(copy, target.name):
            if step.offset in old_place:
                copy.seek(step.offset)
                source.seek(old_place[step.offset])
                found += copy.read(step.length) == source.read(step.length)
    if found != len(old_place):
        raise BodyMissing(f"{len(old_place) - found} records of {path.name} are not in {target.name} as they were")


def _whole(file: BinaryIO, name: str) -> Iterator[Step]:
    """All records of a file. Raises BodyMissing at the first that cannot be read."""
    for step in walk(file):
        if step.record is None:
            raise BodyMissing(f"the record at {step.offset} of {name}: {step.problem}")
        yield step


def _split(name: str) -> tuple[str, str]:
    suffix = SUFFIX if name.endswith(SUFFIX) else SEGMENT_SUFFIX
    return name.removesuffix(suffix), suffix
