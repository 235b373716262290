"""The whole archive verified, a file a process at a time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

from storage.archive.archive import SUFFIX
from storage.archive.verifying import Verified, verify_file, verify_segments
from storage.ports import EvidenceBook
from storage.records import RecordProblem

#: Captures in segments that one process reads at a time.
_PART = 500
_BROKEN_LINKS_SHOWN = 100


def verify_all(evidence: EvidenceBook, archive: Path, processes: int) -> Iterator[Verified]:
    """What was found, part by part: files of the archive, captures in segments, and the links of revisions."""
    present = {path.name for path in archive.glob(f"*{SUFFIX}")}
    for name in sorted(evidence.names() - present):
        if name.endswith(SUFFIX):
            told = RecordProblem(file=name, offset=None, url=None, problem="the file is lost; restore it from a backup")
            yield Verified(name=name, captures=len(evidence.in_file(name)), problems=(told,))
    with ProcessPoolExecutor(processes, multiprocessing.get_context("forkserver")) as pool:
        yield from _all_done(pool, _parts(evidence, archive, sorted(present)), 2 * processes)
    broken = evidence.broken_links(_BROKEN_LINKS_SHOWN)
    yield Verified(
        name="revisions",
        problems=tuple(
            RecordProblem(
                file="the store",
                offset=None,
                url=None,
                problem=f"revision {link.number} of article {link.article_id} was read from capture {link.capture_id}, "
                "which is not there, or is another article's",
            )
            for link in broken
        ),
    )


_Part = tuple[Callable[..., Verified], tuple[object, ...]]


def _parts(evidence: EvidenceBook, archive: Path, names: list[str]) -> Iterator[_Part]:
    for name in names:
        yield verify_file, (archive / name, evidence.in_file(name))
    after = 0
    while kept := evidence.in_segments(after, _PART):
        after = kept[-1].capture.id
        yield verify_segments, (archive, kept)


def _all_done(pool: ProcessPoolExecutor, parts: Iterator[_Part], most: int) -> Iterator[Verified]:
    """Hands out no more parts than are worked on: what the store expects of each is read only then."""
    running: set[Future[Verified]] = set()
    for work, given in parts:
        running.add(pool.submit(work, *given))
        if len(running) >= most:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in done)
    for each in running:
        yield each.result()
