"""The whole service over a busy hour of many outlets: what is offered is stored, once, rightly, and politely fetched.

One run, judged by many tests: the outlets publish while simulated time runs fast, then the service is given the time to
catch up, and is stopped.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.comparing import by_key, keys_by_url, not_stored_once, reachable
from tests.acceptance.stored import StoredArticle, StoredCandidate
from tests.acceptance.words import word_f1
from tests.newsweb.catalogue import MIXES, key_of, write_catalogue
from tests.newsweb.check import judge
from tests.newsweb.process import RunningNewsweb, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

OUTLETS, BACKLOG, NEW_AN_HOUR, HOURS, SPEED = 18, 24, 3.5, 5, 600
FAULTS = "errors=2,busy=3,slow=6,loops=11,throttle=13,huge=14,closed=15,robots500=16"
SHUT_OUT = {key_of(15), key_of(16)}  # their robots.txt lets nobody in
DELAYS_S = {13: 0.6}  # this outlet refuses who asks more than twice a second, and its robots.txt does not say so
INTERVAL_S = 4
OPTIONS = {
    "outlets": OUTLETS,
    "articles": BACKLOG,
    "history": 1,
    "rate": NEW_AN_HOUR,
    "horizon": HOURS,
    "speed": SPEED,
    "edits": 0.1,
    "removals": 0.03,
    "feed-items": 500,
    "page-size": 500,
    "dead": 2,
    "crawl-delay": "0,0,0,0.3",
    "faults": FAULTS,
    "fault-share": 15,
    "slow-s": 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a finished run left behind."""

    web: RunningNewsweb
    ended: float  # simulated seconds since 1970
    truth: Mapping[str, Mapping[str, Any]]
    log: list[dict[str, Any]]
    articles: list[StoredArticle]
    candidates: list[StoredCandidate]
    events: Counter[tuple[str, int]]
    feed: str
    metrics: str
    explained: str
    ledger: str
    exit_code: int
    stop_s: float

    def fetched(self) -> dict[str, set[int]]:
        """The revisions of each article that were sent to the crawler in full."""
        revisions: dict[str, set[int]] = defaultdict(set)
        for line in self.log:
            if line["article"] and line["status"] == 200 and line["complete"]:
                revisions[line["article"]].add(line["revision"])
        return revisions

    def right(self) -> list[tuple[StoredArticle, Mapping[str, Any], list[Mapping[str, Any]]]]:
        """Stored articles with their truth and those of its revisions that the crawler can have seen."""
        found, fetched = by_key(self.articles, self.truth), self.fetched()
        return [
            (stored[0], self.truth[key], [self.truth[key]["revisions"][number] for number in sorted(fetched[key])])
            for key, stored in found.items()
            if key and fetched[key]
        ]


@pytest.fixture(scope="module")
def outcome(newsweb, presswatch, tmp_path_factory) -> Outcome:
    # In the past throughout, so that no article is dated after the real clock that Presswatch goes by.
    start = (datetime.now(UTC) - timedelta(hours=12)).strftime("%Y-%m-%dT%H:00:00Z")
    web = newsweb("--list-variants", "--start", start, *(f"--{name}={value}" for name, value in OPTIONS.items()))
    folder = tmp_path_factory.mktemp("catalogue")
    catalogue = write_catalogue(folder, web.outlets, mixes=MIXES, delays_s=DELAYS_S, interval_s=INTERVAL_S)
    service = presswatch(catalogue, interval_s=str(INTERVAL_S), retry_delays_s="1,2,3")
    running = service.up()

    truth = web.truth()
    assert wait_until(lambda: web.status()["published"] == len(truth), 120), "the news web is slower than it should be"
    assert wait_until(lambda: web.status()["now"] > max(r["published_ts"] for r in truth.values()) + 60, 60)
    all_out = datetime.now(UTC)

    def caught_up() -> bool:
        open_to_all = [source for source in service.stored.sources() if source.outlet_key not in SHUT_OUT]
        # A visit that found its host at rest has read nothing.
        well = [source for source in open_to_all if source.last_outcome != "failed" and source.last_visit_at]
        visited = [source in well and source.last_visit_at > all_out for source in open_to_all]
        return bool(visited) and all(visited) and service.stored.pending() == 0

    settled = wait_until(caught_up, 240, 0.5)  # a busy outlet rests longer with each refusal
    late = [s for s in service.stored.sources() if not s.last_visit_at or s.last_visit_at <= all_out]
    assert settled, (
        f"{service.stored.pending()} candidates wait; not visited again: {late}; it said:\n{running.words()}"
    )

    ended = web.status()["now"]
    feed = service.get("/feeds/latest.rss")[1]
    metrics = service.get("/metrics")[1]
    explained = service.run("explain", web.outlets[0]["dead"][0]).stdout
    before = time.monotonic()
    exit_code = running.stop()
    stop_s = time.monotonic() - before
    return Outcome(
        web=web,
        ended=ended,
        truth=truth,
        log=web.log(),
        articles=service.stored.articles(),
        candidates=service.stored.candidates(),
        events=service.stored.event_counts(),
        feed=feed,
        metrics=metrics,
        explained=explained,
        ledger=service.run("ledger", "--json").stdout,
        exit_code=exit_code,
        stop_s=stop_s,
    )


