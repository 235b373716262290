"""The bytes of a WARC file made by others that is compressed record by record, without its coding and under a bound."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from storage.archive.foreign.plain import Bomb, Damaged, Reading, Shared

#: What is read at a time: the rest of it is copied behind each member, so that less costs less where they are tiny.
_READ = 32 * 1024
#: What is inflated at a time.
_CHUNK = 256 * 1024
_GZIP = zlib.MAX_WBITS | 16
#: What is inflated out of a file altogether: so much, and so many times the bytes read of it. Text shrinks to a tenth
#: or a fiftieth, nothing that is worth reading to a thousandth.
_FREE_BYTES = 1024 * 1024 * 1024
_MAX_RATIO = 100


class Inflater(Protocol):
    """Undoes the coding of one member, as `zlib.decompressobj` does."""

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""

    @property
    def unused_data(self) -> bytes:
        """What was given behind its end."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was given and is not inflated yet."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Goes on with data; what comes at once is bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How the members of a file are compressed."""

    member: str  # what one is called
    magic: bytes  # begins with that
    begin: Callable[[], Inflater]
    error: type[Exception]


GZIP = Coding(member="gzip member", magic=b"\x1f\x8b\x08", begin=lambda: zlib.decompressobj(_GZIP), error=zlib.error)


class Packed(Reading):
    """A compressed file, from the offset of a member on: each holds one record. Raises Bomb and Shared too."""

    def __init__(self, file: BinaryIO, at: int, coding: Coding) -> None:
        super().__init__(file)
        self._coding = coding
        self._inflated = 0  # bytes, of all members
        self._is_given = False  # whether a record of the member was found
        self._go_to(at)

    def next_record(self) -> int | None:
        """The offset of the next record's member; None at the end. What else is in a member raises Shared."""
        while not self._is_past_empty_lines():
            if not self._next_member():
                return None
        if self._is_given:
            raise Shared(
                f"it shares its {self._coding.member} with what stands before it; unpack the file, and import that"
            )
        self._is_given = True
        return self.place

    def pass_over(self) -> None:
        """Goes on at the next member; where this one cannot be inflated, at what looks like the head of one."""
        try:
            while self._fill():
                pass
        except Bomb:
            raise
        except Damaged:
            self._go_to(self._find(self._coding.magic, self.place + 1))
        self._buffer, self._taken = b"", 0

    def contents(self) -> Iterator[bytes]:
        """All bytes of all members, wherever records begin."""
        while self._has_more() or self._next_member():
            yield self._buffer[self._taken :]
            self._taken = len(self._buffer)

    def _go_to(self, at: int) -> None:
        self._file.seek(at)
        self.place = at
        self._raw = b""  # read, not inflated yet
        self._raw_end = at  # where in the file that ends
        self._inflater: Inflater | None = None

    def _next_member(self) -> bool:
        """Goes on to the next member; False at the end of the file."""
        rest = self._inflater.unused_data if self._inflater else b""
        if not rest and not (rest := self._read()):
            return False
        self.place = self._raw_end - len(rest)
        self._inflater, self._raw = self._coding.begin(), rest
        self._is_given = False
        return True

    def _fill(self) -> bool:
        """Never of two members: False at the end of each."""
        while self._inflater is not None and not self._inflater.eof:
            if not self._raw and not (raw := self._read()):
                raise Damaged(f"the file ends before its {self._coding.member} does")
            try:
                part = self._inflater.decompress(self._raw or raw, _CHUNK)
            except self._coding.error as error:
                raise Damaged(f"it cannot be inflated: {error}") from error
            self._raw = self._inflater.unconsumed_tail
            self._inflated += len(part)
            if self._inflated > _FREE_BYTES + _MAX_RATIO * self._raw_end:
                raise Bomb(f"it inflates to more than {_MAX_RATIO} times its size")
            if part:
                self._buffer, self._taken = part, 0
                return True
        return False

    def _read(self) -> bytes:
        data = self._file.read(_READ)
        self._raw_end += len(data)
        return data
