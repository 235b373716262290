"""What a new article costs beside 1,000,000 stored ones, and beside 10,000: does the price grow with the store?

    scripts/with-services python tests/benchmarks/bench_growth.py [--articles 1000000] [--small 10000] [--only sqlite|postgresql]

Two stores of each database are filled the fastest way there is, written straight into the tables: articles, revisions,
candidates, captures, sightings, events, bylines, the search index, the index of stories, the seen-set. Then articles come
as the product has them come: visits list them and ask the seen-set, their pages go into the archive and their verdicts into
the store, the courier forms stories and holds each against a hundred watchlists. CPU counts, that of the client and of the
servers of the database and of Redis; steps are told apart. Filling a million takes half an hour, 15 GB of disk for each
database. Ends with a line of JSON.
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
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from redis import Redis
from sqlalchemy import text

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from control.following import follower_from  # noqa: E402
from control.settings import Settings  # noqa: E402
from control.watching import watcher_from  # noqa: E402
from crawler.discovery.urls import fingerprint, registrable_domain  # noqa: E402
from crawler.outlets.cadence.pacer import Pacer  # noqa: E402
from crawler.outlets.health.source import Examiner  # noqa: E402
from storage.records import Candidate, PendingCandidate, Reason, VisitOutcome, VisitReport  # noqa: E402
from storage.sql.engine import open_engine, writing  # noqa: E402
from storage.sql.upgrade import upgrade  # noqa: E402
from storage.store import Store, open_store  # noqa: E402
from tests.benchmarks.bench_workers import database  # noqa: E402
from tests.benchmarks.search_archive import END, OUTLETS, fill  # noqa: E402
from tests.benchmarks.server_cost import backends, cpu_s  # noqa: E402
from tests.benchmarks.story_load import load_index, texts_of  # noqa: E402
from tests.contract.sample_records import captured, extraction, verdict  # noqa: E402

BAR = 1.3  # times what it costs in the small store
LISTED, BATCH, WATCHLISTS = 10, 50, 100
STEPS = ("visits and seen-set", "pages and verdicts", "stories", "watchlists")


@dataclass(slots=True)
class Cost:
    """CPU seconds by step, of this process and of the servers; wall seconds of all."""

    articles: int = 0
    client_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    server_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    wall_s: float = 0.0

    def ms(self, step: str) -> float:
        """CPU milliseconds an article of one step, all processes."""
        return 1000 * (self.client_s[step] + self.server_s[step]) / self.articles

    @property
    def all_ms(self) -> float:
        """CPU milliseconds an article."""
        return sum(map(self.ms, STEPS))


class Arrival:
    """Articles that come to a store, step by step as in the product."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self.begin([])
        self._follower = follower_from(settings, store)
        self._watcher = watcher_from(settings, store, lambda: END)

    def begin(self, servers: list[int]) -> None:
        """Counts from here on; `servers` are processes that work for this one."""
        self._pids, self.cost = servers, Cost()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        wall, client, server = time.monotonic(), time.process_time(), cpu_s(self._pids)
        yield
        self.cost.client_s[name] += time.process_time() - client
        self.cost.server_s[name] += cpu_s(self._pids) - server
        self.cost.wall_s += time.monotonic() - wall

    def come(self, numbered: list[tuple[int, str]], number: int) -> None:
        """One batch: (number, text) of articles, at outlets in turn."""
        at = END + timedelta(minutes=number)
        pending: list[PendingCandidate] = []
        with self._step(STEPS[0]):
            for start in range(0, len(numbered), LISTED):
                pending += self._visited([each for each, _ in numbered[start : start + LISTED]], number + start, at)
        bodies = dict(numbered)
        made = [(one, bodies[int(one.candidate.url.rpartition("/")[2])]) for one in pending]
        verdicts = [
            verdict(one, extraction(body, title=body[:60], authors=(f"Author {one.id % 5000}",), lines=_LINES), at=at)
            for one, body in made
        ]
        pages = [zlib.compress(body.encode(), 1) * 6 for _, body in made]
        with self._step(STEPS[1]):
            kept = [captured(one, self._store.bodies, page) for one, page in zip(verdicts, pages, strict=True)]
            stored = self._store.crawl.record_verdicts(kept)
            self._store.seen.confirm(key for answer in stored for key in answer.keys)
        if any(answer.reason is not Reason.STORED for answer in stored):
            raise AssertionError("an article was not stored")
        with self._step(STEPS[2]):
            while not self._follower.follow(BATCH, at).is_current:
                pass
        with self._step(STEPS[3]):
            while self._watcher.step():
                pass
        self.cost.articles += len(stored)

    def _visited(self, numbers: list[int], turn: int, at: datetime) -> list[PendingCandidate]:
        """A visit that lists these, as the pipelines store it."""
        key = f"outlet{turn // LISTED % OUTLETS}"
        (source, *_) = self._store.crawl.sources_of([key])
        urls = [f"https://{key}.example/new/{number}" for number in numbers]
        found = [Candidate(url=url, found_url=url, key=fingerprint(url)) for url in urls]
        keys = [one.key for one in found]
        self._store.seen.claim(keys, "bench", END, timedelta(minutes=10))
        self._store.seen.confirm(self._store.crawl.known_articles(keys))
        report = VisitReport(
            source_id=source.id, started_at=at, finished_at=at, next_due_at=at, outcome=VisitOutcome.READ,
            status=200, bytes_received=9_000, listed=len(found), candidates=tuple(found),
        )  # fmt: skip
        return self._store.crawl.record_visit(report)[1]


