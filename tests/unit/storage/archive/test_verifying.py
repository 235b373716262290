"""One byte flipped anywhere in a file of the archive is found, and its record named."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from storage.archive.archive import Archive
from storage.archive.files import Files
from storage.archive.verifying import verify_file
from storage.archive.walking import steps
from tests.unit.storage.archive.captured import AT, FOUND, NOISE, PAGE, exchanged


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    archive = Archive(folder)
    for number in range(4):
        archive.put(exchanged(PAGE + bytes([number]), at=AT + timedelta(hours=number), chunks=number), FOUND)
        archive.put(exchanged(NOISE[number:], at=AT + timedelta(days=1, hours=number)), FOUND)
    archive.put(exchanged(PAGE + b"\0", at=AT + timedelta(days=9)), FOUND)
    archive.close()
    (made,) = folder.glob("*.warc.gz")
    return made


def test_a_whole_file_has_no_problem(file: Path):
    found = verify_file(Files(folder=file.parent), file.name, [])
    assert found.problems == ()
    assert (found.size, found.records) == (file.stat().st_size, 1 + 3 * 9)


def test_each_flipped_byte_is_found_and_its_record_named(file: Path, tmp_path: Path):
    whole, chance = file.read_bytes(), random.Random(20261122)
    records = list(steps(file))
    copy = tmp_path / file.name
    for step in records:
        near = [0, 1, 4, 9, 10, 30, step.length // 2, step.length - 8, step.length - 1, chance.randrange(step.length)]
        for place in near:
            data = bytearray(whole)
            data[step.offset + place] ^= 0xFF
            copy.write_bytes(data)
            (problem,) = verify_file(Files(folder=copy.parent), copy.name, []).problems
            assert (problem.file, problem.offset) == (file.name, step.offset), (place, problem)


@pytest.mark.parametrize("lost", [1, 100, 1_000])
def test_a_lost_end_is_told(lost: int, file: Path, tmp_path: Path):
    copy = tmp_path / file.name
    copy.write_bytes(file.read_bytes()[:-lost])
    problems = verify_file(Files(folder=copy.parent), copy.name, []).problems
    assert [problem.problem for problem in problems] == ["it is cut off"]
