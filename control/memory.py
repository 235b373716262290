"""How much memory processes take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """Memory of this process, without its children."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES


def memory_of_all(pid: int) -> int:
    """Bytes of a process and all that it has started, pages that they share counted once (Linux's PSS).

    What has ended meanwhile, or may not be looked at, counts for nothing.
    """
    return sum(_proportional_bytes(each) for each in (pid, *_descendants(pid)))


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, thread.read_text().split())
        except OSError:  # the thread has ended
            continue
    return found


def _proportional_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended, or is another user's
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
