"""Visits a second that find nothing new, by one worker: Presswatch beside a Scrapy loop that only downloads.

    python tests/benchmarks/bench_polls.py [--outlets 200] [--feeds 5] [--rounds 4] [--only 304|same]

A small server answers feeds of 30 old articles on loopback addresses, in two ways: 304 without a body to whoever asks with
the ETag, and 200 with the same bytes each time. The worker has read every feed once and polls all of them again in rounds,
each as soon as the one before is stored: robots.txt, host clocks, leases, visits, pace, health and due times included, no
delay asked for. The bare loop looks at no robots.txt and keeps nothing. Both take turns on the same two cores, which the
server shares too. What a second and a poll cost is counted between the first round and the last, so that no start of a
process is in it. Ends with a line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, exists, update

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crawler.discovery.urls import registrable_domain  # noqa: E402
from crawler.outlets.catalogue import write_outlet  # noqa: E402
from storage.jobs.sql import SqlVisitQueue  # noqa: E402
from storage.records import Outlet, OutletSource, SourceKind  # noqa: E402
from storage.sql.engine import open_engine, writing  # noqa: E402
from storage.sql.job_tables import visit_jobs  # noqa: E402
from storage.sql.schema import sources  # noqa: E402
from tests.acceptance.environment import store_file  # noqa: E402
from tests.acceptance.harness import Presswatch  # noqa: E402
from tests.benchmarks.process_tree import cpu_s_of  # noqa: E402

BAR = 0.7  # of the bare loop's polls a second
WITHIN_S = 300.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never reached by proxy
WAYS = {"304": ("--validators",), "same": ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What was measured between the first round and the last."""

    polls: int
    wall_s: float
    cpu_s: float

    @property
    def a_second(self) -> float:
        """Polls a second."""
        return self.polls / self.wall_s

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds a poll, of all processes of the poller."""
        return 1000 * self.cpu_s / self.polls


class Web:
    """The server, and what it has seen."""

    def __init__(self, way: str, outlets: int, feeds: int) -> None:
        command = [sys.executable, str(ROOT / "tests/benchmarks/poll_server.py"), *WAYS[way]]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.bases = [f"http://127.1.{number // 250}.{number % 250 + 1}:{self.port}" for number in range(outlets)]
        self.paths = [f"/feed{number}.xml" for number in range(feeds)]

    @property
    def addresses(self) -> list[str]:
        """All feeds, each outlet's in turn."""
        return [base + path for path in self.paths for base in self.bases]

    def told(self) -> Mapping[str, int]:
        """What was asked for so far."""
        with _DIRECT.open(f"http://127.0.0.1:{self.port}/_polls", timeout=10) as answer:
            told: Mapping[str, int] = json.load(answer)
            return told

    def polls(self) -> int:
        """How many feeds were asked for."""
        return self.told()["polls"]


@contextmanager
def web_of(way: str, options: argparse.Namespace) -> Iterator[Web]:
    """A server for as long as it is needed."""
    web = Web(way, options.outlets, options.feeds)
    try:
        yield web
    finally:
        web.process.kill()
        web.process.wait()


def measured(web: Web, pid: int, first: int, last: int, feed: Callable[[], None] = lambda: None) -> Pace:
    """Waits for poll number `first` and number `last`; what lay between cost that session of processes."""
    marks = []
    for wanted in (first, last):
        deadline = time.monotonic() + WITHIN_S
        while (seen := web.polls()) < wanted:
            if time.monotonic() > deadline:
                raise RuntimeError(f"only {seen} of {wanted} polls came within {WITHIN_S:g} s")
            feed()
            time.sleep(0.1)
        marks.append((seen, time.monotonic(), cpu_s_of(pid)))
    (polls, begun, cpu), (polls_then, ended, cpu_then) = marks
    return Pace(polls=polls_then - polls, wall_s=ended - begun, cpu_s=cpu_then - cpu)


def bare(web: Web, folder: Path, rounds: int) -> Pace:
    """The Scrapy loop."""
    addresses = folder / "addresses.txt"
    addresses.write_text("".join(f"{address}\n" for address in web.addresses))
    command = [sys.executable, str(ROOT / "tests/benchmarks/bare_polls.py"), str(rounds + 2), '"unchanged"']
    before, a_round = web.polls(), len(web.addresses)
    with addresses.open() as given:
        process = subprocess.Popen(command, stdin=given, cwd=ROOT, start_new_session=True)
    try:
        return measured(web, process.pid, before + a_round, before + a_round * (rounds + 1))
    finally:
        process.kill()
        process.wait()


