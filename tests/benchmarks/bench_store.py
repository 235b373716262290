"""How many articles a second the store takes, beside what a crawl brings it: SQLite and PostgreSQL, by size of the batch.

    scripts/with-services python tests/benchmarks/bench_store.py [--articles 2000] [--only sqlite|postgresql] [--crawl 75]

Texts of 5 KB of English-like words, each with a captured page of some 20 KB, go into an empty store from one thread, with
bylines, lines, the full-text index, events and all constraints in force. Articles a second count all of `BodyStore.put`
and `CrawlStore.record_verdicts` with their waits for the disk; CPU is that of `record_verdicts` alone, in user and kernel
mode, and on PostgreSQL that of the server apart. What counts are batches of 100: a store that is behind gets such ones. What
a crawl brings is measured in the same run, on both cores, unless `--crawl` tells it. Ends with a line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from storage.archive.archive import Archive
from storage.records import PendingCandidate, Reason
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.outlets import SqlOutletBook
from storage.sql.upgrade import upgrade
from tests.benchmarks.bench_crawl import SHARED, crawled_a_second
from tests.benchmarks.bench_workers import database
from tests.benchmarks.server_cost import backends, cpu_s
from tests.contract.conftest import domain_of
from tests.contract.sample_records import captured, extraction, listed, verdict

BAR_TIMES = 5.0  # what a crawl of two cores delivers
BATCHES = (1, 20, 100)
TEXT_BYTES = 5_000
_LINES = tuple(range(1_000, 1_030))  # fingerprints of a text's short lines
OUTLETS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Batches of one size."""

    articles_per_s: float
    cpu_ms: float  # an article, of the process that stores
    server_ms: float  # the same of the database server, 0 where there is none


def main() -> int:
    """Measures, prints a table and one line of JSON; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2_000, help="for each size of batch")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="leave the other one out")
    parser.add_argument("--crawl", type=float, help="articles a second that a crawl brings; measured unless it is told")
    arguments = parser.parse_args()
    readings: dict[str, dict[int, Reading]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="presswatch-bench-")))
        if arguments.only != "postgresql":
            readings["sqlite"] = measure(
                f"sqlite:///{folder}/store.sqlite3", folder / "beside-sqlite", arguments.articles
            )
        if arguments.only != "sqlite":
            url = stack.enter_context(database())
            readings["postgresql"] = measure(url, folder / "beside-postgresql", arguments.articles)
        brought = arguments.crawl
        if brought is None and (SHARED / "pages" / "aeb").is_dir():
            brought = crawled_a_second(folder / "crawl")
    show(readings)
    report = figures(readings, brought)
    print(json.dumps(report))
    return 0 if all(figure.get("holds", True) for figure in report.values()) else 1


def figures(readings: dict[str, dict[int, Reading]], brought: float | None) -> dict[str, dict[str, object]]:
    """For scripts."""
    report: dict[str, dict[str, object]] = {}
    if brought is not None:
        report["crawl_articles_per_second"] = {"value": round(brought, 1)}
    for name, by_size in readings.items():
        fastest = by_size[BATCHES[-1]].articles_per_s
        report[f"{name}_articles_per_second"] = {"value": round(fastest)}
        if brought:
            times = round(fastest / brought, 1)
            report[f"{name}_times_a_crawl"] = {"value": times, "bar": BAR_TIMES, "holds": times >= BAR_TIMES}
        report[f"{name}_cpu_ms_per_article"] = {"value": round(by_size[BATCHES[-1]].cpu_ms, 2)}
    return report


def measure(url: str, folder: Path, count: int) -> dict[int, Reading]:
    """What it takes, by size of the batch."""
    engine = open_engine(url)
    upgrade(engine)
    bodies = Archive(folder / "archive")
    crawl = SqlCrawlStore(engine, bodies, domain_of, 900, new_a_day=1_000_000)
    book = SqlOutletBook(engine, domain_of)
    texts = article_texts(random.Random(1))
    readings = {}
    for size in BATCHES:
        found: list[PendingCandidate] = []
        for number in range(OUTLETS):
            key = f"outlet{number}"
            urls = [f"https://{key}.example/{size}/{each}" for each in range(count // OUTLETS)]
            found += listed(crawl, book, *urls, key=key)
        random.Random(size).shuffle(found)  # a batch is of several outlets
        store(crawl, bodies, found[:size], texts)  # the first one fills caches of statements
        servers = backends(engine)
        server, wall, cpu = cpu_s(servers), 0.0, 0.0
        for start in range(size, len(found), size):
            seconds, cpu_seconds = store(crawl, bodies, found[start : start + size], texts)
            wall, cpu = wall + seconds, cpu + cpu_seconds
        server, stored = cpu_s(servers) - server, len(found) - size
        readings[size] = Reading(
            articles_per_s=stored / wall, cpu_ms=1_000 * cpu / stored, server_ms=1_000 * server / stored
        )
    bodies.close()
    engine.dispose()
    return readings


def store(
    crawl: SqlCrawlStore, bodies: Archive, found: list[PendingCandidate], texts: Iterator[str]
) -> tuple[float, float]:
    """Stores one batch; seconds of it all, and CPU seconds of `record_verdicts`."""
    read = [verdict(one, extraction(next(texts), lines=_LINES, authors=(f"Author {one.id % 500}",))) for one in found]
    pages = [zlib.compress(text.encode(), 1) * 6 for text in (one.extraction.body for one in read if one.extraction)]
    begun = time.perf_counter()
    batch = [captured(one, bodies, page) for one, page in zip(read, pages, strict=True)]
    cpu = time.process_time()
    answers = crawl.record_verdicts(batch)
    cpu_seconds = time.process_time() - cpu
    seconds = time.perf_counter() - begun
    if any(answer.reason is not Reason.STORED for answer in answers):
        raise AssertionError("an article was not stored")
    return seconds, cpu_seconds


def article_texts(chance: random.Random) -> Iterator[str]:
    """Texts of TEXT_BYTES with words as often as a language has them (Zipf)."""
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    vocabulary = ["".join(chance.choices(letters, k=min(2 + rank // 40, 4) + rank % 6)) for rank in range(30_000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
    while True:
        drawn = chance.choices(vocabulary, weights, k=TEXT_BYTES // 4)
        paragraphs = [" ".join(drawn[start : start + 60]) for start in range(0, len(drawn), 60)]
        yield "\n\n".join(paragraphs)[:TEXT_BYTES]


def show(readings: dict[str, dict[int, Reading]]) -> None:
    """The table for people."""
    table = Table(title=f"Storing articles of {TEXT_BYTES:,} bytes ({os.cpu_count()} cores)")
    for heading in ("database", "articles a batch", "articles/s", "CPU ms an article", "server's"):
        table.add_column(heading, justify="right")
    for name, by_size in readings.items():
        for size, reading in by_size.items():
            row = (f"{reading.articles_per_s:,.0f}", f"{reading.cpu_ms:.2f}", f"{reading.server_ms:.2f}")
            table.add_row(name, str(size), *row)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