# ------------------------------------------------------------------------------- what is stored


def test_the_web_offered_at_least_600_articles_of_12_outlets_most_of_them_within_reach(outcome):
    within = reachable(outcome.web, outcome.truth, outcome.ended)
    assert len(outcome.truth) >= 600
    assert len(within) >= 600
    assert len({outcome.truth[key]["outlet_index"] for key in within}) >= 12


def test_every_reachable_article_is_stored_exactly_once(outcome):
    assert not_stored_once(outcome.web, outcome.truth, outcome.articles, outcome.ended) == {}


def test_every_article_is_stored_under_its_canonical_address_at_its_own_outlet(outcome):
    for article, record, _ in outcome.right():
        assert article.url == record["url"]
        assert article.outlet_key == key_of(record["outlet_index"])


def test_every_title_is_the_one_that_was_sent(outcome):
    wrong = [
        (article.url, article.title, [revision["title"] for revision in revisions])
        for article, _, revisions in outcome.right()
        if article.title not in {revision["title"] for revision in revisions}
    ]
    assert wrong == []


def test_every_author_is_right(outcome):
    wrong = [
        (a.url, a.authors, record["author"]) for a, record, _ in outcome.right() if a.authors != (record["author"],)
    ]
    assert wrong == []


def test_every_day_of_publication_is_right(outcome):
    wrong = [
        (article.url, article.published_at, record["published"])
        for article, record, _ in outcome.right()
        if article.published_at is None or f"{article.published_at:%Y-%m-%d}" != record["published"][:10]
    ]
    assert wrong == []


def test_every_text_is_whole_and_holds_little_else(outcome):
    wrong = []
    for article, record, revisions in outcome.right():
        besides = f"{record['about']} {record['credit'] or ''}"
        best = max(word_f1(article.body, revision["text"], besides) for revision in revisions)
        whole = any(all(part in article.body for part in revision["text"].split("\n\n")) for revision in revisions)
        if best < 0.97 or not whole:
            wrong.append((article.url, round(best, 3), whole))
    assert wrong == []


def test_every_article_was_told_of_once(outcome):
    told = {article_id: n for (kind, article_id), n in outcome.events.items() if kind == "article.stored"}
    assert told == {article.id: 1 for article in outcome.articles}


def test_the_feed_of_the_newest_articles_names_some_of_them(outcome):
    assert sum(article.url.replace("&", "&amp;") in outcome.feed for article in outcome.articles) >= 20


# ------------------------------------------------------------------------------- how candidates end


def test_every_candidate_ends_in_one_reason(outcome):
    assert [c for c in outcome.candidates if c.state != "done" or not c.reason] == []


def test_dead_addresses_end_as_gone_and_explain_says_so(outcome):
    for outlet in outcome.web.outlets:
        if key_of(outlet["index"]) not in SHUT_OUT:
            reasons = {c.reason for c in outcome.candidates if c.url in outlet["dead"]}
            assert reasons == {"gone"}, outlet["name"]
    assert "gone" in outcome.explained.lower() or "404" in outcome.explained


def test_what_a_fault_puts_out_of_reach_ends_in_the_reason_of_that_fault(outcome):
    keys, expected = keys_by_url(outcome.truth), {2: "failed", 11: "redirect-loop", 14: "too-large"}
    unreachable = {key for outlet in outcome.web.outlets for key in outlet["unreachable"]}
    for index, reason in expected.items():
        ends = Counter(
            c.reason for c in outcome.candidates if c.outlet_key == key_of(index) and keys.get(c.url) in unreachable
        )
        assert set(ends) <= {reason, "gone"}, f"outlet {index}: {ends}"  # a removed one is gone, whatever its fault


