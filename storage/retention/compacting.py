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
from storage.archive.archive import SUFFIX
from storage.archive.exclusion import kept_still
from storage.archive.reading import FORMER_SUFFIX
from storage.archive.rewriting import (
    Rewritten,
    bodies_in,
    former_name,
    next_name,
    put_aside,
    put_back,
    remove,
    rewrite,
    rewrite_segment,
)
from storage.errors import BodyMissing
from storage.sql.compaction import Revived, contents_of, deleted_among, files_with_deleted, is_referred_to, switch
from storage.sql.engine import reading, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What became of one file."""

    name: str
    gone: int = 0  # records
    freed: int = 0  # bytes
    problem: str | None = None  # why it still holds what was deleted


def compact(engine: Engine, folder: Path, *, wait_s: float, software: str) -> Iterator[Compacted]:
    """Writes all files anew that hold what was deleted; the older ones are gone `wait_s` after the last of them.

    What is in a file that is damaged, or that a process writes just now, stays there and is told as a problem.
    """
    try:
        with kept_still(folder, is_exclusive=True):
            yield from _compact(engine, folder, wait_s, software)
    except BlockingIOError:
        problem = "it is being backed up, verified or exported, or another deletion is under way; try again after that"
        yield Compacted(name=str(folder), problem=problem)


def _compact(engine: Engine, folder: Path, wait_s: float, software: str) -> Iterator[Compacted]:
    _sweep(engine, folder)
    with reading(engine) as connection:
        names = files_with_deleted(connection)
    names = sorted({*names, *_put_back_before(engine, folder)})
    is_any_aside = False
    for name in names:
        try:
            yield _rewritten(engine, folder / name, software)
            is_any_aside = True
        except (BodyMissing, Revived, OSError) as error:
            yield Compacted(name=name, problem=f"{error}; nothing was changed")
    aside = sorted(folder.glob(f"*{FORMER_SUFFIX}"))
    if is_any_aside and aside:
        time.sleep(wait_s)
    for path in aside:
        yield from _deleted(engine, path.with_name(path.name.removesuffix(FORMER_SUFFIX)))


def _rewritten(engine: Engine, path: Path, software: str) -> Compacted:
    """Raises BodyMissing, Revived and OSError; then it is as it was."""
    name, is_warc = path.name, path.name.endswith(SUFFIX)
    if is_warc and is_being_written(path):
        raise Revived("a worker writes it; it ends with the worker, or once it is full or old")
    before = path.stat().st_size
    new = _free_name(engine, path)
    with reading(engine) as connection:
        contents = contents_of(connection, name)
    if is_warc:
        going = contents.going | (_left_by_crashes(engine, path) - contents.answers)
        made = rewrite(path, new, going, software=software, now=datetime.now(UTC))
    else:
        going, made = contents.going, rewrite_segment(path, new, contents.staying)
    gone = made.gone or going
    try:
        with writing(engine) as connection:
            switch(connection, name, new, made.moves, gone)
    except BaseException:
        remove(path.with_name(new))
        raise
    _end(engine, path, path.with_name(new), made)
    return Compacted(name=name, gone=len(gone), freed=before - made.size)


def _left_by_crashes(engine: Engine, path: Path) -> set[int]:
    """Places of responses with a body that was deleted, also of those that nothing refers to."""
    held = bodies_in(path)
    with reading(engine) as connection:
        deleted = deleted_among(connection, set(held.values()))
    return {offset for offset, digest in held.items() if digest in deleted}


def _end(engine: Engine, path: Path, new: Path, made: Rewritten) -> None:
    put_aside(path)
    with reading(engine) as connection:
        is_empty = not is_referred_to(connection, new.name)
    if is_empty and not made.moves:
        remove(new)


def _free_name(engine: Engine, path: Path) -> str:
    """The name of the file to come; what a kill left under it, and nothing refers to, is taken away."""
    name = next_name(path.name)
    with reading(engine) as connection:
        while path.with_name(name).exists() and is_referred_to(connection, name):
            name = next_name(name)
    if path.with_name(name).exists():
        remove(path.with_name(name))
    return name


def _deleted(engine: Engine, path: Path) -> Iterator[Compacted]:
    """Deletes a file that was put aside, unless something came to lie in it after all."""
    with reading(engine) as connection:
        is_wanted = is_referred_to(connection, path.name)
    if is_wanted:
        put_back(path)
        yield Compacted(name=path.name, problem="something in it was fetched again; it is back in its place")
    else:
        path.with_name(path.name + FORMER_SUFFIX).unlink(missing_ok=True)


def _put_back_before(engine: Engine, folder: Path) -> Iterator[str]:
    """Files that an earlier run put back, for something in them was fetched again; what was deleted is in them too,
    and nothing refers to that any more.
    """
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        former = former_name(path.name)
        if former is None or not (folder / former).exists():
            continue
        try:
            holds_deleted = bool(_left_by_crashes(engine, folder / former))
        except (BodyMissing, OSError):
            holds_deleted = True  # told when it is to be written anew
        if holds_deleted:
            yield former


def _sweep(engine: Engine, folder: Path) -> None:
    """Puts aside what a kill left: files in whose place others are already."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        former = former_name(path.name)
        if former is None or not (folder / former).exists():
            continue
        with reading(engine) as connection:
            # It was referred to when it was begun anew, if only by what is deleted: now nothing is left in it.
            is_replaced = not is_referred_to(connection, former)
        if is_replaced:
            put_aside(folder / former)
