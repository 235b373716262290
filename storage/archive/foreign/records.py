"""Records of a WARC file made by others (ISO 28500: WARC/1.0, 1.1), from its beginning to its end or one by one."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.archive.foreign.plain import Bomb, Damaged, Place, Plain

#: 0.17 and 0.18 are drafts of 1.0, and read alike.
_VERSION = re.compile(rb"WARC/(?:1\.[01]|0\.1[78])")
_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")
_LENGTH = re.compile(r"\d{1,15}")
_MAX_LINE_BYTES = 64 * 1024
_MAX_HEAD_LINES = 200
#: Of a block, what is looked at while a file is walked: the head of a response.
_OPENING_BYTES = 16 * 1024
_MAGIC = b"\x1f\x8b\x08"
_CHUNK = 1024 * 1024
_DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "md5": hashlib.md5}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecord:
    """A record's own head and how its block begins, or why it cannot be read."""

    place: Place
    headers: dict[str, str]  # by lower-case name, the first of each
    opening: bytes = b""
    problem: str | None = None

    @property
    def kind(self) -> str:
        """Its WARC-Type."""
        return self.headers.get("warc-type", "").lower()

    @property
    def url(self) -> str:
        """What it is of; wget 1.14 to 1.19 put it in angle brackets."""
        return self.headers.get("warc-target-uri", "").removeprefix("<").removesuffix(">")

    @property
    def length(self) -> int:
        """Bytes of its block."""
        return int(self.headers["content-length"])

    @property
    def at(self) -> datetime | None:
        """When it was captured; None where no moment is told to the second."""
        found = _DATE.fullmatch(self.headers.get("warc-date", ""))
        if found is None:
            return None
        with suppress(ValueError):
            fraction = (found[2] or "0").ljust(6, "0")[:6]
            return datetime.fromisoformat(f"{found[1]}.{fraction}").replace(tzinfo=UTC)
        return None


def walk(path: Path) -> Iterator[ForeignRecord]:
    """All records in the order of the file; after what cannot be read, from the next that can. Raises OSError."""
    with path.open("rb") as file:
        is_gzip = _is_gzip(file)
        place: Place | None = Place(member=0)
        inflated = 0
        while place is not None:
            plain, begun = Plain(file, place, is_gzip=is_gzip, inflated=inflated), place
            try:
                while (found := plain.next_record()) is not None:
                    begun = found
                    record = _head(plain, begun)
                    opening = plain.take(min(record.length, _OPENING_BYTES))
                    plain.skip(record.length - len(opening))
                    yield ForeignRecord(place=begun, headers=record.headers, opening=opening)
                place = None
            except Damaged as error:
                failed = plain.place if plain.place.member > begun.member and is_gzip else begun
                yield ForeignRecord(place=failed, headers={}, problem=str(error))
                if isinstance(error, Bomb):
                    return
                inflated = plain.inflated
                place = _next(file, failed.member + 1, is_gzip=is_gzip)


def read_block(path: Path, record: Place, most: int) -> tuple[ForeignRecord, bytes]:
    """A record and its whole block of up to `most` bytes.

    Raises Damaged where it cannot be read, is larger, or is not what its WARC-Block-Digest says; OSError.
    """
    with path.open("rb") as file:
        plain = Plain(file, record, is_gzip=_is_gzip(file))
        head = _head(plain, record)
        if head.length > most:
            raise Damaged(f"it has {head.length:,} bytes, more than {most:,}")
        block = plain.take(head.length)
    _check(head.headers.get("warc-block-digest", ""), block)
    return head, block


def _is_gzip(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(len(_MAGIC)) == _MAGIC


def _head(plain: Plain, place: Place) -> ForeignRecord:
    """Raises Damaged."""
    if not _VERSION.fullmatch(plain.line(_MAX_LINE_BYTES).strip()):
        raise Damaged("there is no record of WARC/1.0 or WARC/1.1")
    headers: dict[str, str] = {}
    name = ""
    for _ in range(_MAX_HEAD_LINES):
        line = plain.line(_MAX_LINE_BYTES).decode("utf-8", "replace")
        if not line:
            break
        if "\0" in line:
            raise Damaged("its head holds a zero byte")
        if line[0] in " \t" and name:
            headers[name] = f"{headers[name]} {line.strip()}".strip()
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if not colon or not name:
            raise Damaged("a line of its head names no field")
        headers.setdefault(name, value.strip())
    else:
        raise Damaged(f"its head has more than {_MAX_HEAD_LINES} lines")
    if not _LENGTH.fullmatch(headers.get("content-length", "")):
        raise Damaged("its head says no length")
    return ForeignRecord(place=place, headers=headers)


def _check(told: str, block: bytes) -> None:
    """Raises Damaged; a digest of a kind that is not known says nothing."""
    name, _, value = told.partition(":")
    make = _DIGESTS.get(name.lower().replace("-", ""))
    if make is None:
        return
    digest = make(block).digest()
    if value.strip().lower() not in {digest.hex(), base64.b32encode(digest).decode().lower()}:
        raise Damaged("its bytes are not what its digest says")


def _next(file: BinaryIO, begin: int, *, is_gzip: bool) -> Place | None:
    """The next place that looks like a record: a gzip member, or a version line at the beginning of a line."""
    mark = _MAGIC if is_gzip else b"\nWARC/"
    file.seek(begin)
    at, before = begin, b""
    while chunk := file.read(_CHUNK):
        data = before + chunk
        found = data.find(mark)
        if found >= 0:
            return Place(member=at - len(before) + found + (0 if is_gzip else 1))
        at += len(chunk)
        before = data[-len(mark) + 1 :]
    return None
