"""Others' cases of robots.txt, and what RFC 9309 says where they, or Protego, say otherwise.

Without the rewriting in `crawler.fetch.rules`, 7 of the open cases of robots-google-cc and 7 of robots-google-spec fail.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.fetch.rules import RobotsRules, read_rules

US = "Presswatch"


def rules(text: str, agent: str = US) -> RobotsRules:
    return read_rules(text.encode(), agent)


def cases(shared: Path, suite: str) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each case of a suite with our answer."""
    file = shared / "suites" / suite / "cases.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        coded = case.get("robots_b64")
        body = base64.b64decode(coded) if coded else case["robots"].encode()
        yield case, read_rules(body, case["ua"]).allows(case["url"])


def differs_from_the_rfc(case: dict[str, Any]) -> str | None:
    """Why RFC 9309 answers a case of Google's or Protego's otherwise than its suite does; None where they agree."""
    text, url = case["robots"], case["url"]
    if urlsplit(url).path == "/robots.txt":
        return "2.2.2: robots.txt itself is allowed, whatever its rules"
    if not url.isascii():
        return (
            "2.2.2: octets outside ASCII are percent-encoded in the address too; Google's takes such an address as none"
        )
    if re.search(r"(?i)%(?:[46][1-9a-f]|[57][0-9a])", text):
        return "2.2.2: escapes of unreserved characters are undone before comparison; Google's leaves them"
    if re.search(r"(?im)^\s*user-agent:.*\n(?:\s*invalid\S*:.*\n)+\s*user-agent:", text):
        return "2.2.4: other records must not interfere with groups; Protego lets one end a group"
    return None


def wrong_in(shared: Path, suite: str) -> list[str]:
    wrong, count = [], 0
    for case, answer in cases(shared, suite):
        count += 1
        if answer != case["allowed"] and differs_from_the_rfc(case) is None:
            wrong.append(f"{case['id']}: {case['ua']} at {case['url']} must be {case['allowed']}")
    assert count
    return wrong


def test_robots_google_cc(shared: Path):
    assert wrong_in(shared, "robots-google-cc") == []


def test_robots_google_spec(shared: Path):
    assert wrong_in(shared, "robots-google-spec") == []


def test_robots_protego(shared: Path):
    assert wrong_in(shared, "robots-protego") == []


def test_few_cases_are_set_aside_for_the_rfc(shared: Path):
    aside = {
        suite: sum(1 for case, answer in cases(shared, suite) if answer != case["allowed"])
        for suite in ("robots-google-cc", "robots-google-spec", "robots-protego")
    }
    assert all(count <= 10 for count in aside.values()), aside


def test_real_files_are_read_quickly_and_never_fail(shared: Path):
    files = sorted((shared / "suites/robots-corpus/files").iterdir())
    assert files
    for file in files:
        body, began = file.read_bytes(), time.process_time()
        read_rules(body, US).allows("https://news.example/2026/11/22/a-story.html?x=1")
        assert time.process_time() - began < 1, file.name


# what a robots.txt says -> may we fetch /a
SAID = {
    "our name begins like a shorter one": ("User-agent: press\nDisallow: /", True),
    "our name stands in a longer one": ("User-agent: presswatch-images\nDisallow: /", True),
    "our name with a version": ("User-agent: Presswatch/0.1\nDisallow: /", False),
    "our name with words after it": ("User-agent: Presswatch the crawler\nDisallow: /", False),
    "our name with a star": ("User-agent: presswatch*\nDisallow: /", False),
    "our name between others": ("User-agent: a\nUser-agent: presswatch\nUser-agent: b\nDisallow: /", False),
    "our name twice, rules together": ("User-agent: presswatch\nDisallow: /b\n\nUser-agent: presswatch\nDisallow: /a", False),
    "a group of ours without rules": ("User-agent: *\nDisallow: /\n\nUser-agent: presswatch", True),
    "an unknown record ends no group": ("User-agent: presswatch\nNoindex: /x\nUser-agent: b\nDisallow: /", False),
    "a sitemap ends no group": ("User-agent: presswatch\nSitemap: https://x/s\nUser-agent: b\nDisallow: /", False),
    "a crawl-delay is a rule and ends it": ("User-agent: presswatch\nCrawl-delay: 1\nUser-agent: b\nDisallow: /", True),
    "a signal ends no group": ("User-agent: *\nContent-Signal: ai-train=no\nAllow: /\nDisallow: /a", False),
    "rules before any group": ("Disallow: /\nUser-agent: presswatch\nDisallow: /b", True),
    "words that only begin like a rule": ("User-agent: *\nDisallowed: /\nAllowance: /a\nDisallow: /b", True),
}  # fmt: skip


@pytest.mark.parametrize(("text", "allowed"), SAID.values(), ids=SAID.keys())
def test_what_is_said(text: str, allowed: bool):
    assert rules(text).allows("https://news.example/a") is allowed


def test_a_crawl_delay_is_that_of_our_own_group():
    text = "User-agent: *\nCrawl-delay: 30\n\nUser-agent: presswatch\nCrawl-delay: 2.5\n\nUser-agent: b\nCrawl-delay: 9"
    assert rules(text).crawl_delay_s == 2.5
    assert rules(text, "c").crawl_delay_s == 30
    assert rules("User-agent: presswatch\nCrawl-delay: soon").crawl_delay_s == 0


def test_signals_are_those_of_our_own_group_else_of_all():
    for_all = "User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n"
    assert rules(for_all).signals == (("content-signal", "search=yes, ai-train=no"),)
    own = for_all + "User-agent: presswatch\nContent-Usage: ai=n\nAllow: /"
    assert rules(own).signals == (("content-usage", "ai=n"),)
    assert rules(for_all + "User-agent: presswatch\nAllow: /").signals == ()


def test_rules_for_others_cost_nothing_to_keep():
    others = "".join(f"User-agent: bot{n}\nDisallow: /*{n}*a*b\n" for n in range(10_000))
    read = rules(others + "User-agent: *\nDisallow: /a")
    assert not read.allows("https://news.example/a")
    assert len(read._protego._user_agents) == 1