_LINES = tuple(range(1_000, 1_030))  # fingerprints of a text's short lines


def filled(url: str, redis_url: str | None, count: int, folder: Path) -> Store:
    """A store of so many articles, followed and watched to the end of its log."""
    engine = open_engine(url)
    upgrade(engine)
    fill(engine, count)
    load_index(engine, count)
    with writing(engine) as connection:
        for statement in _BESIDE:
            connection.execute(text(statement))
        if redis_url is None:
            connection.execute(text("INSERT INTO seen_keys (key, generation) SELECT key, 1 FROM candidates"))
        last = connection.execute(text("SELECT max(seq) FROM events")).scalar_one()
        connection.execute(text("UPDATE story_state SET cursor = :last, change = 2"), {"last": last})
        if engine.dialect.name == "postgresql":
            for table, column in (("events", "seq"), ("visits", "id"), ("sources", "id")):
                place = f"pg_get_serial_sequence('{table}', '{column}')"
                connection.execute(text(f"SELECT setval({place}, (SELECT max({column}) + 1 FROM {table}))"))
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    store = open_store(
        database_url=url, redis_url=redis_url, archive=folder / "archive", interval_s=900, new_a_day=10_000_000,
        domain_of=registrable_domain, examiner=Examiner(), pacer=Pacer(interval_s=900, floor_s=300, ceiling_s=21_600),
    )  # fmt: skip
    if redis_url is not None:
        with writing(store.engine) as connection:
            keys = connection.execute(text("SELECT key FROM candidates")).scalars().all()
        store.seen.clear()
        store.seen.confirm(keys)
    dice = random.Random(4)
    for number in range(WATCHLISTS):
        words = [f"w{int(30_000 * dice.random() ** 2)}" for _ in range(5)]
        query = "{} AND ({} OR {} OR {} OR {})".format(*words)
        store.watchlists.add(name=f"Watchlist {number}", query=query, token=f"token{number}", now=END)
    store.matches.record([], after=store.matches.cursor(), upto=store.events.last_seq(), now=END)
    return store


