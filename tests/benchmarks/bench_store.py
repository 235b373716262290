"""What it costs to store articles: articles a second and CPU milliseconds an article, by size of the batch.

Texts of 5 KB of English-like words, each with a captured page of some 20 KB, go into an empty SQLite store of its
own, from one thread. Articles a second count all of `BodyStore.put` and `CrawlStore.record_verdicts` with their
fsyncs; CPU is that of `record_verdicts` alone, in user and kernel mode. Run it with
`python tests/benchmarks/bench_store.py [--articles 2000] [--database URL]`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
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
from tests.contract.conftest import domain_of
from tests.contract.sample_records import captured, extraction, listed, verdict

BAR_MS = 1.0
BATCHES = (1, 20, 100)
TEXT_BYTES = 5_000


def main() -> int:
    """Measures, prints a table and one line of JSON; exit code 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=2_000, help="articles for each size of batch")
    parser.add_argument("--database", help="an empty database; SQLite in a temporary folder unless it is named")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
        readings = measure(arguments.database or f"sqlite:///{folder}/store.sqlite3", Path(folder), arguments.articles)
    show(readings)
    worst = readings[20][1]
    report = {
        "figure": {"value": round(worst, 2), "bar": BAR_MS, "holds": worst <= BAR_MS},
        "cpu_ms_per_article": {str(size): round(cpu, 2) for size, (_, cpu) in readings.items()},
        "articles_per_second": {str(size): round(speed) for size, (speed, _) in readings.items()},
    }
    print(json.dumps(report))
    return 0 if worst <= BAR_MS else 1


def measure(url: str, folder: Path, count: int) -> dict[int, tuple[float, float]]:
    """Articles a second and CPU milliseconds an article, by size of the batch."""
    engine = open_engine(url)
    upgrade(engine)
    bodies = Archive(folder / "archive")
    crawl, book = SqlCrawlStore(engine, bodies, domain_of, 900), SqlOutletBook(engine, domain_of)
    texts = article_texts(random.Random(1))
    readings = {}
    for size in BATCHES:
        found = listed(crawl, book, *(f"https://jpost.example/{size}/{number}" for number in range(count)))
        store(crawl, bodies, found[:size], texts)  # the first one fills caches of statements
        wall, cpu = 0.0, 0.0
        for start in range(size, count, size):
            batch = found[start : start + size]
            seconds, cpu_seconds = store(crawl, bodies, batch, texts)
            wall, cpu = wall + seconds, cpu + cpu_seconds
        readings[size] = ((count - size) / wall, 1_000 * cpu / (count - size))
    bodies.close()
    engine.dispose()
    return readings


def store(
    crawl: SqlCrawlStore, bodies: Archive, found: list[PendingCandidate], texts: Iterator[str]
) -> tuple[float, float]:
    """Stores one batch; seconds of it all, and CPU seconds of `record_verdicts`."""
    read = [verdict(one, extraction(next(texts))) for one in found]
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


def show(readings: dict[int, tuple[float, float]]) -> None:
    """The table for people."""
    table = Table(title=f"Storing articles of {TEXT_BYTES:,} bytes ({os.cpu_count()} cores)")
    for heading in ("articles a batch", "articles/s", "CPU ms an article"):
        table.add_column(heading, justify="right")
    for size, (speed, cpu) in readings.items():
        table.add_row(str(size), f"{speed:,.0f}", f"{cpu:.2f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
