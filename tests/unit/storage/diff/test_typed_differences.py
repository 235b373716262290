"""Pages that differ in their chrome only make no revision; each edit of the article makes exactly its own."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.extract.article import extract_article
from storage.diff.corrections import is_correction
from storage.diff.typed import State, differences, state_of
from storage.records import Difference, Moment, Precision, Zone
from tests.chrome import with_chrome_inside
from tests.newsweb.cli import arguments
from tests.newsweb.clock import parse_start
from tests.newsweb.webs import GeneratedWeb

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)
PAIRS = 100


def generated_pages(count: int) -> list[tuple[str, str]]:
    """(address, page) of articles of a local news web, in its languages and layouts."""
    options = arguments(["serve", "--outlets", "10", "--articles", str(count // 10 + 2)])
    web = GeneratedWeb(options, parse_start(options.start), [])
    found = []
    for outlet in web.outlets:
        for article in outlet.articles[: count // 10]:
            chunks = web.pages.article(article, 0, "canonical")
            found.append((article.url, b"".join(chunk.raw for chunk in chunks).decode()))
    return found


PAGES = generated_pages(PAIRS)


def read(url: str, page: str) -> State:
    found = extract_article(page.encode(), url=url, now=NOW)
    assert not found.rejected, found.rejected
    return state_of(found, NOW)


def test_a_hundred_pairs_that_differ_in_chrome_make_no_revision():
    assert len(PAGES) == PAIRS
    for number, (url, page) in enumerate(PAGES):
        before, after = (read(url, with_chrome_inside(page, (number, moment), "</p>")) for moment in (1, 2))
        assert differences(before, after).kinds == (), url


def real_pages(shared: Path, count: int) -> list[tuple[str, str]]:
    """Pages of outlets of every kind that are read as articles, as UTF-8."""
    cases = [
        json.loads(line)
        for corpus in ("fundus", "aeb", "traf-eval")
        for line in (shared / "pages" / f"{corpus}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    random.Random(7).shuffle(cases)
    found: list[tuple[str, str]] = []
    for case in cases:
        file = shared / "pages" / case["html"]
        if len(found) < count and case["url"] and file.is_file():
            page = gzip.decompress(file.read_bytes()).decode("utf-8", "replace")
            if "\ufffd" not in page and not extract_article(page.encode(), url=case["url"], now=NOW).rejected:
                found.append((case["url"], page))
    return found


@pytest.mark.shared
@pytest.mark.parametrize("count", [12, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_real_pages_in_another_chrome_make_no_revision(shared: Path, count: int):
    pages = real_pages(shared, count)
    assert len(pages) == count
    changed = []
    for number, (url, page) in enumerate(pages):
        body = extract_article(page.encode(), url=url, now=NOW).body
        place = next((each[:24] for each in body.split("\n\n")[1:-1] if each[:24] in page), "</p>")
        before, after = (read(url, with_chrome_inside(page, (number, moment), place)) for moment in (1, 2))
        if found := differences(before, after).kinds:
            changed.append((url, found))
    assert changed == []


# ------------------------------------------------------------------------------------- edits

TITLE = "The bridge opens a year later than planned"
PAGE = """<!doctype html><html lang="en"><head><title>{title} | Post</title>
<meta property="og:title" content="{title}"><meta property="og:type" content="article">
<meta property="article:published_time" content="{published}"><meta property="article:modified_time" content="{modified}">
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{title}",
"datePublished":"{published}","dateModified":"{modified}","author":[{{"@type":"Person","name":"{author}"}}]}}</script>
</head><body><main><article><h1>{title}</h1><p class="byline">By {author}</p>{text}</article></main></body></html>"""
FIELDS = {
    "title": TITLE,
    "author": "Anna Reed",
    "published": "2026-07-20T08:00:00+00:00",
    "modified": "2026-07-20T09:00:00+00:00",
    "text": "".join(
        f"<p>Paragraph {number} tells what the council said of the bridge on Monday, and why it took so long.</p>"
        for number in range(8)
    ),
}
NOTICES = {
    "named": "<p>Correction: The bridge is 300 metres long, not 200.</p>",
    "named with a date": "<p><strong>Correction (21 July 2026):</strong> The bridge is 300 metres long.</p>",
    "said": "<p><em>An earlier version of this article misstated the length of the bridge.</em></p>",
    "said to have been done": "<p>This article was amended on 21 July 2026. The bridge is 300 metres long, not 200.</p>",
    "German": "<p>Korrektur: Die Brücke ist 300 Meter lang, nicht 200.</p>",
    "Persian": "<p>اصلاحیه: طول پل ۳۰۰ متر است و نه ۲۰۰ متر.</p>",
    "Hebrew": "<p>תיקון: אורך הגשר 300 מטר ולא 200.</p>",
}
EDITS = {
    "a headline": ({"title": "The bridge opens two years later than planned"}, Difference.HEADLINE),
    "a word": ({"text": FIELDS["text"].replace("Monday", "Sunday", 1)}, Difference.BODY),
    "a paragraph taken away": ({"text": FIELDS["text"].partition("</p>")[2]}, Difference.BODY),
    "a byline": ({"author": "Ben Cohen"}, Difference.BYLINE),
    "the published date": ({"published": "2026-07-19T08:00:00+00:00"}, Difference.PUBLISHED),
    "the modified date": ({"modified": "2026-07-21T09:00:00+00:00"}, Difference.MODIFIED),
    **{
        f"a notice, {name}": ({"text": FIELDS["text"] + notice}, Difference.CORRECTION_ADDED)
        for name, notice in NOTICES.items()
    },
}


def edited(**changes: str) -> State:
    return read("https://post.example/2026/bridge", PAGE.format(**{**FIELDS, **changes}))


@pytest.mark.parametrize(("changes", "expected"), EDITS.values(), ids=EDITS)
def test_each_edit_makes_one_difference_of_its_type(changes, expected):
    assert differences(edited(), edited(**changes)).kinds == (expected,)


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_a_notice_that_is_taken_away_is_told(notice):
    found = differences(edited(text=FIELDS["text"] + notice), edited())
    assert (found.kinds, found.is_stealth) == ((Difference.CORRECTION_REMOVED,), True)


def test_a_notice_that_is_reworded_is_a_change_of_the_text():
    old, new = (
        f"{FIELDS['text']}<p>Correction: The bridge is {length} metres long, not 200.</p>" for length in (300, 310)
    )
    assert differences(edited(text=old), edited(text=new)).kinds == (Difference.BODY,)


LATER = {"modified": "2026-07-21T09:00:00+00:00"}


@pytest.mark.parametrize(
    ("changes", "is_stealth"),
    [
        ({"title": "Another"}, True),
        ({"title": "Another", **LATER}, False),
        ({"title": "Another", "modified": "2026-07-20T08:30:00+00:00"}, True),
        ({"text": FIELDS["text"].replace("Monday", "Sunday") + NOTICES["named"]}, False),
        (LATER, False),
    ],
    ids=["no word of it", "a new date", "a date moved back", "a correction", "a new date alone"],
)
def test_words_that_change_without_a_new_date_or_a_notice_are_a_stealth_edit(changes, is_stealth):
    assert differences(edited(), edited(**changes)).is_stealth is is_stealth


STATE = State(title="T", body="One.", authors=("A",), published=None, modified=None, seen_at=NOW)


def moment(at: datetime, precision: Precision = Precision.SECOND, rule: str = "json-ld") -> Moment:
    return Moment(at=at, precision=precision, rule=rule, zone=Zone.STATED)


SAME = {
    "typography": (replace(STATE, body="“It’s” — so…"), replace(STATE, body='"It\'s" - so...')),
    "white space and paragraphs": (replace(STATE, body="One two.\n\nThree."), replace(STATE, body="One  two. Three.")),
    "the case and the order of a byline": (
        replace(STATE, authors=("ANNA REED", "Ben Cohen")),
        replace(STATE, authors=("Ben Cohen", "Anna Reed")),
    ),
    "a date told more exactly": (
        replace(STATE, published=moment(NOW.replace(hour=0), Precision.DAY)),
        replace(STATE, published=moment(NOW)),
    ),
    "a date that was guessed": (
        replace(STATE, published=moment(NOW, rule="htmldate")),
        replace(STATE, published=moment(NOW - timedelta(days=3), rule="htmldate")),
    ),
    "a date stamped on each answer": (
        replace(STATE, modified=moment(NOW - timedelta(seconds=2))),
        replace(STATE, modified=moment(NOW + timedelta(hours=5)), seen_at=NOW + timedelta(hours=5)),
    ),
    "a modified date that the page begins to show": (STATE, replace(STATE, modified=moment(NOW - timedelta(days=1)))),
    "a line that was learned to be the outlet's own": (
        replace(STATE, body="One.\n\nFollow us."),
        replace(STATE, body="One.", compared="One.\n\nFollow us."),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_what_is_no_edit_of_the_article(old, new):
    assert differences(old, new).kinds == ()


@pytest.mark.parametrize(
    "paragraph",
    [
        "The court ordered a correction of the figures on Monday.",
        "The minister later corrected himself: the bridge is longer.",
        "Corrections officers went on strike on Tuesday, their union said.",
        "This story was written by three reporters.",
    ],
)
def test_a_sentence_that_tells_of_a_correction_elsewhere_is_no_notice(paragraph):
    assert not is_correction(paragraph)