def presswatch(web: Web, folder: Path, rounds: int) -> Pace:
    """One worker, whose queue never runs empty."""
    a_round = len(web.addresses)
    with Presswatch(folder / "service", _catalogue_of(web, folder / "catalogue"), log_level="warning") as service:
        read = service.run("crawl", "--quiet", timeout_s=WITHIN_S)
        if read.returncode or web.polls() < a_round:
            raise RuntimeError(f"the feeds were not read: {read.stdout}{read.stderr}")
        engine = open_engine(f"sqlite:///{store_file(folder / 'service' / 'data')}")
        queue, before = SqlVisitQueue(engine), web.polls()
        worker = service.start("worker")
        try:
            return measured(
                web,
                worker.pid,
                before + a_round,
                before + a_round * (rounds + 1),
                lambda: _make_due(engine, queue, a_round // 2),
            )
        finally:
            worker.stop()
            engine.dispose()


def _make_due(engine: Engine, queue: SqlVisitQueue, least: int) -> None:
    """Has all sources that are not queued visited again, where fewer than `least` are: the scheduler's part."""
    if queue.depth() >= least:
        return
    now = datetime.now(UTC)
    idle = ~exists().where(visit_jobs.c.source_id == sources.c.id)
    with writing(engine) as connection:
        due = update(sources).where(idle).values(next_due_at=now).returning(sources.c.id, sources.c.url)
        rows = connection.execute(due).all()
    queue.put((row.id, registrable_domain(row.url), now) for row in rows)


def _catalogue_of(web: Web, folder: Path) -> Path:
    """An outlet file for each address."""
    folder.mkdir()
    for number, base in enumerate(web.bases):
        described = Outlet(
            key=f"polled-{number:04}",
            name=f"Polled {number}",
            home_url=f"{base}/",
            country="GB",
            languages=("en",),
            timezone="UTC",
            sources=tuple(OutletSource(kind=SourceKind.FEED, url=base + path) for path in web.paths),
        )
        (folder / f"{described.key}.toml").write_text(write_outlet(described), encoding="utf-8")
    return folder


POLLERS: Mapping[str, Callable[[Web, Path, int], Pace]] = {"bare": bare, "presswatch": presswatch}


def table(paces: Mapping[tuple[str, str], Sequence[Pace]]) -> str:
    """For people."""
    lines = [f"{'answers':8} {'poller':12} {'turn':>4} {'polls':>7} {'wall s':>7} {'polls/s':>8} {'CPU ms a poll':>14}"]
    lines += [
        f"{way:8} {who:12} {turn:4} {pace.polls:7} {pace.wall_s:7.1f} {pace.a_second:8.1f} {pace.cpu_ms:14.2f}"
        for (way, who), own in paces.items()
        for turn, pace in enumerate(own, 1)
    ]
    return "\n".join(lines)


def figures(paces: Mapping[tuple[str, str], Sequence[Pace]]) -> dict[str, dict[str, object]]:
    """For scripts: medians, and the ratio of each way with its bar."""
    out: dict[str, dict[str, object]] = {}
    for way in dict.fromkeys(way for way, _ in paces):
        speed = {who: statistics.median(pace.a_second for pace in paces[way, who]) for who in ("bare", "presswatch")}
        cpu = {who: statistics.median(pace.cpu_ms for pace in paces[way, who]) for who in ("bare", "presswatch")}
        out |= {f"{who}_{way}_polls_per_second": {"value": round(value, 1)} for who, value in speed.items()}
        out |= {f"{who}_{way}_cpu_ms_per_poll": {"value": round(value, 2)} for who, value in cpu.items()}
        ratio = round(speed["presswatch"] / speed["bare"], 2)
        out[f"polls_{way}_ratio"] = {"value": ratio, "bar": BAR, "holds": ratio >= BAR}
    return out


def main() -> int:
    """Runs it all; prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outlets", type=int, default=200)
    parser.add_argument("--feeds", type=int, default=5, help="of each outlet")
    parser.add_argument("--rounds", type=int, default=4, help="over all feeds, in each turn")
    parser.add_argument("--turns", type=int, default=2, help="of each poller; medians count")
    parser.add_argument("--only", choices=sorted(WAYS), help="leave the other kind of answers out")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])  # inherited by all that is started here
    paces: dict[tuple[str, str], list[Pace]] = {}
    for way in [options.only] if options.only else WAYS:
        for turn in range(options.turns):
            for who, poll in POLLERS.items() if turn % 2 == 0 else reversed(POLLERS.items()):  # neither is always first
                with web_of(way, options) as web, tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
                    paces.setdefault((way, who), []).append(poll(web, Path(folder), options.rounds))
    print(table(paces))
    print(json.dumps(figures(paces)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