def test_one_article_named_by_many_addresses_is_one_article(outcome):
    keys, forms = keys_by_url(outcome.truth), defaultdict(set)
    for candidate in outcome.candidates:
        forms[keys.get(candidate.url.partition("#")[0], "")].add(candidate.found_url)
    stored = by_key(outcome.articles, outcome.truth)
    many = [key for key, found in forms.items() if key and len(found) >= 2 and key in stored]
    assert many, "no article was found under several addresses"
    assert all(len(stored[key]) == 1 for key in many)


def test_metrics_count_what_is_stored(outcome):
    told = dict(re.findall(r"^(presswatch_\w+)(?:\{[^}]*\})? (\S+)$", outcome.metrics, re.MULTILINE))
    assert float(told["presswatch_articles"]) == len(outcome.articles)
    assert float(told["presswatch_process_resident_bytes"]) > 0


# ------------------------------------------------------------------------------- manners


def test_no_robots_rule_is_broken_and_robots_txt_is_read_before_anything_else(outcome):
    verdict = judge(outcome.truth, outcome.log)
    assert [line["path"] for line in outcome.log if line.get("allowed") is False] == []
    assert verdict["outlets_robots_not_first"] == 0
    shut = {line["path"] for line in outcome.log if line["outlet"] in (15, 16)}
    assert shut == {"/robots.txt"}


def test_a_fractional_crawl_delay_is_kept(outcome):
    manners = judge(outcome.truth, outcome.log)["crawl_delay"]
    assert manners["gaps"] > 100
    # The web notes when it gets to a request; on a busy machine that may be some hundredths of a second late.
    assert manners["shortest_share_of_delay"] >= 0.7


def test_no_page_is_fetched_twice_in_vain(outcome):
    pages, redirects = Counter(), Counter()
    for line in outcome.log:
        if line["article"] and line["status"] == 200:
            pages[line["article"], line["path"], line["revision"]] += 1
        elif line["article"] and line["status"] in (301, 302):
            redirects[line["article"]] += 1
    several = {number for number in range(1, OUTLETS + 1) if len(MIXES[(number - 1) % len(MIXES)]) > 1}
    again = {}
    for (key, path, revision), times in pages.items():
        # Where several lists name an article, one of them by a redirect, that it is known shows only at its end.
        known_late = redirects[key] if outcome.truth[key]["outlet_index"] in several else 0
        if times > 1 + known_late:
            again[key, path, revision] = times
    assert again == {}


def test_tracking_parameters_are_never_asked_for(outcome):
    assert [line["path"] for line in outcome.log if "utm_" in line["path"] and line["variant"] == "tracking"] == []


def test_a_page_that_failed_is_tried_again_but_not_for_ever(outcome):
    tries = Counter(line["article"] for line in outcome.log if line["article"] and line["status"] == 500)
    assert tries
    assert max(tries.values()) <= 1 + 3  # three retry delays are set


def test_a_feed_once_read_is_only_asked_for_conditionally(outcome):
    conditional, plain = Counter(), Counter()
    for line in outcome.log:
        if line["kind"] == "feed" and line["status"] in (200, 304):
            (conditional if line["conditional"] else plain)[line["outlet"], line["path"]] += 1
    assert conditional
    assert {feed: plain[feed] for feed in conditional if plain[feed] > 1} == {}


def test_retry_after_is_waited_for(outcome):
    asked: dict[int, float] = {}
    too_soon = []
    for line in sorted(outcome.log, key=lambda line: line["t"]):
        if line["outlet"] == 3:
            if line["t"] < asked.get(3, 0):
                too_soon.append(line["path"])
            if line["status"] == 503:
                asked[3] = line["t"] + 2.9  # Retry-After: 3
    assert asked
    assert too_soon == []


def test_the_ledger_tells_what_the_outlets_own_access_log_tells(outcome):
    asked = [line for line in outcome.log if line["outlet"] is not None]
    totals = [host["total"] for host in json.loads(outcome.ledger)]
    assert sum(total["requests"] for total in totals) == len(asked)
    assert sum(total["not_modified"] for total in totals) == sum(line["status"] == 304 for line in asked)
    assert sum(total["robots"] for total in totals) == sum(line["path"] == "/robots.txt" for line in asked)


# ------------------------------------------------------------------------------- the end


def test_it_ends_in_order_within_ten_seconds(outcome):
    assert outcome.exit_code == 0
    assert outcome.stop_s <= 10
