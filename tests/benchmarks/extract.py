"""Adapter for the shared scorer: `python SHARED/pages/score.py tests.benchmarks.extract:fields`."""

from __future__ import annotations

import gc
from datetime import date

from crawler.extract.article import extract_article, warm
from crawler.extract.title import key
from storage.records import Evidence, Extraction

_FARTHEST_WEST, _FARTHEST_EAST = 10, 12  # hours from UTC: Hawaii, New Zealand

warm()  # this and the next as a child of a worker does before its first page
gc.freeze()


def fields(html: bytes, url: str) -> dict[str, object]:
    """What the core reads of a page, without rules for single outlets, without hints and without a past."""
    return told(extract_article(html, url=url))


def persons_only(html: bytes, url: str) -> dict[str, object]:
    """The same without the desks that `told` counts as authors: the byline as readers see it."""
    found = extract_article(html, url=url)
    return {**told(found), "authors": list(found.authors)}


def told(found: Extraction) -> dict[str, object]:
    """An extraction as the scorer wants it.

    The day is the one the page names in its own zone, as the labels have it: where the time is told in UTC and
    the URL, or what readers see, carries the day before or after, that is the day of the outlet's calendar, if
    people live so far west or east.
    """
    published = next((e for e in found.evidence if e.field == "published"), None)
    return {
        "title": _with_kicker(found) or None,
        "authors": [*found.authors, *_declared_desks(found.evidence)],
        "date": _day(published) if published else None,
        "language": found.language,
        "text": found.body,
    }


def _with_kicker(found: Extraction) -> str:
    """The headline, with its kicker before it where JSON-LD or OpenGraph say it so: labels keep what those say."""
    kicker = next((e.value for e in found.evidence if e.field == "kicker"), "")
    lost = next((e.lost for e in found.evidence if e.field == "title"), ())
    said = [_letters(value) for rule, value in lost if rule in ("json-ld headline", "og:title")]
    whole = f"{kicker}: {found.title}"
    return whole if kicker and _letters(whole) in said else found.title


def _letters(text: str) -> str:
    return key(text).replace(" ", "")


def _declared_desks(evidence: tuple[Evidence, ...]) -> list[str]:
    """Desks that a page's JSON-LD names as authors, which labels count as such and readers need apart."""
    desks = next((e for e in evidence if e.field == "desks" and e.rule.startswith("json-ld")), None)
    return desks.value.split("; ") if desks else []


def _day(published: Evidence) -> str:
    day = published.value[:10]
    if not published.value.endswith("+00:00"):
        return day
    hour = int(published.value[11:13])
    for rule, value in published.lost:
        if rule == "url" or (rule in ("text", "time") and len(value) == len(day)):
            days = (date.fromisoformat(value[:10]) - date.fromisoformat(day)).days
            is_west, is_east = days == -1 and hour < _FARTHEST_WEST, days == 1 and hour >= 24 - _FARTHEST_EAST
            return value[:10] if is_west or is_east else day
    return day
