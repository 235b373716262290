"""How the service ends: in order when asked to, at once when asked twice, whole when killed."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.outlets.catalogue import write_outlet
from storage.records import Outlet, OutletSource, SourceKind
from tests.acceptance.environment import ROOT
from tests.acceptance.harness import Presswatch, Running, descendants
from tests.integration.hostileweb import HostileOutlet, article, drip, hostile_web, page, rss
from tests.newsweb.process import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

PAGES = 6


@contextlib.contextmanager
def slow_web(count: int) -> Iterator[dict[int, HostileOutlet]]:
    """Outlets whose first page is quick, and whose others take half a minute."""
    with hostile_web(count) as webs:
        del webs[1]
        for web in webs.values():
            web.routes["/feed"] = rss(*(f"{web.base}/page-{n}" for n in range(PAGES)))
            body = page("Slow")
            head = f"HTTP/1.1 200 Said\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            web.routes |= {f"/page-{n}": drip(body, 1.0, head) for n in range(PAGES)}
        yield webs


def make_quick(webs: dict[int, HostileOutlet]) -> None:
    for number, web in webs.items():
        web.routes |= {f"/page-{n}": article(f"Page {n} of {number}") for n in range(PAGES)}


def catalogue(folder: Path, webs: dict[int, HostileOutlet]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, web in webs.items():
        source = OutletSource(kind=SourceKind.FEED, url=f"{web.base}/feed")
        outlet = Outlet(
            key=f"slow-{number}",
            name=f"Slow {number}",
            home_url=f"{web.base}/",
            country="GB",
            languages=("en",),
            timezone="UTC",
            sources=(source,),
            interval_s=2,
        )
        (folder / f"{outlet.key}.toml").write_text(write_outlet(outlet), encoding="utf-8")
    return folder


@pytest.fixture
def webs() -> Iterator[dict[int, HostileOutlet]]:
    with slow_web(2) as served:
        yield served


@pytest.fixture
def service(tmp_path: Path, webs: dict[int, HostileOutlet]) -> Iterator[Presswatch]:
    with Presswatch(tmp_path / "service", catalogue(tmp_path / "catalogue", webs), delay_s="0.05") as made:
        yield made


def start_in_flight(service: Presswatch, webs: dict[int, HostileOutlet], *command: str) -> tuple[Running, list[int]]:
    """Starts a command and waits until a slow page of each outlet is under way; returns it and its processes."""
    running = service.start(*command)
    begun = wait_until(lambda: all(any("page" in path for path in web.paths()) for web in webs.values()), 60)
    assert begun, running.words()
    return running, [running._process.pid, *descendants(running._process.pid)]


def ended_within(running: Running, seconds: float) -> float:
    began = time.monotonic()
    running._process.wait(seconds)
    return time.monotonic() - began


def alive(pids: list[int]) -> list[int]:
    """Those that still run; what has ended and was not collected counts as ended."""
    left = []
    for pid in pids:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                left.append(pid)
    return left


def all_is_stored_after_a_restart(service: Presswatch, webs: dict[int, HostileOutlet]) -> float:
    """Returns within how many seconds the service says that it was ready."""
    make_quick(webs)
    before = len((service.folder / "up.log").read_text())
    done = service.start("up")
    ready = lambda: re.search(r"Ready in ([\d.]+) s", done.log.read_text()[before:])  # noqa: E731
    assert wait_until(lambda: ready() is not None, 60), done.words()
    wanted = sorted(f"Page {n} of {number}" for number in webs for n in range(PAGES))
    titles = lambda: sorted(found.title for found in service.stored.articles())  # noqa: E731
    assert wait_until(lambda: titles() == wanted, 60), (titles(), done.words())
    assert {found.revisions for found in service.stored.articles()} == {1}
    assert done.stop() == 0
    return float(ready()[1])


def test_ctrl_c_ends_the_service_in_time_nothing_is_lost_and_a_later_start_is_quick(service: Presswatch, webs):
    running, pids = start_in_flight(service, webs, "up")
    running._process.send_signal(signal.SIGINT)
    took = ended_within(running, 20)
    assert took < 14
    assert running._process.returncode == 0
    assert "Stopped. Nothing was lost" in running.words()
    assert wait_until(lambda: not alive(pids), 3)
    assert all_is_stored_after_a_restart(service, webs) < 20, "on an idle machine it is two seconds"


def test_a_second_ctrl_c_ends_it_at_once_and_nothing_is_lost(service: Presswatch, webs):
    running, pids = start_in_flight(service, webs, "up")
    running._process.send_signal(signal.SIGINT)
    assert wait_until(lambda: "Stopping" in running.words(), 5)
    running._process.send_signal(signal.SIGINT)
    assert ended_within(running, 10) < 3
    assert running._process.returncode == 130
    assert wait_until(lambda: not alive(pids), 5)
    all_is_stored_after_a_restart(service, webs)


def test_a_second_service_on_one_data_folder_is_refused_and_the_first_killed_with_9_leaves_no_process(
    service: Presswatch, webs
):
    running, pids = start_in_flight(service, webs, "up")
    assert len(pids) >= 5
    second = service.run("up", timeout_s=60)
    assert second.returncode == 1
    said = second.stderr.strip().splitlines()
    assert len(said) == 1
    assert re.match(r"presswatch: Presswatch runs already on .*; stop it first, or set PRESSWATCH_DATA_DIR", said[0])
    assert running.is_alive
    running.kill()
    assert wait_until(lambda: not alive(pids), 8), [
        Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ") for pid in alive(pids)
    ]


def test_a_worker_ends_in_time_with_slow_downloads_in_flight(service: Presswatch, webs):
    assert service.run("db", "upgrade").returncode == 0
    scheduler = service.start("scheduler")
    running, pids = start_in_flight(service, webs, "worker")
    running._process.send_signal(signal.SIGTERM)
    assert ended_within(running, 20) < 11
    assert running._process.returncode == 0
    assert wait_until(lambda: not alive(pids), 3)
    assert scheduler.stop() == 0


def test_a_worker_asked_while_it_begins_ends_soon(service: Presswatch):
    assert service.run("db", "upgrade").returncode == 0
    for wait_s in (0.9, 1.3, 1.7):
        running = service.start("worker")
        time.sleep(wait_s)
        running._process.send_signal(signal.SIGTERM)
        assert ended_within(running, 20) < 7, f"{wait_s} s after its start: {running.words()}"
        assert "Traceback" not in running.words()


def test_a_worker_asked_twice_ends_at_once(service: Presswatch, webs):
    assert service.run("db", "upgrade").returncode == 0
    service.start("scheduler")
    running, pids = start_in_flight(service, webs, "worker")
    running._process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    running._process.send_signal(signal.SIGTERM)
    assert ended_within(running, 10) < 2
    assert wait_until(lambda: not alive(pids), 5)


def test_it_stays_an_ordinary_scrapy_project(service: Presswatch, webs):
    make_quick(webs)
    scrapy = [sys.executable, "-m", "scrapy"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*scrapy, *words], env=dict(service.env), cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
        )

    listed = run("list")
    assert (listed.returncode, "visit" in listed.stdout.split()) == (0, True)
    assert service.run("outlets", "list").returncode == 0  # makes the store and loads the catalogue
    done = run("crawl", "visit", "-a", "outlet=slow-2")
    assert done.returncode == 0, done.stderr
    assert sorted(found.title for found in service.stored.articles()) == [f"Page {n} of 2" for n in range(PAGES)]
    unknown = run("crawl", "visit", "-a", "outlet=nobody")
    assert "presswatch: no outlet is called 'nobody'" in unknown.stderr
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (1, False)
