"""An append-only file of which no cut-off record is ever in the middle."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Appender:
    """A new file that one process writes and others read meanwhile. Not for several threads at once.

    While it is open it is locked (flock), by which `recover` tells a file in use from one that a crash left.
    """

    def __init__(self, path: Path) -> None:
        """Makes the file, and its name durable. Raises OSError, and leaves nothing behind then."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)  # `recover` may be looking at it: it is empty, so not for long
            sync_folder(path.parent)
        except OSError:
            os.close(self._file)
            path.unlink(missing_ok=True)
            raise
        self.name = path.name
        self.end = 0
        self.is_usable = True  # False: a cut-off record could not be taken back; only `close` is left
        self._unsynced: list[tuple[int, bytes]] = []  # (offset, bytes) of what is not durable yet
        self._has_failed = False

    def append(self, data: bytes) -> int:
        """Where the data begins. Raises OSError, and what was written of it is taken back then."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            self._take_back()
            raise
        self._unsynced.append((self.end, data))
        begin, self.end = self.end, self.end + len(data)
        return begin

    def sync(self) -> None:
        """Makes all that was appended durable. Raises OSError; it is durable only after a call that does not.

        After a sync that failed, the kernel holds what it could not write for clean and may drop it, and the next
        sync succeeds all the same: so it is written once more first.
        """
        if not self._unsynced:
            return
        if self._has_failed:
            for offset, data in self._unsynced:
                _write_at(self._file, offset, data)
        self._has_failed = True
        os.fsync(self._file)
        self._has_failed = False
        self._unsynced.clear()

    def close(self) -> None:
        """Closes the file as it is, and gives its lock up."""
        os.close(self._file)

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self.end)
            os.lseek(self._file, self.end, os.SEEK_SET)
        except OSError:
            self.is_usable = False  # `recover` cuts it


def sync_folder(path: Path) -> None:
    """Makes new names in a folder durable, else a file itself could be missing after a loss of power."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def is_being_written(path: Path) -> bool:
    """Whether a process has the file open for writing. Raises OSError."""
    with unwritten(path) as is_unwritten:
        return not is_unwritten


@contextmanager
def unwritten(path: Path) -> Iterator[bool]:
    """Whether no process has the file open for writing; none begins to until the block ends. Raises OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(file)


def _write_at(file: int, offset: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written
