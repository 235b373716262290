"""The bytes of a WARC file without its gzip coding, one member after the other, under a bound."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import BinaryIO

_CHUNK = 256 * 1024
_GZIP = zlib.MAX_WBITS | 16
#: What is inflated out of a file altogether: so much, and so many times the bytes read of it. Text shrinks to a tenth
#: or a fiftieth, nothing that is worth reading to a thousandth.
_FREE_BYTES = 1024 * 1024 * 1024
_MAX_RATIO = 100


class Damaged(Exception):
    """What stands here cannot be read; the message says why."""


class Bomb(Damaged):
    """A file inflates to far more than its size: no more of it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record begins."""

    member: int  # offset in the file of its gzip member, or its own in a file that is not compressed
    skip: int = 0  # bytes of the inflated member before it


class Plain:
    """Reads from a place on. Raises Damaged for what cannot be inflated or is cut off, Bomb, and OSError.

    `inflated` is what was inflated of the file before, which counts too.
    """

    def __init__(self, file: BinaryIO, place: Place, *, is_gzip: bool, inflated: int = 0) -> None:
        file.seek(place.member)
        self._file = file
        self._is_gzip = is_gzip
        self._begun = place.member
        self._raw = b""  # read, not inflated yet
        self._raw_end = place.member  # where in the file that ends
        self._inflater: zlib._Decompress | None = None
        self._member = place.member
        self._buffer = b""  # of one member, never of two
        self._taken = 0  # of the buffer
        self._given = 0  # bytes of the member up to the end of the buffer
        self.inflated = inflated
        self.skip(place.skip)

    def next_record(self) -> Place | None:
        """Where the next record begins, past empty lines; None at the end."""
        while True:
            if self._taken == len(self._buffer) and not self._fill():
                return None
            self._taken = len(self._buffer) - len(self._buffer[self._taken :].lstrip(b"\r\n"))
            if self._taken < len(self._buffer):
                return self.place

    @property
    def place(self) -> Place:
        """Where it stands."""
        before = self._given - len(self._buffer) + self._taken
        if self._is_gzip:
            return Place(member=self._member, skip=before)
        return Place(member=self._begun + before)

    def line(self, most: int) -> bytes:
        """The next line without its end."""
        parts, size = [], 0
        while True:
            if self._taken == len(self._buffer) and not self._fill():
                raise Damaged("it is cut off in its head")
            end = self._buffer.find(b"\n", self._taken)
            part = self._buffer[self._taken : end + 1 if end >= 0 else len(self._buffer)]
            self._taken += len(part)
            size += len(part)
            if size > most:
                raise Damaged(f"a line of its head has more than {most} bytes")
            parts.append(part)
            if end >= 0:
                return b"".join(parts).rstrip(b"\r\n")

    def take(self, size: int) -> bytes:
        """So many bytes."""
        parts = []
        while size:
            if self._taken == len(self._buffer) and not self._fill():
                raise Damaged("it is cut off")
            part = self._buffer[self._taken : self._taken + size]
            self._taken += len(part)
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Passes over so many bytes, holding none of them."""
        while size:
            if self._taken == len(self._buffer) and not self._fill():
                raise Damaged("it is cut off")
            step = min(size, len(self._buffer) - self._taken)
            self._taken += step
            size -= step

    def _fill(self) -> bool:
        """Puts the next bytes into the buffer, which was taken whole; False at the end of the file."""
        while True:
            if not self._is_gzip:
                part = self._file.read(_CHUNK)
                self._given += len(part)
            else:
                inflated = self._inflate()
                if inflated is None:
                    return False
                part = inflated
            self._buffer, self._taken = part, 0
            if part:
                return True
            if not self._is_gzip:
                return False

    def _inflate(self) -> bytes | None:
        if self._inflater is None or self._inflater.eof:
            rest = self._inflater.unused_data if self._inflater else self._raw
            if not rest and not (rest := self._read()):
                return None
            self._member, self._given = self._raw_end - len(rest), 0
            self._inflater, self._raw = zlib.decompressobj(_GZIP), rest
        elif not self._raw:
            self._raw = self._read()
            if not self._raw:
                raise Damaged("the file ends before its gzip member does")
        try:
            part = self._inflater.decompress(self._raw, _CHUNK)
        except zlib.error as error:
            raise Damaged(f"it cannot be inflated: {error}") from error
        self._raw = self._inflater.unconsumed_tail
        self._given += len(part)
        self.inflated += len(part)
        if self.inflated > _FREE_BYTES + _MAX_RATIO * self._raw_end:
            raise Bomb(f"it inflates to more than {_MAX_RATIO} times its size")
        return part

    def _read(self) -> bytes:
        data = self._file.read(_CHUNK)
        self._raw_end += len(data)
        return data
