"""1, 2 and 4 workers on the local news web, with and without a delay: pace, fairness, manners, and what an article costs.

    scripts/with-services python tests/benchmarks/bench_workers.py [--outlets 24] [--articles 20] [--delay 0.5]

PostgreSQL and Redis come from the environment, as `scripts/with-services` sets it. Each run starts from nothing: an empty
database, an empty Redis, its own web. Workers, web, PostgreSQL and Redis share this machine. Ends with a line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from redis import Redis
from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from control.memory import memory_of_all  # noqa: E402
from tests.acceptance.harness import Presswatch, Running, descendants  # noqa: E402
from tests.newsweb.catalogue import RSS, write_catalogue  # noqa: E402
from tests.newsweb.check import judge  # noqa: E402
from tests.newsweb.process import RunningNewsweb, wait_until  # noqa: E402

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PARTITIONS = 64
_VISITING_S = 15.0
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One crawl of the whole web."""

    workers: int
    delay_s: float
    articles: int
    offered: int
    seconds: float  # from the first article to the last
    first_s: float  # from the start of the scheduler to the first article
    cpu_s: float  # of all workers with their children
    fairness: float  # Jain's index over the outlets, when half was fetched
    least_gap: float | None  # of the delay, between two requests to one outlet
    again: int  # fetched more than once
    commits: int
    wal_bytes: int
    database_ticks: int
    memory_mib: float  # of the largest worker with its children
    redis_bytes: int

    @property
    def a_second(self) -> float:
        return (self.articles - 1) / max(self.seconds, 0.001)


@contextlib.contextmanager
def database() -> Iterator[str]:
    """An empty database, dropped afterwards."""
    server = os.environ["PRESSWATCH_TEST_POSTGRES_URL"]
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def crawl(workers: int, delay_s: float, options: argparse.Namespace, folder: Path) -> Run:
    """Crawls a web of its own to the end."""
    redis_url = os.environ["PRESSWATCH_TEST_REDIS_URL"]
    begin = (datetime.now(UTC) - timedelta(hours=12)).strftime("%Y-%m-%dT%H:00:00Z")
    served = {"outlets": options.outlets, "articles": options.articles, "history": 0.4, "edits": 0, "removals": 0}
    served |= {"feed-items": options.articles, "crawl-delay": delay_s, "start": begin}
    words = [f"--{name}={value}" for name, value in served.items()]
    with Redis.from_url(redis_url) as redis, database() as url, RunningNewsweb(folder / "web", *words) as web:
        redis.flushall()
        catalogue = write_catalogue(folder / "catalogue", web.outlets, mixes=[RSS], interval_s=3600)
        given = {"database_url": url, "redis_url": redis_url, "delay_s": str(delay_s)}
        with Presswatch(folder / "service", catalogue, **given) as service, psycopg.connect(url, autocommit=True) as at:
            if service.run("db", "upgrade").returncode:
                raise SystemExit("the database could not be upgraded")
            running = [service.start("worker", "--name", f"w{number}") for number in range(workers)]
            if not wait_until(lambda: _have_shares(service, workers), 120, 1.0):
                raise SystemExit(f"the workers do not share the work; one said:\n{running[0].words()}")
            cpu_before, before = sum(map(_cpu_s, running)), _costs(at)
            service.start("scheduler")
            began = time.monotonic()
            offered = options.outlets * options.articles
            first, last, stored = _watch(at, offered, running)
            return Run(
                workers=workers,
                delay_s=delay_s,
                articles=stored,
                offered=offered,
                seconds=last - first,
                first_s=first - began,
                cpu_s=sum(map(_cpu_s, running)) - cpu_before,
                memory_mib=max(memory_of_all(_pid(each)) for each in running) / _MIB,
                redis_bytes=int(redis.info("memory")["used_memory_dataset"]),
                **_seen(web),
                **{name: value - before[name] for name, value in _costs(at).items()},
            )


