"""What a command and all processes it starts cost: wall time, CPU time, memory."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_SAMPLE_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run cost. Memory is the greatest sum over all its processes, pages shared among them counted once."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    exit_code: int
    by_generation: Mapping[int, float] = field(
        default_factory=dict
    )  # CPU seconds: the command's own, its children's, ..


class _Sampler(threading.Thread):
    """Looks at all processes of a session twice a second."""

    def __init__(self, session: int):
        super().__init__(daemon=True)
        self.session, self.ended = session, threading.Event()
        self.ticks: dict[int, int] = {}
        self.parents: dict[int, int] = {}
        self.peak_kb = 0

    def run(self) -> None:
        while not self.ended.wait(_SAMPLE_EVERY_S):
            self.peak_kb = max(self.peak_kb, sum(self._look(pid) for pid in _pids()))

    def _look(self, pid: int) -> int:
        """Notes the CPU time of a process of the session; returns its memory in KiB, 0 for other processes."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) != self.session:
                return 0
            self.ticks[pid] = int(fields[11]) + int(fields[12])
            self.parents.setdefault(pid, int(fields[1]))
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:  # it has ended meanwhile
            return 0
        return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)

    def by_generation(self) -> dict[int, float]:
        """CPU seconds as last looked at: of the command, of what it started, of what that started."""
        found: dict[int, float] = {}
        for pid, ticks in self.ticks.items():
            generation, above = 0, pid
            while above != self.session and above in self.parents:
                generation, above = generation + 1, self.parents[above]
            found[generation] = found.get(generation, 0.0) + ticks / _TICKS_A_SECOND
        return found


def cpu_s_of(session: int) -> float:
    """CPU seconds that the processes of a session that run now have taken so far."""
    ticks = 0
    for pid in _pids():
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0
    return ticks / _TICKS_A_SECOND


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def measure(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path, stdin: Path | None, timeout_s: float
) -> Cost:
    """Runs a command to its end in a session of its own, output to `log`.

    CPU time is what the kernel charged to the command and the processes it waited for, or, where that is more, the sum of
    the last looks at each of its processes (some of them may have ended without anyone waiting for them).
    """
    with log.open("wb") as out, (stdin or Path(os.devnull)).open("rb") as source:
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=source, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        sampler = _Sampler(process.pid)
        sampler.start()
        watchdog = threading.Timer(timeout_s, os.killpg, (process.pid, 9))
        watchdog.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - began
    watchdog.cancel()
    sampler.ended.set()
    sampler.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    sampled_s = sum(sampler.ticks.values()) / _TICKS_A_SECOND
    return Cost(
        wall_s=wall_s,
        cpu_s=max(usage.ru_utime + usage.ru_stime, sampled_s),
        peak_mb=sampler.peak_kb / 1024,
        exit_code=process.returncode,
        by_generation=sampler.by_generation(),
    )
