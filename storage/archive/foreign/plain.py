"""The bytes of a WARC file made by others, without its gzip coding, record by record and under a bound."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO

#: What is read at a time: the rest of it is copied behind each member, so that less costs less where they are tiny.
_READ = 32 * 1024
#: What is inflated at a time.
_CHUNK = 256 * 1024
_GZIP = zlib.MAX_WBITS | 16
GZIP_MAGIC = b"\x1f\x8b\x08"
_VERSION_LINE = b"\nWARC/"
#: What is inflated out of a file altogether: so much, and so many times the bytes read of it. Text shrinks to a tenth
#: or a fiftieth, nothing that is worth reading to a thousandth.
_FREE_BYTES = 1024 * 1024 * 1024
_MAX_RATIO = 100


class Damaged(Exception):
    """What stands here cannot be read; the message says why."""


class Bomb(Damaged):
    """A file inflates to far more than its size: no more of it is read."""


class Shared(Damaged):
    """A record begins in the gzip member of another, so that it can be reached through that one only."""


class Reading:
    """What both kinds of files have: records are found by `next_record`, then taken. Raises Damaged and OSError.

    `place` is the offset of the record at which it stands, or of its gzip member.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._buffer = b""
        self._taken = 0  # of the buffer
        self.place = 0

    def next_record(self) -> int | None:
        """The offset in the file at which the next record, or its gzip member, begins; None at the end."""
        raise NotImplementedError

    def pass_over(self) -> None:
        """Goes on behind a record that is damaged, at what may be the next one."""
        raise NotImplementedError

    def line(self, most: int) -> bytes:
        """The next line without its end."""
        parts, size = [], 0
        while True:
            if not self._has_more():
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
        return b"".join(self._pieces(size))

    def skip(self, size: int) -> None:
        """Passes over so many bytes, holding none of them."""
        for _ in self._pieces(size):
            pass

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._has_more():
                raise Damaged("it is cut off")
            part = self._buffer[self._taken : self._taken + size]
            self._taken += len(part)
            size -= len(part)
            yield part

    def _is_past_empty_lines(self) -> bool:
        """Passes over empty lines; whether anything is behind them."""
        while self._has_more():
            self._taken = len(self._buffer) - len(self._buffer[self._taken :].lstrip(b"\r\n"))
            if self._taken < len(self._buffer):
                return True
        return False

    def _has_more(self) -> bool:
        """Whether there is a next byte, which then is in the buffer."""
        return self._taken < len(self._buffer) or self._fill()

    def _fill(self) -> bool:
        """Puts what comes next into the buffer, which was taken whole; False at the end."""
        raise NotImplementedError

    def _find(self, mark: bytes, begin: int) -> int:
        """Where in the file a mark stands next; its size where none does."""
        self._file.seek(begin)
        at, before = begin, b""
        while chunk := self._file.read(_CHUNK):
            data = before + chunk
            found = data.find(mark)
            if found >= 0:
                return at - len(before) + found
            at += len(chunk)
            before = data[-len(mark) + 1 :]
        return self._size


class Plain(Reading):
    """A file that is not compressed, from an offset on."""

    def __init__(self, file: BinaryIO, at: int) -> None:
        super().__init__(file)
        self._go_to(at)

    def next_record(self) -> int | None:
        """The offset of the next record; None at the end."""
        if not self._is_past_empty_lines():
            return None
        self.place = self._position()
        return self.place

    def pass_over(self) -> None:
        """Goes on at the next line that begins with a version."""
        self._go_to(min(self._find(_VERSION_LINE, self.place) + 1, self._size))

    def skip(self, size: int) -> None:
        """Passes over so many bytes, reading none of them."""
        target = self._position() + size
        if target > self._size:
            raise Damaged("it is cut off")
        if target <= self._end:
            self._taken += size
        else:
            self._go_to(target)

    def _position(self) -> int:
        return self._end - len(self._buffer) + self._taken

    def _go_to(self, at: int) -> None:
        self._file.seek(at)
        self._buffer, self._taken = b"", 0
        self._end = at  # of the buffer, in the file

    def _fill(self) -> bool:
        self._buffer, self._taken = self._file.read(_CHUNK), 0
        self._end += len(self._buffer)
        return bool(self._buffer)


class Gzipped(Reading):
    """A gzipped file, from the offset of a member on: each holds one record. Raises Bomb and Shared too."""

    def __init__(self, file: BinaryIO, at: int) -> None:
        super().__init__(file)
        self._inflated = 0  # bytes, of all members
        self._is_given = False  # whether a record of the member was found
        self._go_to(at)

    def next_record(self) -> int | None:
        """The offset of the next record's member; None at the end. What else is in a member raises Shared."""
        while not self._is_past_empty_lines():
            if not self._next_member():
                return None
        if self._is_given:
            raise Shared("it shares its gzip member with what stands before it; unpack the file, and import that")
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
            self._go_to(self._find(GZIP_MAGIC, self.place + 1))
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
        self._inflater: zlib._Decompress | None = None

    def _next_member(self) -> bool:
        """Goes on to the next member; False at the end of the file."""
        rest = self._inflater.unused_data if self._inflater else b""
        if not rest and not (rest := self._read()):
            return False
        self.place = self._raw_end - len(rest)
        self._inflater, self._raw = zlib.decompressobj(_GZIP), rest
        self._is_given = False
        return True

    def _fill(self) -> bool:
        """Never of two members: False at the end of each."""
        while self._inflater is not None and not self._inflater.eof:
            if not self._raw and not (raw := self._read()):
                raise Damaged("the file ends before its gzip member does")
            try:
                part = self._inflater.decompress(self._raw or raw, _CHUNK)
            except zlib.error as error:
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