def visits_cost(options: argparse.Namespace, folder: Path) -> Mapping[str, float]:
    """What a visit that finds nothing new costs one worker: each outlet's feed once a second, for a while."""
    redis_url = os.environ["PRESSWATCH_TEST_REDIS_URL"]
    served = {"outlets": options.outlets, "articles": 1, "history": 0.4, "edits": 0, "removals": 0, "crawl-delay": 0}
    words = [f"--{name}={value}" for name, value in served.items()]
    with Redis.from_url(redis_url) as redis, database() as url, RunningNewsweb(folder / "web", *words) as web:
        redis.flushall()
        catalogue = write_catalogue(folder / "catalogue", web.outlets, mixes=[RSS], interval_s=1)
        given = {"database_url": url, "redis_url": redis_url, "delay_s": "0"}
        with Presswatch(folder / "service", catalogue, **given) as service, psycopg.connect(url, autocommit=True) as at:
            service.run("db", "upgrade")
            worker = service.start("worker", "--name", "w0")
            wait_until(lambda: _have_shares(service, 1), 120, 1.0)
            service.start("scheduler")
            wait_until(lambda: _visits(at) > 3 * options.outlets, 60, 0.1)
            before, cpu_before, costs_before = _visits(at), _cpu_s(worker), _costs(at)
            time.sleep(_VISITING_S)
            visits, costs = _visits(at) - before, _costs(at)
            return {
                "visits_a_second": round(visits / _VISITING_S, 1),
                "cpu_ms_a_visit": round(1000 * (_cpu_s(worker) - cpu_before) / visits, 1),
                "database_cpu_ms_a_visit": round(
                    1000 * (costs["database_ticks"] - costs_before["database_ticks"]) / _TICKS_A_SECOND / visits, 1
                ),
                "commits_a_visit": round((costs["commits"] - costs_before["commits"]) / visits, 2),
                "wal_bytes_a_visit": round((costs["wal_bytes"] - costs_before["wal_bytes"]) / visits),
            }


def queue_bytes(count: int = 20_000) -> float:
    """Bytes of Redis for a queued visit."""
    with Redis.from_url(os.environ["PRESSWATCH_TEST_REDIS_URL"]) as redis:
        redis.flushall()
        before = redis.info("memory")["used_memory"]
        with redis.pipeline(transaction=False) as pipeline:
            for number in range(count):
                pipeline.xadd(f"presswatch:visits:{number % _PARTITIONS}", {"source": 1_000_000 + number})
            pipeline.execute()
        return (redis.info("memory")["used_memory"] - before) / count


def _visits(at: psycopg.Connection[Any]) -> int:
    row = at.execute("SELECT count(*) FROM visits").fetchone()
    return int(row[0]) if row else 0


def _have_shares(service: Presswatch, workers: int) -> bool:
    told = json.loads(service.run("workers", "--json").stdout)
    return len(told) == workers and sum(each["partitions"] or 0 for each in told) == _PARTITIONS


def _watch(at: psycopg.Connection[Any], offered: int, running: Sequence[Running]) -> tuple[float, float, int]:
    """When the first and the last article were stored, and how many."""
    moments: dict[int, float] = {}

    def is_done() -> bool:
        row = at.execute("SELECT count(*) FROM articles").fetchone()
        moments.setdefault(row[0] if row else 0, time.monotonic())
        return max(moments) >= offered or not all(each.is_alive for each in running)

    wait_until(is_done, 600, 0.1)
    stored = [count for count in moments if count]
    if not stored:
        raise SystemExit(f"nothing was stored; a worker said:\n{running[0].words()}")
    return moments[min(stored)], moments[max(stored)], max(stored)


def _costs(at: psycopg.Connection[Any]) -> Mapping[str, int]:
    at.execute("SELECT pg_stat_clear_snapshot()")
    row = at.execute(
        "SELECT xact_commit, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint FROM pg_stat_database "
        "WHERE datname = current_database()"
    ).fetchone()
    pids = [int(pid) for (pid,) in at.execute("SELECT pid FROM pg_stat_activity")]
    ticks = sum(map(_ticks, pids))  # the server runs on this machine
    return {"commits": int(row[0]), "wal_bytes": int(row[1]), "database_ticks": ticks} if row else {}


