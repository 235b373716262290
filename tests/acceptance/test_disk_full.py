"""The disk of the data folder runs full under a whole service: it says so, damages nothing, and goes on by itself."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.newsroom import newsroom
from tests.integration.test_crash_points import unreadable
from tests.newsweb.process import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]
SAYS_SO_WITHIN_S = 60
ROOMY, FULL = "size=256m", "size=8m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB at the data folder."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a tmpfs of 8 MB")
    data = tmp_path / "data"
    data.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", ROOMY, "tmpfs", str(data)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.decode().strip()}")
    yield data
    subprocess.run(["umount", "--lazy", str(data)], check=True)


def resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{size}", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Takes all the room that is left."""
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            try:
                ballast.write(bytes(4096))
            except OSError:
                return


def test_a_full_disk_is_told_waited_out_and_damages_nothing(tmp_path: Path, small_disk: Path):
    with newsroom(tmp_path) as news:
        up = news.service.up()
        assert news.goes_on()
        assert "is full (" not in up.words()
        resize(small_disk, FULL)
        fill(small_disk)
        assert shutil.disk_usage(small_disk).free == 0
        began = time.monotonic()
        assert wait_until(lambda: "is full (" in up.words(), SAYS_SO_WITHIN_S), up.words()
        said_after_s = time.monotonic() - began
        assert wait_until(lambda: "FAIL" in news.service.run("doctor").stdout, 10)
        time.sleep(5)
        stored = sum(news.stored().values())
        with news.asking(every_s=0.2) as answers:
            time.sleep(2)
        assert {status for _, status in answers} == {200}, "what is stored can be read"
        (small_disk / "ballast").unlink()
        resize(small_disk, ROOMY)
        began = time.monotonic()
        assert news.goes_on(60)
        print(
            f"said after {said_after_s:.1f} s; {stored} articles when it was full; "
            f"went on {time.monotonic() - began:.1f} s after there was room"
        )
        assert wait_until(lambda: "there is room on the disk" in up.words(), 10)
        news.settle()
        assert news.fetched_again() <= 2 * 4
        assert up.stop() == 0
        with closing(sqlite3.connect(news.service.stored.file)) as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert unreadable(small_disk) == []
