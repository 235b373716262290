"""Taking deleted bodies out of the archive's files, safely.

new file beside the old one ─► read again and compared ─► one transaction has all lie in it ─► old file aside ─► deleted

Killed anywhere before the transaction, the old file is the one that counts, and the new one is begun anew; after it,
the new one is, and the old one is deleted by the next run. Readers find it for some time under its other name.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from storage.archive.appending import is_being_written
from storage.archive.archive import index_of
from storage.archive.bucket import Bucket
from storage.archive.exclusion import kept_still
from storage.archive.files import FORMER_SUFFIX, MANY_BYTES, SUFFIX, Files
from storage.archive.rewriting import (
    Rewritten,
    bodies_of,
    former_name,
    next_name,
    put_aside,
    put_back,
    remove,
    rewrite,
    rewrite_segment,
)
from storage.archive.uploading import fetch
from storage.errors import BodyMissing, BucketUnavailable
from storage.sql.compaction import Revived, contents_of, deleted_among, files_with_deleted, is_referred_to, switch
from storage.sql.engine import reading, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What became of one file."""

    name: str
    gone: int = 0  # records
    freed: int = 0  # bytes
    problem: str | None = None  # why it still holds what was deleted


def compact(engine: Engine, files: Files, *, wait_s: float, software: str) -> Iterator[Compacted]:
    """Writes all files anew that hold what was deleted; the older ones are gone `wait_s` after the last of them.

    A file that lies in the bucket alone is fetched for it; the new one is uploaded before the store refers to it, and
    the older one is deleted in the bucket before its copy here is. What is in a file that is damaged, or that a process
    writes just now, stays there and is told as a problem.
    """
    try:
        if files.bucket is not None:
            files.folder.mkdir(parents=True, exist_ok=True)  # files are fetched into it
        with kept_still(files.folder, is_exclusive=True):
            yield from _compact(engine, files, wait_s, software)
    except BlockingIOError:
        others = "it is being backed up, uploaded, verified, exported or converted, or deleted from"
        yield Compacted(name=str(files.folder), problem=f"{others}; try again after that")
    except BucketUnavailable as error:
        yield Compacted(name=str(files.place), problem=f"{error}; `presswatch retention run` goes on from here")


def _compact(engine: Engine, files: Files, wait_s: float, software: str) -> Iterator[Compacted]:
    """Raises BucketUnavailable."""
    folder = files.folder
    _sweep(engine, files)
    with reading(engine) as connection:
        names = files_with_deleted(connection)
    names = sorted({*names, *_put_back_before(engine, files)})
    is_any_aside = False
    for name in names:
        is_fetched = files.bucket is not None and name.endswith(SUFFIX) and not (folder / name).exists()
        try:
            if files.bucket is not None and is_fetched:
                fetch(folder, files.bucket, name)
            yield _rewritten(engine, files, name, software)
            is_any_aside = True
        except (BodyMissing, Revived, OSError) as error:
            if is_fetched:
                (folder / name).unlink(missing_ok=True)
            yield Compacted(name=name, problem=f"{error}; nothing was changed")
    aside = sorted(folder.glob(f"*{FORMER_SUFFIX}"))
    if is_any_aside and aside:
        time.sleep(wait_s)
    for path in aside:
        yield from _deleted(engine, path.with_name(path.name.removesuffix(FORMER_SUFFIX)), files.bucket)


