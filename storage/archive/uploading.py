"""Ended files copied into the bucket with their indexes, and taken out of the folder once they lie there.

A file is never gone from the folder before the bucket holds the very same bytes, index included. What the store does
not refer to stays where it is: it is what a crash or a deletion left.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.archive.appending import is_being_written, sync_folder
from storage.archive.archive import INDEX_SUFFIX, index_of
from storage.archive.bucket import PART_BYTES, Bucket, Sent
from storage.archive.exclusion import UPLOAD_LOCK, kept_still
from storage.archive.files import SUFFIX
from storage.archive.parts import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """What became of one file."""

    name: str
    size: int = 0  # bytes sent
    is_gone_here: bool = False  # it was taken out of the folder
    problem: str | None = None  # why it is not in the bucket, or not out of the folder; the next run tries again


def upload(
    folder: Path,
    bucket: Bucket,
    referred: Collection[str],
    *,
    told: Callable[[Sent], None] | None = None,
    part_bytes: int = PART_BYTES,
) -> Iterator[Uploaded]:
    """Sends each file that is ended and that the store refers to, unless the bucket has it.

    Raises BucketUnavailable where that does not tell what it has, and BlockingIOError where another upload of this
    folder, or a deletion, is under way.
    """
    with _alone(folder), kept_still(folder, is_exclusive=False):
        there = bucket.sizes()
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            if path.name not in referred:
                continue
            try:
                size = _sent(path, bucket, there, told, part_bytes)
            except OSError as error:
                yield Uploaded(name=path.name, problem=str(error))
            else:
                if size:
                    yield Uploaded(name=path.name, size=size)


def take_out(folder: Path, bucket: Bucket, referred: Collection[str], *, before: datetime) -> Iterator[Uploaded]:
    """Takes files last written before a moment out of the folder, each once all of it was read from the bucket again
    and has the same SHA-256 there as here.

    Raises BlockingIOError where an upload, a deletion, or what reads the whole archive is under way.
    """
    with _alone(folder):
        for index in sorted(folder.glob(f"*{INDEX_SUFFIX}")):
            path = index.with_name(index.name.removesuffix(INDEX_SUFFIX) + SUFFIX)
            if path.name in referred and index.stat().st_mtime < before.timestamp():
                yield _taken_out(path, index, bucket)


def _taken_out(path: Path, index: Path, bucket: Bucket) -> Uploaded:
    """Raises BlockingIOError."""
    try:
        with kept_still(path.parent, is_exclusive=False):
            was, problem = (_mark(path), _mark(index)), _difference(path, index, bucket)
        if problem is None:
            with kept_still(path.parent, is_exclusive=True):
                if (_mark(path), _mark(index)) == was:
                    path.unlink(missing_ok=True)
                    index.unlink()
                    sync_folder(path.parent)
                    return Uploaded(name=path.name, is_gone_here=True)
            problem = "it was written anew while it was compared; the next run looks again"
    except BlockingIOError:
        raise
    except OSError as error:
        problem = str(error)
    return Uploaded(name=path.name, problem=problem)


def fetch(folder: Path, bucket: Bucket, name: str) -> None:
    """Copies a file of the bucket into the folder; it has its name once it is whole. Raises OSError."""
    size, digest = bucket.digest(name)
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{name}.partial"
    try:
        with beside.open("wb") as out:
            for offset in range(0, size, PART_BYTES):
                out.write(bucket.read(name, offset, PART_BYTES))
            out.flush()
            os.fsync(out.fileno())
        if beside.stat().st_size != size or (digest and sha256_of(beside) != digest):
            raise OSError(f"{name} came from {bucket.place} otherwise than it was sent there; try again")
        beside.rename(folder / name)
        sync_folder(folder)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Until the block ends, no other process uploads files of this folder. Raises BlockingIOError."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / UPLOAD_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


def _sent(
    path: Path, bucket: Bucket, there: dict[str, int], told: Callable[[Sent], None] | None, part_bytes: int
) -> int:
    """Bytes that were sent; 0 where the bucket has the file, or where it is not ended. Raises OSError."""
    index = index_of(path)
    if not index.exists() or is_being_written(path):
        return 0
    size = 0
    for each in (path, index):  # the index last: a file that has one there is whole
        if there.get(each.name) != each.stat().st_size:
            bucket.upload(each, each.name, told, part_bytes)
            size += each.stat().st_size
    return size


def _difference(path: Path, index: Path, bucket: Bucket) -> str | None:
    """Why a file must stay here. Raises OSError."""
    for each in (path, index):
        if not each.exists():  # a run that was killed has taken it out
            bucket.size(each.name)
        elif bucket.read_digest(each.name) != (each.stat().st_size, sha256_of(each)):
            return (
                f"{each.name} is in {bucket.place} otherwise than here, and stays here; where `presswatch archive "
                "verify` finds nothing wrong with it, delete that one, and it is uploaded again"
            )
    return None


def _mark(path: Path) -> tuple[int, int, int] | None:
    """What differs once a file is written anew; None: it is not there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
