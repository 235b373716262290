"""A process that writes the archive is killed, or its disk runs full: what was acknowledged is there, the rest is mended."""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.archive.archive import Archive
from storage.archive.files import Files
from storage.archive.recovering import recover
from storage.archive.verifying import verify_file
from storage.archive.walking import steps
from storage.records import BodyRef

ROOT = Path(__file__).resolve().parents[2]
_WRITING = """
import json, random, sys
from dataclasses import asdict
from pathlib import Path
from storage.archive.archive import Archive
from tests.unit.storage.archive.captured import FOUND, exchanged
archive, chance = Archive(Path(sys.argv[1]), max_file_bytes=3_000_000), random.Random(int(sys.argv[2]))
print("ready", flush=True)
while True:
    made = [exchanged(chance.randbytes(chance.randrange(300_000)), chunks=chance.choice((0, 3))) for _ in range(3)]
    try:
        refs = [archive.put(each, FOUND) for each in made]
        archive.sync()
    except OSError as error:
        print(json.dumps([]), flush=True)
        if int(sys.argv[3]):
            break
        continue
    print(json.dumps([[ref.segment, ref.offset, ref.length, each.digest] for ref, each in zip(refs, made)]), flush=True)
"""


def writer(folder: Path, seed: int, *, ends_when_full: bool = False) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _WRITING, str(folder), str(seed), str(int(ends_when_full))]
    started = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert select.select([started.stdout], [], [], 60)[0]
    assert started.stdout.readline() == "ready\n"
    return started


def acknowledged(printed: str) -> list[tuple[BodyRef, str]]:
    lines = printed.splitlines() if printed.endswith("\n") else printed.splitlines()[:-1]
    return [
        (BodyRef(segment=segment, offset=offset, length=length), digest)
        for line in lines
        for segment, offset, length, digest in json.loads(line)
    ]


def check_and_mend(folder: Path, kept: list[tuple[BodyRef, str]]) -> int:
    """All that was acknowledged is there before and after the mending, which leaves nothing to complain of."""
    for _ in range(2):
        archive = Archive(folder)
        for ref, digest in kept:
            archive.get(ref, digest)
        ends: dict[str, int] = {}
        for ref, _digest in kept:
            ends[ref.segment] = max(ends.get(ref.segment, 0), ref.offset + ref.length)
        mended = list(recover(folder, ends))
        assert [each.problem for each in mended if each.problem] == []
    for file in folder.glob("*.warc.gz"):
        assert verify_file(Files(folder=file.parent), file.name, []).problems == ()
    return len(kept)


def kill_at_random(folder: Path, times: int, seed: int) -> None:
    chance, kept, cut = random.Random(seed), [], 0
    for number in range(times):
        process = writer(folder, seed + number)
        time.sleep(chance.uniform(0.01, 0.5))
        process.kill()
        kept += acknowledged(process.communicate()[0])
        cut += sum(step.is_cut for file in folder.glob("*.warc.gz") for step in list(steps(file))[-1:])
        check_and_mend(folder, kept)
    assert kept, "nothing was acknowledged before the kills, so they proved nothing"
    print(json.dumps({"kills": times, "acknowledged": len(kept), "records cut off": cut}))


def test_a_writer_is_killed_at_random_moments(tmp_path: Path):
    kill_at_random(tmp_path, 3, 20261122)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_writer_is_killed_at_twenty_random_moments(tmp_path: Path):
    kill_at_random(tmp_path, 20, 7)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="a small disk of its own needs root")
def test_a_disk_that_runs_full_in_the_middle_of_a_record(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "presswatch", disk], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    try:
        process = writer(disk, 1, ends_when_full=True)
        kept = acknowledged(process.communicate(timeout=60)[0])
        assert process.returncode == 0
        assert all(step.record for file in disk.glob("*.warc.gz") for step in steps(file)), "a part was left behind"
        assert check_and_mend(disk, kept) > 5
    finally:
        subprocess.run(["umount", disk], check=True)
