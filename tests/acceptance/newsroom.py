"""A whole service at work: outlets that publish steadily, a webhook that is told, and what must be true of it at the end."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from crawler.outlets.catalogue import write_outlet
from storage.sql.engine import open_engine
from tests.acceptance.harness import Presswatch, Running, descendants
from tests.integration.crawled import allowed, outlet_at
from tests.integration.hostileweb import HostileOutlet, Route, article, hostile_web, rss
from tests.newsweb.process import wait_until
from tests.receiver import Receiver, receiving

_VISITED_S = 2


class Steady(dict[str, Route]):
    """The routes of an outlet that publishes an article every so often, and lists all of them."""

    def __init__(self, web: HostileOutlet, every_s: float) -> None:
        super().__init__()
        self._web, self._every_s = web, every_s
        self._began, self._until = time.monotonic(), float("inf")

    def end(self) -> None:
        """Publishes nothing more."""
        self._until = time.monotonic()

    def published(self) -> list[str]:
        """Titles so far."""
        count = int((min(time.monotonic(), self._until) - self._began) / self._every_s) + 1
        return [f"News {n} of {self._web.address}" for n in range(count)]

    def get(self, path: str, default: Any = None) -> Any:
        if path == "/feed":
            return rss(*[f"{self._web.base}/news-{n}" for n in range(len(self.published()))])
        found = re.fullmatch(r"/news-(\d+)", path)
        return article(f"News {found[1]} of {self._web.address}") if found else super().get(path, default)


@dataclass(frozen=True, kw_only=True)
class Newsroom:
    """The service, what it reads, and whom it tells."""

    service: Presswatch
    webs: Mapping[int, HostileOutlet]  # without the trap
    receiver: Receiver
    engine: Engine

    def published(self) -> list[str]:
        """Titles of all articles that there are."""
        return [title for web in self.webs.values() for title in web.routes.published()]  # type: ignore[attr-defined]

    def stored(self) -> Counter[str]:
        """How often each title is stored; nothing before there is a store."""
        return self._counted("SELECT r.title, 1 FROM articles a JOIN revisions r ON r.article_id = a.id")

    def _counted(self, query: str) -> Counter[str]:
        with self.engine.connect() as connection:
            return Counter(row[0] for row in connection.execute(text(query)))

    def goes_on(self, within_s: float = 60) -> bool:
        """Whether something is stored that was not when this was called."""
        before = sum(self.stored().values())
        return wait_until(lambda: sum(self.stored().values()) > before, within_s)

    def settle(self, within_s: float = 60) -> None:
        """Ends publishing, and asserts that everything is stored once and was told once, by one key."""
        for web in self.webs.values():
            web.routes.end()  # type: ignore[attr-defined]
        wanted = Counter(self.published())
        wait_until(lambda: self.stored() == wanted, within_s)
        stored = self.stored()
        assert {title: stored[title] for title in wanted | stored if stored[title] != wanted[title]} == {}
        events = self._counted("SELECT article_id, 1 FROM events WHERE kind IN ('article.stored', 'article.revised')")
        assert set(events.values()) == {1}
        wait_until(lambda: set(self.told()) == set(wanted), within_s)
        assert {title: len(keys) for title, keys in self.told().items() if len(keys) != 1} == {}
        assert set(self.told()) == set(wanted)

    def told(self) -> dict[str, set[str]]:
        """The keys by which the webhook was told of each title."""
        keys: dict[str, set[str]] = {}
        for each in list(self.receiver.received):
            keys.setdefault(each.json["article"]["title"], set()).add(each.key)
        return keys

    def fetched_again(self) -> int:
        """How many pages were asked for more often than once, in all."""
        asked = Counter((web.address, path) for web in self.webs.values() for path in web.paths() if "/news-" in path)
        return asked.total() - len(asked)

    @contextmanager
    def asking(self, path: str = "/api/v1/articles", every_s: float = 0.5) -> Iterator[list[tuple[float, int]]]:
        """Asks the API all the time until the block ends; yields the list of (seconds, status), 0 where nobody answers."""
        is_over, answers = threading.Event(), []

        def ask() -> None:
            while not is_over.wait(every_s):
                began = time.monotonic()
                try:
                    status = self.service.get(path)[0]
                except OSError:
                    status = 0
                answers.append((time.monotonic() - began, status))

        asker = threading.Thread(target=ask, daemon=True)
        asker.start()
        try:
            yield answers
        finally:
            is_over.set()
            asker.join(15)


@contextmanager
def newsroom(
    folder: Path, *, outlets: int = 4, every_s: float = 2.0, database_url: str | None = None, **settings: str
) -> Iterator[Newsroom]:
    """A newsroom with a store and a webhook; its service is not started yet."""
    catalogue = folder / "catalogue"
    catalogue.mkdir()
    with hostile_web(outlets) as webs, receiving() as receiver:
        for number in range(2, outlets + 2):
            webs[number].routes = Steady(webs[number], every_s)
            made = outlet_at(webs[number], f"steady-{number}", ["/feed"], interval_s=_VISITED_S)
            (catalogue / f"{made.key}.toml").write_text(write_outlet(made), encoding="utf-8")
        ours = {
            "allow_networks": f"{allowed(webs)},127.0.0.1/32",
            "delay_s": "0.05",
            "retry_delays_s": "1,2,3",
            "interval_s": "2",
            "slow_down": "0",
        }
        ours |= {"extract_processes": "1"} | ({"database_url": database_url} if database_url else {})
        with Presswatch(folder, catalogue, **(ours | settings)) as service:
            done = service.run("db", "upgrade")
            assert done.returncode == 0, done.stderr
            done = service.run("channels", "add", "desk", receiver.url)
            assert done.returncode == 0, done.stderr
            engine = open_engine(database_url or f"sqlite:///{service.stored.file}")
            try:
                yield Newsroom(
                    service=service,
                    webs={number: web for number, web in webs.items() if number > 1},
                    receiver=receiver,
                    engine=engine,
                )
            finally:
                engine.dispose()


def rss_mb(pid: int) -> float:
    """Resident memory of a process; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def processes(running: Running) -> dict[str, int]:
    """The processes that `presswatch up` has started, by role: pids. Children of the worker are not among them."""
    found = {}
    for pid in descendants(running._process.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        for role in ("scheduler", "worker", "web", "courier"):
            if b"control" in words and role.encode() in words:
                found[role] = pid
    return found


def worker_mb(worker: int) -> float:
    """Memory of a worker with its pool, what they share counted once."""
    total = 0.0
    for pid in [worker, *descendants(worker)]:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended meanwhile
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total
