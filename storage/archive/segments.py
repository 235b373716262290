"""Captured bodies in append-only segment files.

A body is one frame: a byte that tells how it is kept (as it came, or deflated), then the bytes. Where each
frame lies is told by the `bodies` table, written in the same transaction as the capture, so a frame that was
cut off by a crash is never referred to. Every process writes segments of its own.
"""

from __future__ import annotations

import hashlib
import os
import threading
import zlib
from datetime import UTC, datetime
from pathlib import Path

from storage.errors import BodyMissing
from storage.records import BodyRef

_AS_IT_CAME, _DEFLATED = b"\x00", b"\x01"
_SAMPLE_BYTES = 4096


class Segments:
    """The bodies under one folder; implements `storage.ports.BodyStore`. May be used from any thread."""

    def __init__(self, folder: Path, max_segment_bytes: int = 256 * 1024 * 1024) -> None:
        self._folder = folder
        self._max_segment_bytes = max_segment_bytes
        self._lock = threading.Lock()
        self._file: int | None = None
        self._name = ""
        self._end = 0
        self._count = 0
        self._unsynced: list[tuple[int, bytes]] = []  # (offset, frame) of what is not durable yet
        self._has_failed = False

    def put(self, digest: str, body: bytes) -> BodyRef:
        """Appends a body. It survives the death of the process at once, a loss of power after `sync`."""
        frame = _frame(body)
        with self._lock:
            if self._file is None or self._end + len(frame) > self._max_segment_bytes:
                self._file = self._begin_segment()
            ref = BodyRef(segment=self._name, offset=self._end, length=len(frame))
            self._append(self._file, frame)
            return ref

    def sync(self) -> None:
        """Makes all bodies put so far durable. Raises OSError; they are durable only after a call that does not."""
        with self._lock:
            self._sync()

    def get(self, ref: BodyRef, digest: str) -> bytes:
        """The body at a place. Raises BodyMissing when it is not there or not what it was."""
        try:
            with (self._folder / ref.segment).open("rb") as segment:
                segment.seek(ref.offset)
                frame = segment.read(ref.length)
            body = zlib.decompress(frame[1:]) if frame[:1] == _DEFLATED else frame[1:]
        except (OSError, ValueError, zlib.error) as error:
            raise BodyMissing(f"body {digest} cannot be read from {ref.segment} at {ref.offset}: {error}") from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise BodyMissing(f"the bytes in {ref.segment} at {ref.offset} are not body {digest}; restore the file")
        return body

    def close(self) -> None:
        """Ends the segment that is being written."""
        self.sync()
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _sync(self) -> None:
        """After a sync that failed, the kernel holds what it could not write for clean and may drop it, and the next
        sync succeeds all the same: so it is written once more first.
        """
        if self._file is None or not self._unsynced:
            return
        if self._has_failed:
            for offset, frame in self._unsynced:
                _write_at(self._file, offset, frame)
        self._has_failed = True
        os.fsync(self._file)
        self._has_failed = False
        self._unsynced.clear()

    def _append(self, file: int, frame: bytes) -> None:
        view = memoryview(frame)
        try:
            while view:
                view = view[os.write(file, view) :]
        except OSError:
            # A part of the frame may be there: go on behind it, nothing will refer to it.
            self._end = os.lseek(file, 0, os.SEEK_END)
            raise
        self._unsynced.append((self._end, frame))
        self._end += len(frame)

    def _begin_segment(self) -> int:
        if self._file is not None:
            self._sync()
            os.close(self._file)
            self._file = None
        self._folder.mkdir(parents=True, exist_ok=True)
        self._count += 1
        self._name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}-{self._count}.bodies"
        file = os.open(self._folder / self._name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            _sync_folder(self._folder)
        except OSError:
            os.close(file)  # the next try begins another one
            (self._folder / self._name).unlink(missing_ok=True)
            raise
        self._end = 0
        return file


def _sync_folder(path: Path) -> None:
    """Makes new names in a folder durable, else a file itself could be missing after a loss of power."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_at(file: int, offset: int, frame: bytes) -> None:
    view = memoryview(frame)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


def _frame(body: bytes) -> bytes:
    """Deflates what is worth it; a body that came compressed is kept as it is."""
    sample = body[:_SAMPLE_BYTES]
    if len(zlib.compress(sample, 1)) > 0.9 * len(sample):
        return _AS_IT_CAME + body
    return _DEFLATED + zlib.compress(body, 1)
