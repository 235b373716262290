"""Mending what a crash left of the archive: records that were cut off, and indexes that were not finished."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from storage.archive.appending import unwritten
from storage.archive.archive import index_of, write_index
from storage.archive.cdxj import line_of_record
from storage.archive.files import SUFFIX
from storage.archive.walking import Step, steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What was found in one file, and done about it."""

    name: str
    records: int = 0
    cut_bytes: int = 0  # of a record that was never finished, cut off
    is_in_use: bool = False  # a process writes it: nothing was done
    problem: str | None = None  # damage that no crash makes; nothing was cut


def recover(folder: Path, referred: Mapping[str, int], *, is_thorough: bool = False) -> Iterator[Mended]:
    """Mends each file whose index is not finished, or each at all where it is to be thorough.

    Nothing is ever cut that the store refers to: `referred` tells how far it does, in bytes, by file. A damaged record
    with others behind it stays as it is. Raises OSError.
    """
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if index_of(path).exists() and not is_thorough:
            continue
        with unwritten(path) as is_unwritten:
            if is_unwritten:
                mended = _mended(path, referred.get(path.name, 0))
            else:
                mended = Mended(name=path.name, is_in_use=True)
        yield mended


def _mended(path: Path, referred: int) -> Mended:
    lines, count, problem, last = [], 0, None, None
    for step in steps(path):
        last = step
        if step.record is None:
            problem = problem or f"the record at {step.offset}: {step.problem}"
            continue
        count += 1
        line = line_of_record(step.record, offset=step.offset, length=step.length, name=path.name)
        if line is not None:
            lines.append(line)
    cut = 0
    if last is not None and last.is_cut and last.offset >= referred:
        cut, problem = last.length, _other_problem(problem, last)
        _cut_at(path, last.offset)
    write_index(path, lines)
    return Mended(name=path.name, records=count, cut_bytes=cut, problem=problem)


def _other_problem(problem: str | None, last: Step) -> str | None:
    return None if problem and problem.startswith(f"the record at {last.offset}:") else problem


def _cut_at(path: Path, end: int) -> None:
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())
