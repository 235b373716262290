"""A WARC file from its beginning to its end, record by record."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from storage.archive.reading import MAX_RECORD_BYTES, parsed
from storage.archive.record import Record
from storage.errors import BodyMissing

_CHUNK = 256 * 1024
_GZIP = zlib.MAX_WBITS | 16
_HEAD_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One record, or what stands where one should be."""

    offset: int
    length: int  # bytes of the file
    record: Record | None
    problem: str | None = None  # why there is no record
    is_cut: bool = False  # the file ends before the record does: a write that was broken off
    head: bytes = b""  # how the gzip member of a record begins


def steps(path: Path, begin: int = 0) -> Iterator[Step]:
    """All records of a file in order, from one that begins there.

    After what is no gzip member, the walk goes on at the next one that can be read. Raises OSError.
    """
    with path.open("rb") as file:
        yield from walk(file, begin)


def walk(file: BinaryIO, begin: int = 0) -> Iterator[Step]:
    """The same of a file that is open."""
    offset = begin
    while (step := _step(file, offset)) is not None:
        yield step
        offset += step.length


def _step(file: BinaryIO, offset: int) -> Step | None:
    file.seek(offset)
    inflater, parts, plain_bytes, taken = zlib.decompressobj(_GZIP), [], 0, 0
    head = b""
    while not inflater.eof:
        chunk = file.read(_CHUNK)
        if not chunk:
            if not taken:
                return None
            return Step(offset=offset, length=taken, record=None, problem="it is cut off", is_cut=True)
        taken += len(chunk)
        head = head or chunk[:_HEAD_BYTES]
        try:
            part = inflater.decompress(chunk, MAX_RECORD_BYTES - plain_bytes + 1)
        except zlib.error as error:
            return _damaged(file, offset, f"it cannot be inflated: {error}")
        parts.append(part)
        plain_bytes += len(part)
        if plain_bytes > MAX_RECORD_BYTES:
            return _damaged(file, offset, f"it has more than {MAX_RECORD_BYTES} bytes")
    length = taken - len(inflater.unused_data)
    try:
        return Step(offset=offset, length=length, record=parsed(b"".join(parts)), head=head)
    except BodyMissing as error:
        return Step(offset=offset, length=length, record=None, problem=str(error))


def _damaged(file: BinaryIO, offset: int, problem: str) -> Step:
    """What reaches to the next place where a record can be read, or to the end; zeros to the end are a cut."""
    file.seek(offset)
    place, before, is_blank = offset, b"", True
    while chunk := file.read(_CHUNK):
        is_blank = is_blank and not chunk.strip(b"\0")
        data, base = before + chunk, place - len(before)
        found = data.find(_MAGIC, 1 if base == offset else 0)
        while found >= 0:
            if base + found > offset and _begins_record(file, base + found):
                return Step(offset=offset, length=base + found - offset, record=None, problem=problem)
            found = data.find(_MAGIC, found + 1)
        place += len(chunk)
        before = data[-len(_MAGIC) :]
        file.seek(place)
    return Step(offset=offset, length=place - offset, record=None, problem=problem, is_cut=is_blank)


_MAGIC = b"\x1f\x8b\x08"


def _begins_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        return zlib.decompressobj(_GZIP).decompress(file.read(4096), 64).startswith(b"WARC/1.")
    except zlib.error:
        return False
