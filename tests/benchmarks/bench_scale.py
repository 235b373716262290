"""What storing and reading cost on a PostgreSQL of many articles: is it time to partition, is COPY worth while?

    scripts/with-services python tests/benchmarks/bench_scale.py [--articles 1000000]

A thousand articles are stored as the crawler stores them, then multiplied inside the database with keys of their own, all
indexes in force; at each size, further articles are stored in batches of 100 and the usual questions asked. Ends with a
line of JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from storage.archive.archive import Archive  # noqa: E402
from storage.records import ArticleQuery  # noqa: E402
from storage.sql.crawl import SqlCrawlStore  # noqa: E402
from storage.sql.engine import open_engine, reading, writing  # noqa: E402
from storage.sql.library import SqlLibrary  # noqa: E402
from storage.sql.mapping import hints_to_json  # noqa: E402
from storage.sql.outlets import SqlOutletBook  # noqa: E402
from storage.sql.schema import candidates  # noqa: E402
from storage.sql.upgrade import upgrade  # noqa: E402
from tests.benchmarks.bench_store import article_texts, store  # noqa: E402
from tests.benchmarks.bench_workers import database  # noqa: E402
from tests.contract.conftest import domain_of  # noqa: E402
from tests.contract.sample_records import NOW, candidate, listed, outlet  # noqa: E402

OUTLETS, TEMPLATE, BATCHES = 50, 1_000, 20
#: What differs from copy to copy; numbers of rows and references move by a stride.
_MOVED = {
    "candidates": {"id": "id", "key": "key", "url": "url", "found_url": "url", "article_id": "id"},
    "articles": {"id": "id", "key": "key", "url": "url", "first_seen_at": "time", "updated_at": "time"},
    "bodies": {"digest": "digest"},
    "captures": {"id": "id", "candidate_id": "id", "article_id": "id", "digest": "digest"},
    "revisions": {"id": "id", "article_id": "id", "capture_id": "id", "seen_at": "time"},
    "sightings": {"candidate_id": "id"},
    "events": {"seq": "id", "article_id": "id"},
    "search_words": {"article_id": "id"},
}
_NUMBERED = {"candidates": "id", "articles": "id", "captures": "id", "revisions": "id", "events": "seq"}
_EXPRESSIONS = {
    "id": "{0} + n * {stride}",
    "key": "hashtextextended({0}::text, n)",
    "url": "{0} || '-' || n",
    "time": "{0} - n * 2592000000",  # a month a thousand copies
    "digest": "left({0}, 52) || lpad(n::text, 12, '0')",
}


def multiply(engine: Engine, since: int, copies: int, stride: int) -> None:
    """Copies the template so many times more."""
    wanted = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%USING gin%'"
    with reading(engine) as connection:
        searched = connection.execute(text(wanted)).all()
    with writing(engine) as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        for name, _ in searched:
            connection.execute(text(f"DROP INDEX {name}"))
        for table, moved in _MOVED.items():
            names = [f'"{column["name"]}"' for column in inspect(connection).get_columns(table)]
            values = [
                _EXPRESSIONS[moved[name.strip('"')]].format(name, stride=stride) if name.strip('"') in moved else name
                for name in names
            ]
            first = next(iter(moved))
            mine = f"{first} <= {stride}"  # the template is what has the lowest numbers
            if table == "bodies":
                mine = f"digest IN (SELECT digest FROM captures WHERE id <= {stride})"
            connection.execute(
                text(
                    f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
                    f"FROM {table}, generate_series({since}, {since + copies - 1}) AS g(n) WHERE {mine}"
                )
            )
        for _, definition in searched:  # a search index is built in a tenth of the time that its rows take one by one
            connection.execute(text(definition))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def leave_room(engine: Engine) -> None:
    """Has what is stored from now on numbered far above all copies of the template."""
    with writing(engine) as connection:
        for table, column in _NUMBERED.items():
            place = f"pg_get_serial_sequence('{table}', '{column}')"
            connection.execute(text(f"SELECT setval({place}, 1000000000)"))


def timed_ms(ask: Callable[[], object], times: int = 7) -> float:
    """The median of some askings, after one that warms the caches."""
    ask()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begun)
    return 1000 * statistics.median(taken)


def questions(engine: Engine, crawl: SqlCrawlStore) -> Mapping[str, Callable[[], object]]:
    library, chance = SqlLibrary(engine, 900), random.Random(3)
    keys = [chance.getrandbits(63) for _ in range(500)]
    with reading(engine) as connection:
        ids = connection.execute(text("SELECT id FROM articles ORDER BY random() LIMIT 200")).scalars().all()
    one: Iterator[int] = iter(ids * 10)
    return {
        "newest page": lambda: library.articles(ArticleQuery(limit=50)),
        "an outlet's page": lambda: library.articles(ArticleQuery(limit=50, outlet_key="outlet7")),
        "one article": lambda: library.article(next(one)),
        "500 keys known?": lambda: crawl.known_keys(keys),
        "domains that wait": lambda: crawl.domains_pending(datetime.now(UTC), 20_000),
    }


def store_more(crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive, size: int) -> tuple[float, float]:
    """Milliseconds and CPU milliseconds an article, in batches of 100."""
    texts, wall, cpu, count = article_texts(random.Random(size)), 0.0, 0.0, 0
    for number in range(BATCHES):
        key = f"outlet{number}"
        found = listed(crawl, book, *(f"https://{key}.example/{size}/{each}" for each in range(100)), key=key)
        seconds, cpu_seconds = store(crawl, bodies, found, texts)
        if number:  # the first one fills caches of statements
            wall, cpu, count = wall + seconds, cpu + cpu_seconds, count + len(found)
    return 1000 * wall / count, 1000 * cpu / count


def insert_ways(engine: Engine) -> tuple[float, float]:
    """Milliseconds for 1,000 candidates: in batched inserts, as a visit does it, and by COPY through a table of its own
    (COPY itself knows no conflicts).
    """
    copy = "COPY fresh (outlet_key, key, url, found_url, domain, hints, found_at, state, tries) FROM STDIN"
    merge = (
        "INSERT INTO candidates (outlet_key, key, url, found_url, domain, hints, found_at, state, tries) SELECT outlet_key, "
        "key, url, found_url, domain, hints, found_at, state, tries FROM fresh ORDER BY key ON CONFLICT DO NOTHING RETURNING id"
    )

    def rows() -> list[dict[str, Any]]:
        stamp = time.perf_counter_ns()
        found = [candidate(f"https://outlet3.example/{stamp}/{number}") for number in range(1000)]
        return [
            {
                "outlet_key": "outlet3",
                "key": each.key,
                "url": each.url,
                "found_url": each.url,
                "domain": "outlet3.example",
                "hints": hints_to_json(each.hints),
                "found_at": NOW,
                "state": "done",
                "tries": 0,
            }
            for each in found
        ]

    def batched() -> None:
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

        with writing(engine) as connection:
            given = sorted(rows(), key=lambda row: row["key"])
            adding = insert(candidates).on_conflict_do_nothing().returning(candidates.c.id)
            for start in (0, 500):
                connection.execute(adding, given[start : start + 500]).all()

    def copied() -> None:
        with writing(engine) as connection:
            connection.execute(text("CREATE TEMPORARY TABLE fresh (LIKE candidates) ON COMMIT DROP"))
            connection.execute(text("ALTER TABLE fresh ALTER id DROP NOT NULL"))
            raw: Any = connection.connection.driver_connection
            with raw.cursor() as cursor, cursor.copy(copy) as out:
                for row in rows():
                    given = {**row, "hints": json.dumps(row["hints"]), "found_at": int(NOW.timestamp() * 1e6)}
                    out.write_row(tuple(given.values()))
            connection.execute(text(merge)).all()

    return timed_ms(batched), timed_ms(copied)


def sizes_of(engine: Engine) -> Mapping[str, int]:
    """Bytes in tables with what belongs to them, and in indexes alone."""
    with reading(engine) as connection:
        row = connection.execute(
            text(
                "SELECT sum(pg_total_relation_size(oid))::bigint, sum(pg_indexes_size(oid))::bigint FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        ).one()
    return {"bytes": row[0], "index_bytes": row[1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=1_000_000)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with database() as url, tempfile.TemporaryDirectory() as folder:
        engine = open_engine(url)
        upgrade(engine)
        bodies = Archive(Path(folder) / "archive")
        crawl, book = SqlCrawlStore(engine, bodies, domain_of, 900), SqlOutletBook(engine, domain_of)
        book.load([outlet(f"outlet{number}") for number in range(OUTLETS)], "shipped", NOW)
        texts = article_texts(random.Random(1))
        for number in range(OUTLETS):
            urls = [f"https://outlet{number}.example/{each}" for each in range(TEMPLATE // OUTLETS)]
            store(crawl, bodies, listed(crawl, book, *urls, key=f"outlet{number}"), texts)
        with reading(engine) as connection:
            stride = connection.execute(text("SELECT max(seq) + 10 FROM events")).scalar_one()
        leave_room(engine)
        done = 1
        for size in sorted({TEMPLATE, max(TEMPLATE, options.articles // 10), options.articles}):
            copies = size // TEMPLATE
            if copies > done:
                begun = time.monotonic()
                multiply(engine, done, copies - done, stride)
                print(f"multiplied in {time.monotonic() - begun:.0f} s", flush=True)
                done = copies
            asked = {name: timed_ms(ask) for name, ask in questions(engine, crawl).items()}
            batched, copied = insert_ways(engine)
            taken = store_more(crawl, book, bodies, size)
            figures[str(size)] = {
                "store_ms": round(taken[0], 2),
                "store_cpu_ms": round(taken[1], 2),
                "1000_candidates_ms": {"batched": round(batched), "copy": round(copied)},
                **{name: round(ms, 2) for name, ms in asked.items()},
                **sizes_of(engine),
            }
            print(f"{size:>9} articles: {figures[str(size)]}", flush=True)
        bodies.close()
        engine.dispose()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