def _rewritten(engine: Engine, files: Files, name: str, software: str) -> Compacted:
    """Raises BodyMissing, Revived and OSError; then it is as it was."""
    path, bucket, is_warc = files.folder / name, files.bucket, name.endswith(SUFFIX)
    if is_warc and is_being_written(path):
        raise Revived("a worker writes it; it ends with the worker, or once it is full or old")
    before = path.stat().st_size
    new = _free_name(engine, path)
    with reading(engine) as connection:
        contents = contents_of(connection, name)
    if is_warc:
        going = contents.going | (_left_by_crashes(engine, files, name) - contents.answers)
        made = rewrite(path, new, going, software=software, now=datetime.now(UTC))
    else:
        going, made = contents.going, rewrite_segment(path, new, contents.staying)
    gone = made.gone or going
    try:
        if is_warc and bucket is not None:  # what was safe there stays so
            for each in (path.with_name(new), index_of(path.with_name(new))):
                bucket.upload(each, each.name)
        with writing(engine) as connection:
            switch(connection, name, new, made.moves, gone)
    except BaseException:
        remove(path.with_name(new))
        raise
    _end(engine, path, path.with_name(new), made, bucket)
    return Compacted(name=name, gone=len(gone), freed=before - made.size)


def _left_by_crashes(engine: Engine, files: Files, name: str) -> set[int]:
    """Places of responses with a body that was deleted, also of those that nothing refers to."""
    with files.opened(name, MANY_BYTES) as file:
        held = bodies_of(file, name)
    with reading(engine) as connection:
        deleted = deleted_among(connection, set(held.values()))
    return {offset for offset, digest in held.items() if digest in deleted}


def _end(engine: Engine, path: Path, new: Path, made: Rewritten, bucket: Bucket | None) -> None:
    put_aside(path)
    with reading(engine) as connection:
        is_empty = not is_referred_to(connection, new.name)
    if is_empty and not made.moves:
        remove(new)
        if bucket is not None and new.name.endswith(SUFFIX):
            _remove_there(bucket, new)


def _free_name(engine: Engine, path: Path) -> str:
    """The name of the file to come; what a kill left under it, and nothing refers to, is taken away."""
    name = next_name(path.name)
    with reading(engine) as connection:
        while is_referred_to(connection, name):  # be it in the bucket
            name = next_name(name)
    if path.with_name(name).exists():
        remove(path.with_name(name))
    return name


def _deleted(engine: Engine, path: Path, bucket: Bucket | None) -> Iterator[Compacted]:
    """Deletes a file that was put aside, unless something came to lie in it after all. Raises BucketUnavailable; it is
    still aside then.
    """
    with reading(engine) as connection:
        is_wanted = is_referred_to(connection, path.name)
    if is_wanted:
        put_back(path)
        yield Compacted(name=path.name, problem="something in it was fetched again; it is back in its place")
        return
    if bucket is not None and path.name.endswith(SUFFIX):
        _remove_there(bucket, path)
    path.with_name(path.name + FORMER_SUFFIX).unlink(missing_ok=True)


def _put_back_before(engine: Engine, files: Files) -> Iterator[str]:
    """Files that an earlier run put back, for something in them was fetched again; what was deleted is in them too,
    and nothing refers to that any more. Raises BucketUnavailable.
    """
    names = files.names()
    for former in sorted({former_name(name) or "" for name in names} & names):
        try:
            holds_deleted = bool(_left_by_crashes(engine, files, former))
        except BucketUnavailable:
            raise
        except (BodyMissing, OSError):
            holds_deleted = True  # told when it is to be written anew
        if holds_deleted:
            yield former


def _remove_there(bucket: Bucket, path: Path) -> None:
    """The index first: a file that has one there is whole. Raises BucketUnavailable."""
    bucket.delete(index_of(path).name)
    bucket.delete(path.name)


def _sweep(engine: Engine, files: Files) -> None:
    """Puts aside what a kill left: files in whose place others are already, here or in the bucket. Raises OSError."""
    folder, bucket = files.folder, files.bucket
    here = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    there = set(bucket.sizes()) if bucket else set()
    names = here | there
    for former in sorted({former_name(name) or "" for name in names} & names):
        with reading(engine) as connection:
            # It was referred to when it was begun anew, if only by what is deleted: now nothing is left in it.
            is_replaced = not is_referred_to(connection, former)
        if is_replaced and former in here:
            put_aside(folder / former)
        elif is_replaced and bucket is not None:
            _remove_there(bucket, folder / former)