def _seen(web: RunningNewsweb) -> Mapping[str, Any]:
    """What the outlets saw of it."""
    log = web.log()
    pages = [line for line in log if line["article"] and line["status"] == 200]
    half = Counter(line["outlet"] for line in pages[: len(pages) // 2])
    counts = [half[number] for number in {line["outlet"] for line in pages}]
    times = Counter(line["article"] for line in pages)
    return {
        "fairness": sum(counts) ** 2 / (len(counts) * sum(count * count for count in counts)),
        "least_gap": judge(web.truth(), log)["crawl_delay"]["shortest_share_of_delay"],
        "again": sum(count - 1 for count in times.values()),
    }


def _pid(running: Running) -> int:
    return running._process.pid


def _cpu_s(running: Running) -> float:
    pids = [_pid(running), *descendants(_pid(running))]
    return sum(_ticks(pid) for pid in pids) / _TICKS_A_SECOND


def _ticks(pid: int) -> int:
    """CPU time of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return 0
    return sum(map(int, fields[11:15]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outlets", type=int, default=24)
    parser.add_argument("--articles", type=int, default=20, help="of each outlet")
    parser.add_argument("--delay", type=float, default=0.5, help="seconds, of the runs with a delay")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    runs = []
    print("workers  delay  articles/s  first after  CPU ms/article  fairness  least gap  again  MiB  commits/article")
    for delay_s in (options.delay, 0.0):
        for workers in options.workers:
            with tempfile.TemporaryDirectory() as folder:
                run = crawl(workers, delay_s, options, Path(folder))
            runs.append(run)
            gap = "" if run.least_gap is None else f"{run.least_gap:.2f}"
            print(
                f"{run.workers:7} {run.delay_s:5.1f}s {run.a_second:11.1f} {run.first_s:11.1f}s "
                f"{1000 * run.cpu_s / run.articles:15.0f} {run.fairness:9.3f} {gap:>10} {run.again:6} "
                f"{run.memory_mib:4.0f} {run.commits / run.articles:16.2f}"
                + ("" if run.articles == run.offered else f"  ONLY {run.articles} OF {run.offered}"),
                flush=True,
            )
    with tempfile.TemporaryDirectory() as folder:
        visits = visits_cost(options, Path(folder))
    print(f"a visit that finds nothing new: {visits}; a queued visit: {queue_bytes():.0f} bytes of Redis")
    print(json.dumps({**_figures(runs), "visits": visits, "redis_bytes_a_job": round(queue_bytes())}))


def _figures(runs: Sequence[Run]) -> Mapping[str, Mapping[str, Any]]:
    polite = [run for run in runs if run.least_gap is not None]
    figures: dict[str, Mapping[str, Any]] = {
        "stored of offered": _figure(min(run.articles / run.offered for run in runs), 1.0),
        "fairness": _figure(min(run.fairness for run in runs), 0.9),
        "fetched again": {"value": max(run.again for run in runs), "bar": 0, "holds": not any(r.again for r in runs)},
        "memory_mib": {"value": round(max(run.memory_mib for run in runs))},
        "database_cpu_ms_an_article": {
            "value": round(
                1000 * sum(r.database_ticks for r in runs) / _TICKS_A_SECOND / sum(r.articles for r in runs), 1
            )
        },
        "wal_bytes_an_article": {"value": round(sum(r.wal_bytes for r in runs) / sum(r.articles for r in runs))},
        "redis_bytes": {"value": max(run.redis_bytes for run in runs)},
    }
    if polite:
        figures["least gap of the delay"] = _figure(min(run.least_gap or 0.0 for run in polite), 0.95)
    for run in runs:
        name = f"articles_a_second_{run.workers}_workers_{run.delay_s:g}_s"
        figures[name] = {"value": round(run.a_second, 1), "cpu_ms": round(1000 * run.cpu_s / run.articles)}
    return figures


def _figure(value: float, bar: float) -> Mapping[str, Any]:
    return {"value": round(value, 3), "bar": bar, "holds": value >= bar}


if __name__ == "__main__":
    main()
