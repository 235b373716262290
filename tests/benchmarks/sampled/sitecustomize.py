"""Loaded by every Python process of a crawl that is measured by stage: tells what each spends its CPU time on.

Python imports a module of this name at its start, from the folder that PYTHONPATH names first. A thread looks at all
others every few milliseconds and books the CPU time that each has used since (as the kernel counts it) on the stage
that its stack shows, by the innermost file of `STAGES`. It writes `<role>-<pid>.json`, stage to seconds, into
SAMPLES, every second, as processes may be killed. It costs some 5 %: rates are taken from runs without it.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import FrameType

#: What stands in a file's path, and the stage it belongs to: the first that fits counts. None is whoever called it.
STAGES: tuple[tuple[str, str | None], ...] = (
    ("importlib", "loading code"),
    ("/storage/migrations/", "loading code"),
    ("/alembic/", "loading code"),
    ("/storage/archive/", "archive"),
    ("/storage/sql/events", "events"),
    ("/storage/dedup/sql", "seen-set"),
    ("/storage/dedup/redis", "seen-set"),
    ("/storage/sql/search_index", "search index"),
    ("/storage/folding", "search index"),
    ("/storage/", "store"),
    ("/crawler/extract/language", "language"),
    ("/py3langid/", "language"),
    ("/crawler/extract/page.", "parsing"),
    ("/crawler/encodings/", "parsing"),
    ("/crawler/extract/body", "body"),
    ("/crawler/extract/wording", "body"),
    ("/crawler/extract/completion", "body"),
    ("/crawler/extract/trimming", "body"),
    ("/crawler/extract/fallback", "body"),
    ("/crawler/extract/selectors", "body"),
    ("/crawler/extract/engine", "body"),
    ("/crawler/extract/standfirst", "body"),
    ("/crawler/extract/closing", "body"),
    ("/crawler/extract/prompts", "body"),
    ("/crawler/extract/prose", "body"),
    ("/crawler/extract/repeats", "body"),
    ("/crawler/extract/chrome", "body"),
    ("/crawler/extract/bare_text", "body"),
    ("/trafilatura/", "body"),
    ("/crawler/extract/byline", "bylines"),
    ("/crawler/extract/signature", "bylines"),
    ("/crawler/extract/presence", "bylines"),
    ("/crawler/extract/persons", "bylines"),
    ("/crawler/extract/claims", "bylines"),
    ("/crawler/extract/desks", "bylines"),
    ("/crawler/extract/dates", "dates"),
    ("/crawler/extract/datings", "dates"),
    ("/crawler/extract/shown_dates", "dates"),
    ("/crawler/extract/declared_dates", "dates"),
    ("/crawler/extract/moments", "dates"),
    ("/htmldate/", "dates"),
    ("/crawler/extract/elements", None),
    ("/crawler/extract/", "headline, marks, links, further fields"),
    ("/crawler/discovery/", "feeds and addresses"),
    ("/crawler/pipelines/pool", "pool and pipe"),
    ("/crawler/pipelines/forked", "pool and pipe"),
    ("/crawler/pipelines/serving", "pool and pipe"),
    ("/crawler/fetch/", "download"),
    ("/scrapy/", "download"),
    ("/twisted/", "download"),
    ("/crawler/", "scheduling and judging"),
    ("/control/", "scheduling and judging"),
)
OTHER = "event loop, threads"
_EVERY_S, _WRITTEN_EVERY_S = 0.003, 1.0
_SWITCH_S = 0.0002  # else the sampler is let in only where the others wait, and all is booked there


class _Sampler(threading.Thread):
    def __init__(self, role: str, folder: Path) -> None:
        super().__init__(daemon=True)
        self.file = folder / f"{role}-{os.getpid()}.json"
        self.is_whole = role == "worker"  # a forked process has the CPU time of its parent's thread behind it
        self.spent: Counter[str] = Counter()
        self.stages: dict[str, str | None] = {}
        self.used: dict[int, float] = {}

    def run(self) -> None:
        sys.setswitchinterval(_SWITCH_S)
        written = 0.0
        while True:
            time.sleep(_EVERY_S)
            self._look()
            if time.monotonic() - written > _WRITTEN_EVERY_S:
                self.write()
                written = time.monotonic()

    def write(self) -> None:
        """Puts the sums in place of those before."""
        beside = self.file.with_suffix(".new")
        with suppress(OSError):
            beside.write_text(json.dumps(self.spent))
            beside.rename(self.file)

    def _look(self) -> None:
        threads = {thread.ident: thread.native_id for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            native = threads.get(ident)
            if native is None or ident == self.ident:
                continue
            used = _cpu_s(native)
            since = used - self.used.get(native, 0.0 if self.is_whole else used)
            self.used[native] = used
            if since > 0:
                self.spent[self._stage(frame)] += since

    def _stage(self, frame: FrameType | None) -> str:
        while frame is not None:
            stage = self._stage_of(frame.f_code.co_filename)
            if stage is not None:
                return stage
            frame = frame.f_back
        return OTHER

    def _stage_of(self, file: str) -> str | None:
        if file not in self.stages:
            self.stages[file] = next((stage for part, stage in STAGES if part in file), None)
        return self.stages[file]


def _cpu_s(native: int) -> float:
    try:
        return int(Path(f"/proc/self/task/{native}/schedstat").read_bytes().split()[0]) / 1e9
    except (OSError, IndexError):  # it has ended; or a kernel that does not tell
        return 0.0


def _begin(role: str) -> None:
    sampler = _Sampler(role, Path(os.environ["SAMPLES"]))
    sampler.start()
    if role == "worker":
        atexit.register(sampler.write)


if os.environ.get("SAMPLES"):
    if "-c" in sys.orig_argv:  # the fork server, whose only work is to load code and to fork
        os.register_at_fork(after_in_child=lambda: _begin("child"))
    else:
        _begin("worker")
