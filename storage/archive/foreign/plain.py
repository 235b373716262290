"""The bytes of a WARC file made by others, record by record: what every kind of file has, and files as they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

#: What is read at a time.
_CHUNK = 256 * 1024
_VERSION_LINE = b"\nWARC/"


class Damaged(Exception):
    """What stands here cannot be read; the message says why."""


class Bomb(Damaged):
    """A file inflates to far more than its size: no more of it is read."""


class Shared(Damaged):
    """A record begins in the gzip member, or zstd frame, of another: it can be reached through that one only."""


class Reading:
    """What both kinds of files have: records are found by `next_record`, then taken. Raises Damaged and OSError.

    `place` is the offset of the record at which it stands, or of its gzip member or zstd frame.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._buffer = b""
        self._taken = 0  # of the buffer
        self.place = 0

    def next_record(self) -> int | None:
        """The offset in the file at which the next record, or its member, begins; None at the end."""
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
