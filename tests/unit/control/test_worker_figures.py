"""What a worker tells of itself: its pace over the last minute, and its memory with that of its children."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

from control.figures import WorkerFigures
from control.memory import memory_of_all, resident_bytes

_MIB = 1024 * 1024


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_pace_is_that_of_the_last_minute():
    clock, stats = Clock(), {"presswatch/candidates/stored": 0}
    figures = WorkerFigures(clock)
    figures.watch(SimpleNamespace(stats=SimpleNamespace(get_stats=lambda: stats), spider=None))
    told = []
    for second in range(0, 180, 5):
        clock.now = 1000.0 + second
        stats["presswatch/candidates/stored"] += 10 if second < 90 else 0
        told.append(figures.now()["work"]["articles_a_minute"])
    assert 110 <= told[12] <= 130  # ten in five seconds
    assert told[-1] == 0


def test_a_worker_that_does_not_crawl_yet_tells_its_memory_alone():
    told = WorkerFigures().now()
    assert told["work"] == {"articles_a_minute": 0}
    assert told["process"]["resident_bytes"] > _MIB
    assert told["process"]["memory_bytes"] > _MIB


def test_the_memory_of_children_counts():
    hungry = "import sys; held = bytearray(b'x' * 60_000_000); print('ready', flush=True); sys.stdin.read()"
    before = memory_of_all(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", hungry], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert memory_of_all(os.getpid()) > before + 55_000_000
        assert resident_bytes() < memory_of_all(os.getpid())
        assert child.stdin is not None
        child.stdin.close()
