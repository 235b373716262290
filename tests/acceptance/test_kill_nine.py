"""`kill -9` at random moments of a crawl: after a restart all articles are there, and none twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.comparing import by_key, not_stored_once
from tests.acceptance.harness import Presswatch, Running
from tests.acceptance.stored import StoredSource
from tests.newsweb.catalogue import key_of, write_catalogue
from tests.newsweb.process import RunningNewsweb, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OUTLETS, BACKLOG, INTERVAL_S = 12, 12, 2
SPEED = 600  # simulated seconds in a second; with this rate some three articles come a second, for longer than the kills last
NEW_AN_HOUR, HOURS = 1.5, 24
IN_FLIGHT = 64  # pages that one worker may have fetched and not yet stored
BACK_WITHIN_S = 60


def start_apart(service: Presswatch) -> dict[str, Running]:
    """Scheduler and worker as processes of their own."""
    done = service.run("db", "upgrade")
    assert done.returncode == 0, done.stdout + done.stderr
    return {role: service.start(role) for role in ("scheduler", "worker")}


def start_together(service: Presswatch) -> dict[str, Running]:
    """All in one."""
    return {"up": service.up()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which process is killed how often; the seed decides when."""

    victim: str
    kills: int
    seed: int
    start: Callable[[Presswatch], dict[str, Running]]


STARTS = {"worker": start_apart, "scheduler": start_apart, "up": start_together}


def plan(victim: str, kills: int, seed: int, *marks: pytest.MarkDecorator) -> object:
    made = Plan(victim=victim, kills=kills, seed=seed, start=STARTS[victim])
    return pytest.param(made, id=f"{victim} is killed {kills} times", marks=marks)


PLANS = [
    plan("worker", 4, 11),
    plan("scheduler", 2, 12),
    plan("up", 2, 13),
    plan("worker", 8, 21, pytest.mark.soak),
    plan("scheduler", 5, 22, pytest.mark.soak),
    plan("up", 7, 23, pytest.mark.soak),
]


def kill_again_and_again(service: Presswatch, web: RunningNewsweb, plan: Plan) -> tuple[dict[str, Running], list[int]]:
    """Kills and restarts as planned; returns what runs at the end and how many articles were stored at each kill.

    Three kills of four fall into a crawl under way, at a moment that chance chooses; one soon after a start.
    """
    rng, running, stored_at_kill = random.Random(plan.seed), plan.start(service), []
    for number in range(plan.kills):
        before = stored_at_kill[-1] if stored_at_kill else 0
        if number % 4 != 3 and not wait_until(
            lambda before=before: service.stored.article_count() > before, BACK_WITHIN_S
        ):
            web.status()  # says so if it is the news web that does not live
            pytest.fail(f"nothing was stored within {BACK_WITHIN_S} s of kill {number}; it said: {words(running)}")
        time.sleep(rng.uniform(0.0, 2.0))
        if plan.victim == "up":
            running["up"].kill_all()
        else:
            running[plan.victim].kill()
        stored_at_kill.append(service.stored.article_count())
        running |= start_together(service) if plan.victim == "up" else {plan.victim: service.start(plan.victim)}
    return running, stored_at_kill


def words(running: dict[str, Running]) -> str:
    """What the processes said last."""
    return "\n".join(f"{role}: {process.words()}" for role, process in running.items())


@pytest.mark.parametrize("plan", PLANS)
def test_nothing_is_lost_and_nothing_stored_twice(plan: Plan, newsweb, presswatch, tmp_path):
    begin = (datetime.now(UTC) - timedelta(hours=HOURS + 2)).strftime("%Y-%m-%dT%H:00:00Z")
    options = {
        "outlets": OUTLETS,
        "articles": BACKLOG,
        "history": 0.5,
        "rate": NEW_AN_HOUR,
        "horizon": HOURS,
        "speed": SPEED,
    }
    options |= {
        "edits": 0,
        "removals": 0,
        "feed-items": 500,
        "page-size": 500,
        "crawl-delay": 0,
        "start": begin,
        "seed": plan.seed,
    }
    web: RunningNewsweb = newsweb(*(f"--{name}={value}" for name, value in options.items()))
    catalogue = write_catalogue(tmp_path / "catalogue", web.outlets, interval_s=INTERVAL_S)
    settings = {"interval_s": str(INTERVAL_S), "retry_delays_s": "1,2,3", "delay_s": "0.05"}
    if plan.victim != "up":
        settings["worker_name"] = "worker-1"  # a worker that is started again goes by its name, as in a container
    service: Presswatch = presswatch(catalogue, **settings)

    running, stored_at_kill = kill_again_and_again(service, web, plan)
    print(f"{plan.victim}: articles stored at each kill {stored_at_kill}")
    truth = web.truth()
    last = max(record["published_ts"] for record in truth.values())
    web.advance(max(0.0, last + 60 - web.status()["now"]))
    all_out = datetime.now(UTC)

    def not_visited_since() -> list[StoredSource]:
        sources = service.stored.sources()
        return [source for source in sources if source.last_visit_at is None or source.last_visit_at <= all_out]

    def left() -> tuple[int, int]:
        return len(not_visited_since()), service.stored.pending()

    said = {role: process.words() for role, process in running.items()}
    seen, since = left(), time.monotonic()
    while any(still := left()):  # however long a slow machine takes, as long as it goes on
        if still != seen:
            seen, since = still, time.monotonic()
        assert time.monotonic() - since < BACK_WITHIN_S + 30, (
            f"{service.stored.pending()} candidates wait; not visited: {not_visited_since()}; it said: {said}"
        )
        time.sleep(0.5)

    articles, ended = service.stored.articles(), web.status()["now"]
    assert not_stored_once(web, truth, articles, ended) == {}
    assert [
        candidate for candidate in service.stored.candidates() if candidate.state != "done" or not candidate.reason
    ] == []
    told = {
        article_id: n for (kind, article_id), n in service.stored.event_counts().items() if kind == "article.stored"
    }
    assert told == {article.id: 1 for article in articles}
    assert [article.url for article in articles if article.revisions != 1] == []
    for key, (article,) in by_key(articles, truth).items():
        assert article.outlet_key == key_of(truth[key]["outlet_index"])

    sent = Counter((line["article"], line["path"]) for line in web.log() if line["article"] and line["status"] == 200)
    assert sum(times - 1 for times in sent.values()) <= plan.kills * IN_FLIGHT
    for process in running.values():
        assert process.stop() == 0
