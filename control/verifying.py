"""The whole archive verified, a file or some thousand revisions a process at a time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import chain

from storage.archive.files import SUFFIX, Files
from storage.archive.verifying import Verified, verify_file, verify_segments
from storage.ports import EvidenceBook, WordsBook
from storage.records import RecordProblem
from storage.sql.engine import open_engine
from storage.sql.words import SqlWordsBook
from storage.store import Store

#: Captures in segments that one process reads at a time.
_PART = 500
#: Revisions whose words one process compares at a time.
_REVISIONS = 2_000
_BROKEN_LINKS_SHOWN = 100


def verify_all(store: Store, database_url: str, files: Files, processes: int) -> Iterator[Verified]:
    """What was found, part by part: files of the archive, captures in segments, words and links of revisions.

    `database_url` is where the store is, for the processes that read revisions. Raises BucketUnavailable where a bucket
    is set that does not tell what it holds.
    """
    evidence = store.evidence
    present = files.names()
    for name in sorted(evidence.names() - present):
        if name.endswith(SUFFIX):
            told = RecordProblem(file=name, offset=None, url=None, problem="the file is lost; restore it from a backup")
            yield Verified(name=name, captures=len(evidence.in_file(name)), problems=(told,))
    with ProcessPoolExecutor(processes, multiprocessing.get_context("forkserver")) as pool:
        parts = chain(_parts(evidence, files, sorted(present)), _of_revisions(store.words, database_url))
        yield from _all_done(pool, parts, 2 * processes)
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


def _parts(evidence: EvidenceBook, files: Files, names: list[str]) -> Iterator[_Part]:
    for name in names:
        yield verify_file, (files, name, evidence.in_file(name), evidence.answers_in_file(name))
    after = 0
    while kept := evidence.in_segments(after, _PART):
        after = kept[-1].capture.id
        yield verify_segments, (files.folder, kept)


def _of_revisions(words: WordsBook, database_url: str) -> Iterator[_Part]:
    last = words.last()
    for after in range(0, last, _REVISIONS):
        yield verify_words, (database_url, after, after + _REVISIONS)


def verify_words(database_url: str, after: int, upto: int) -> Verified:
    """Compares the words of these revisions, by id, with their digests."""
    engine = open_engine(database_url)
    try:
        checked = SqlWordsBook(engine).check(after, upto)
    finally:
        engine.dispose()
    return Verified(
        name="words", revisions=checked.revisions, unsealed=checked.unsealed, problems=tuple(checked.problems)
    )


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