#: What each article has besides, that `fill` leaves out. A visit of its first source has listed it.
_BESIDE = (
    (
        "INSERT INTO events (at, kind, outlet_key, article_id, payload) "
        "SELECT first_seen_at, 'article.stored', outlet_key, id, '{}' FROM articles ORDER BY id"
    ),
    (
        "INSERT INTO visits (source_id, outlet_key, started_at, finished_at, outcome, bytes_received, listed, new) "
        "SELECT min(id), outlet_key, next_due_at, next_due_at, 'read', 1, 1, 1 FROM sources GROUP BY outlet_key, next_due_at"
    ),
    (
        "INSERT INTO sightings (candidate_id, source_id, visit_id, seen_at) "
        "SELECT candidates.id, visits.source_id, visits.id, candidates.found_at FROM candidates "
        "JOIN visits ON visits.outlet_key = candidates.outlet_key"
    ),
    (
        "INSERT INTO bylines (key, article_id, name, outlet_key) "
        "SELECT 'author ' || (id % 5000), id, 'Author ' || (id % 5000), outlet_key FROM articles"
    ),
)


def measured(url: str, redis_url: str | None, count: int, more: int, folder: Path) -> Cost:
    """What articles cost that come to a store of so many."""
    store = filled(url, redis_url, count, folder)
    try:
        arrival = Arrival(store, Settings(data_dir=folder, contact="https://example.org/bot"))
        numbered = texts_of(count, more + BATCH)
        arrival.come(numbered[:BATCH], 0)  # caches of statements, and what the follower keeps in memory
        arrival.begin([*backends(store.engine), *_redis_processes(redis_url)])
        for start in range(BATCH, len(numbered), BATCH):
            arrival.come(numbered[start : start + BATCH], start)
        return arrival.cost
    finally:
        store.close()


def _redis_processes(redis_url: str | None) -> list[int]:
    if redis_url is None:
        return []
    with Redis.from_url(redis_url) as client:
        return [int(client.info("server")["process_id"])]


def table(costs: Mapping[str, Mapping[int, Cost]]) -> str:
    """For people."""
    lines = [f"{'database':11} {'stored':>9} {'CPU ms an article':>18}" + "".join(f" {step:>20}" for step in STEPS)]
    lines += [
        f"{name:11} {count:9,} {cost.all_ms:18.2f}" + "".join(f" {cost.ms(step):20.2f}" for step in STEPS)
        for name, by_count in costs.items()
        for count, cost in by_count.items()
    ]
    return "\n".join(lines)


def figures(costs: Mapping[str, Mapping[int, Cost]]) -> dict[str, dict[str, object]]:
    """For scripts."""
    out: dict[str, dict[str, object]] = {}
    for name, by_count in costs.items():
        for count, cost in by_count.items():
            out[f"{name}_cpu_ms_beside_{count}"] = {"value": round(cost.all_ms, 2)}
            out[f"{name}_wall_ms_beside_{count}"] = {"value": round(1000 * cost.wall_s / cost.articles, 2)}
        small, large = by_count.values()
        ratio = round(large.all_ms / small.all_ms, 2)
        out[f"{name}_growth"] = {"value": ratio, "bar": BAR, "holds": ratio <= BAR}
    return out


def main() -> int:
    """Fills, measures, prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000, help="in the large store")
    parser.add_argument("--small", type=int, default=10_000, help="in the small one")
    parser.add_argument("--more", type=int, default=1_000, help="articles that come and are measured")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="leave the other one out")
    options = parser.parse_args()
    costs: dict[str, dict[int, Cost]] = {}
    for name in [options.only] if options.only else ["sqlite", "postgresql"]:
        for count in (options.small, options.articles):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="presswatch-bench-")))
                is_server = name == "postgresql"
                url = stack.enter_context(database()) if is_server else f"sqlite:///{folder}/store.sqlite3"
                redis_url = os.environ["PRESSWATCH_TEST_REDIS_URL"] if is_server else None
                cost = measured(url, redis_url, count, options.more, folder)
                costs.setdefault(name, {})[count] = cost
                print(f"{name}, {count:,} stored: {cost.all_ms:.2f} ms CPU an article", flush=True)
    print(table(costs))
    print(json.dumps(figures(costs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
