"""Who copies or verifies the archive and who writes its files anew keep out of each other's way."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: The file that is locked; it says nothing and is no part of the archive.
LOCK = "retention.lock"
#: The one that is locked while files are uploaded.
UPLOAD_LOCK = "upload.lock"


@contextmanager
def kept_still(folder: Path, *, is_exclusive: bool) -> Iterator[None]:
    """Until the block ends, no file of the archive is written anew by another. Raises BlockingIOError where one of the
    other kind is at it, and OSError. A folder that is not there needs no lock, nor does who only reads a copy in which
    nothing can be written.
    """
    lock = _opened(folder / LOCK, is_exclusive=is_exclusive) if folder.is_dir() else None
    if lock is None:
        yield
        return
    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if is_exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


def _opened(place: Path, *, is_exclusive: bool) -> int | None:
    try:
        return os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError:
        if is_exclusive:
            raise
    try:
        return os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
