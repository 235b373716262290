"""Records of a WARC file made by others (ISO 28500: WARC/1.0, 1.1), or an ARC file, in order or one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.archive.foreign import arc
from storage.archive.foreign.digests import digest_in
from storage.archive.foreign.packed import GZIP, Packed
from storage.archive.foreign.plain import Bomb, Damaged, Plain, Reading
from storage.archive.foreign.zstd import coding_in, is_zstd

#: 0.17 and 0.18 are drafts of 1.0, and read alike.
_VERSION = re.compile(rb"WARC/(?:1\.[01]|0\.1[78])")
_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")
_LENGTH = re.compile(r"\d{1,15}")
_FIRST_WEB_PAGE = datetime(1990, 12, 20, tzinfo=UTC)
_MAGIC_BYTES = 4
_MAX_LINE_BYTES = 64 * 1024
_MAX_HEAD_LINES = 200
#: Of a block, what is looked at while a file is walked: the head of a response.
_OPENING_BYTES = 16 * 1024
#: A head costs a read of the file where the one before it was damaged.
_MOST_DAMAGED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecord:
    """A record's own head and how its block begins, or why it cannot be read."""

    place: int  # its offset in the file, or that of its gzip member
    headers: dict[str, str]  # by lower-case name, the first of each
    opening: bytes = b""
    problem: str | None = None

    @property
    def kind(self) -> str:
        """Its WARC-Type."""
        return self.headers.get("warc-type", "").lower()

    @property
    def url(self) -> str:
        """What it is of."""
        return bare(self.headers.get("warc-target-uri", ""))

    @property
    def length(self) -> int:
        """Bytes of its block."""
        return int(self.headers["content-length"])

    @property
    def at(self) -> datetime | None:
        """When it was captured; None where no moment is told to the second."""
        return moment(self.headers.get("warc-date", ""))


def bare(url: str) -> str:
    """An address without the angle brackets in which wget 1.14 to 1.19 put it."""
    return url.removeprefix("<").removesuffix(">")


def moment(told: str) -> datetime | None:
    """A WARC-Date; None where it tells no moment to the second, or one at which there was no web to be captured."""
    found = _DATE.fullmatch(told)
    if found is None:
        return None
    with suppress(ValueError):
        fraction = (found[2] or "0").ljust(6, "0")[:6]
        at = datetime.fromisoformat(f"{found[1]}.{fraction}").replace(tzinfo=UTC)
        return at if at >= _FIRST_WEB_PAGE else None
    return None


def walk(path: Path) -> Iterator[ForeignRecord]:
    """All records in the order of the file; after what cannot be read, from the next that can. Raises OSError."""
    with path.open("rb") as file:
        try:
            reading = _reading(file, 0)
        except Damaged as error:
            yield ForeignRecord(place=0, headers={}, problem=str(error))
            return
        damaged = 0
        is_behind_damage = False
        while damaged < _MOST_DAMAGED:
            try:
                if is_behind_damage:
                    reading.pass_over()
                found = next_of(reading)
            except Damaged as error:
                yield ForeignRecord(place=reading.place, headers={}, problem=str(error))
                damaged, is_behind_damage = damaged + 1, True
                if isinstance(error, Bomb):
                    return
                continue
            is_behind_damage = False
            if found is None:
                return
            yield found
        problem = f"of more than {_MOST_DAMAGED:,} places that cannot be read, no more are looked for"
        yield ForeignRecord(place=reading.place, headers={}, problem=problem)


def read_block(path: Path, place: int, most: int) -> tuple[ForeignRecord, bytes]:
    """The record at a place, and its whole block of up to `most` bytes.

    Raises Damaged where it cannot be read, is larger, or is not what its WARC-Block-Digest says; OSError.
    """
    with path.open("rb") as file:
        reading = _reading(file, place)
        if reading.next_record() is None:
            raise Damaged("there is no record any more")
        head = _head(reading)
        if head.length > most:
            raise Damaged(f"it has {head.length:,} bytes, more than {most:,}")
        block = reading.take(head.length)
    _check(head, block)
    return head, block


def packed_in(file: BinaryIO, place: int) -> Packed | None:
    """A file from the member at a place on; None where it is not compressed. Raises Damaged and OSError."""
    opening = file.read(_MAGIC_BYTES)
    if opening.startswith(GZIP.magic):
        return Packed(file, place, GZIP)
    return Packed(file, place, coding_in(file)) if is_zstd(opening) else None


def _reading(file: BinaryIO, place: int) -> Reading:
    """Raises Damaged and OSError."""
    return packed_in(file, place) or Plain(file, place)


def next_of(reading: Reading) -> ForeignRecord | None:
    """The next record and how its block begins; None at the end. Raises Damaged."""
    if reading.next_record() is None:
        return None
    record = _head(reading)
    opening = reading.take(min(record.length, _OPENING_BYTES))
    reading.skip(record.length - len(opening))
    return replace(record, opening=opening)


def _head(reading: Reading) -> ForeignRecord:
    """Raises Damaged."""
    opening = reading.line(_MAX_LINE_BYTES).strip()
    if not _VERSION.fullmatch(opening):
        of_arc = arc.headers_in(opening.decode("utf-8", "replace"))
        if of_arc is None:
            raise Damaged("there is no record of WARC/1.0 or WARC/1.1, nor of ARC")
        return ForeignRecord(place=reading.place, headers=of_arc)
    headers: dict[str, str] = {}
    name = ""
    for _ in range(_MAX_HEAD_LINES):
        line = reading.line(_MAX_LINE_BYTES).decode("utf-8", "replace")
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
    return ForeignRecord(place=reading.place, headers=headers)


def _check(record: ForeignRecord, block: bytes) -> None:
    """Raises Damaged; a digest of a kind that is not known says nothing. wget gives its revisits that of no bytes."""
    told = digest_in(record.headers.get("warc-block-digest", ""))
    if told is None or told.is_of(block) or (record.kind == "revisit" and told.is_of(b"")):
        return
    raise Damaged("its bytes are not what its digest says")
