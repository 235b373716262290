"""Copying files with their digests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from storage.backup.manifest import PRIVATE, BackedFile

_CHUNK = 1024 * 1024


def copied(source: Path, target: Path, path: str) -> BackedFile:
    """Copies a file as long as it is now, onto the disk; `path` is its place in the manifest. Follows no link.

    Raises OSError.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}.partial")
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as out:
        for chunk in _chunks(source):
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        out.flush()
        os.fsync(out.fileno())
    beside.rename(target)
    return BackedFile(path=path, size=size, sha256=digest.hexdigest())


def told(source: Path, path: str) -> BackedFile:
    """The entry of a file that lies where it is to lie. Follows no link. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(source):
        digest.update(chunk)
        size += len(chunk)
    return BackedFile(path=path, size=size, sha256=digest.hexdigest())


def _chunks(source: Path) -> Iterator[bytes]:
    """A file up to the length that it has at the beginning: others may be appending to it."""
    with os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
