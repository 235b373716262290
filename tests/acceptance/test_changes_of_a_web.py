"""A web of outlets that edit in stealth, correct, and take down: every change is found with its type, none invented."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from storage.diff.corrections import is_correction
from tests import commands
from tests.acceptance.harness import Presswatch
from tests.newsweb.catalogue import RSS, write_catalogue
from tests.newsweb.process import RunningNewsweb

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Expected:
    """What a perfect archivist knows of an article's way from one look to the next."""

    kinds: frozenset[str]
    is_stealth: bool


def revision_at(article: dict[str, Any], now: float) -> int:
    return sum(datetime.fromisoformat(each["at"]).timestamp() <= now for each in article["revisions"]) - 1


def is_removed(article: dict[str, Any], now: float) -> bool:
    return article["removed_at"] is not None and datetime.fromisoformat(article["removed_at"]).timestamp() <= now


def expected(article: dict[str, Any], before: float, after: float) -> Expected | None:
    """What the truth says that an outlet changed between two times; None where nothing."""
    first, last = revision_at(article, before), revision_at(article, after)
    old, new = article["revisions"][first], article["revisions"][last]
    ours, theirs = old["text"].split("\n\n"), new["text"].split("\n\n")
    gone = [each for each in ours if is_correction(each) and each not in theirs]
    come = [each for each in theirs if is_correction(each) and each not in ours]
    kinds = {"headline"} if old["title"] != new["title"] else set()
    if gone or [e for e in ours if not is_correction(e)] != [e for e in theirs if not is_correction(e)]:
        kinds.add("body")
    if len(come) > len(gone):
        kinds.add("correction-added")
    if any(each["kind"] != "stealth" for each in article["revisions"][first + 1 : last + 1]):
        kinds.add("modified-date")
    return Expected(frozenset(kinds), not kinds & {"modified-date", "correction-added"}) if kinds else None


class Desk:
    """A Presswatch that looks at a web, and looks again."""

    def __init__(self, service: Presswatch, web: RunningNewsweb) -> None:
        self.service, self.web, self.keys = service, web, [f"outlet-{each['index']:04}" for each in web.outlets]
        self.truth = web.truth()
        self.by_url = {article["url"]: article for article in self.truth.values()}

    def run(self, *words: str) -> str:
        done = commands.run(*words, env=self.service.env, timeout_s=600)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def look_again(self) -> None:
        """A re-crawl, and the second look at what was missed."""
        for _ in range(2):
            self.run("recrawl", *(word for key in self.keys for word in ("--outlet", key)), "--json")
            time.sleep(1.1)

    def changes(self) -> list[dict[str, Any]]:
        return json.loads(self.run("changes", "--limit", "9999", "--json"))


@contextmanager
def desk(folder: Path, *options: str) -> Iterator[Desk]:
    still = ("--start=-200h", "--speed", "0")  # an edit while we look would fall between our look and the truth
    with RunningNewsweb(folder / "web", *still, "--crawl-delay", "0", "--syndication", "0", *options) as web:
        catalogue = write_catalogue(folder / "catalogue", web.outlets, mixes=[RSS])
        settings = {"confirm_gone_s": "1", "slow_down": "0", "extract_processes": "1", "again_after_s": "1"}
        with Presswatch(folder / "service", catalogue, **settings) as service:
            press = Desk(service, web)
            press.run("db", "upgrade")
            yield press


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("outlets", "articles", "steps_h"),
    [(2, 12, (72,)), pytest.param(12, 30, (1, 3, 8, 24, 72), marks=pytest.mark.soak)],
    ids=["a few", "many"],
)
def test_every_change_of_a_web_is_found_with_its_type_and_none_is_invented(
    tmp_path: Path, outlets: int, articles: int, steps_h: tuple[int, ...]
):
    options = ("--outlets", str(outlets), "--articles", str(articles), "--history", "0.4")
    with desk(tmp_path, *options, "--edits", "0.9", "--removals", "0.2", "--seed", "8") as press:
        press.run("crawl", *press.keys)
        stored = {each["url"] for each in json.loads(press.run("articles", "--limit", "9999", "--json"))}
        before, known = press.web.status()["now"], 0
        assert stored == {url for url, each in press.by_url.items() if not is_removed(each, before)}
        revised = Counter[str]()
        for step_h in steps_h:
            press.web.advance(step_h * HOUR)
            press.look_again()
            after = press.web.status()["now"]
            found = press.changes()
            new, known = found[: len(found) - known], len(found)
            there = {url for url in stored if not is_removed(press.by_url[url], after)}
            wanted = {url: told for url in there if (told := expected(press.by_url[url], before, after))}
            changed = {
                each["url"]: Expected(frozenset(each["differences"]), each["is_stealth"])
                for each in new
                if each["kind"] == "revised"
            }
            assert changed == wanted
            vanished = {each["url"]: each["absence"] for each in new if each["kind"] == "vanished"}
            went = {url for url in stored - there if not is_removed(press.by_url[url], before)}
            assert vanished == {url: str(press.by_url[url]["removed_status"]) for url in went}
            assert len(new) == len(changed) + len(vanished)  # nothing twice, nothing that is there again
            revised.update(kind for told in changed.values() for kind in told.kinds)
            revised.update(
                ["stealth"] * sum(told.is_stealth for told in changed.values()) + ["vanished"] * len(vanished)
            )
            before = after
        assert all(revised[kind] for kind in ("headline", "body", "correction-added", "stealth", "vanished")), revised
