"""Live blogs: entries with their times, and a text that only new words change."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from crawler.extract.article import extract_article
from storage.records import Extraction, LiveEntry, Outlet, Zone

URL = "https://example.org/news/live/bridge"
WORDS = (
    "The first lorries were let onto the bridge under the eyes of the engineers this morning.",
    "The mayor came to see for himself and spoke with those who wait at the northern end.",
    "A crack of two metres was found below the third arch, the engineers of the town said.",
    "The council of the town will meet at noon and speak about what is to be done now.",
)
LEAD = "<p>The bridge over the river has been closed since Monday, and we tell what happens there as it happens.</p>"


def update(number: int, **more: object) -> dict[str, object]:
    made = {
        "@type": "BlogPosting",
        "headline": f"Entry {number}",
        "articleBody": WORDS[number],
        "datePublished": f"2026-03-14T1{number}:05:00+01:00",
    }
    return {**made, **more}


def shown(number: int, when: str = "") -> str:
    time = when or f'<time datetime="2026-03-14T1{number}:05:00+01:00">{number} hours ago</time>'
    return f'<section class="entry new">{time}<h3>Entry {number}</h3><div><p>{WORDS[number]}</p></div></section>'


def read(
    *entries: str, updates: list[object] | None = None, url: str = URL, end: str = "", zone: str | None = None
) -> Extraction:
    node = {"@type": "LiveBlogPosting", "headline": "The bridge", "liveBlogUpdate": updates}
    data = f'<script type="application/ld+json">{json.dumps(node)}</script>' if updates is not None else ""
    html = f"<html lang=en><head><title>The bridge</title>{data}</head><body><article><h1>The bridge</h1>{LEAD}<div>{''.join(entries)}</div></article>{end}"
    outlet = Outlet(key="example", name="The Example", home_url="https://example.org/", timezone=zone)
    return extract_article(f"{html}</body></html>".encode(), url=url, outlet=outlet)


def told(found: Extraction) -> list[tuple[str | None, datetime | None]]:
    return [(entry.headline, entry.at and entry.at.at) for entry in found.entries]


AT = [datetime(2026, 3, 14, 9 + hour, 5, tzinfo=UTC) for hour in range(4)]


def test_entries_of_json_ld_come_newest_first_with_their_moments():
    found = read(
        *map(shown, range(3)),
        updates=[update(1), update(0), update(2, articleBody=f"<p>{WORDS[2]}</p><p>More &amp; more.</p>")],
    )
    assert told(found) == [("Entry 2", AT[2]), ("Entry 1", AT[1]), ("Entry 0", AT[0])]
    assert found.entries[0].text == f"{WORDS[2]}\n\nMore & more."
    assert [e.value for e in found.evidence if e.field == "entries"] == ["3 entries"]
    assert "live" in found.marks


def test_alike_elements_with_times_are_entries_where_nothing_is_declared():
    found = read(*map(shown, (3, 2, 1, 0)), shown(0).replace(WORDS[0], "A fifth entry has words of its own, too."))
    assert told(found)[:2] == [("Entry 3", AT[3]), ("Entry 2", AT[2])]
    assert [entry.text for entry in found.entries][:4] == [*WORDS[:0:-1], WORDS[0]]
    assert next(e.rule for e in found.evidence if e.field == "entries") == "elements with times"


def test_a_time_without_a_day_is_none_and_keeps_the_order_of_the_page():
    found = read(
        *(shown(n, f"<time>1{n}:05</time>") for n in (0, 3, 1, 2)), shown(1, "<time>9:00</time>").replace("by", "near")
    )
    assert [(entry.headline, entry.at) for entry in found.entries][:3] == [
        ("Entry 0", None),
        ("Entry 3", None),
        ("Entry 1", None),
    ]


def test_a_time_without_a_zone_takes_the_outlets():
    updates = [update(0, datePublished="2026-03-14T10:05:00")]
    [entry] = read(updates=updates, zone="Asia/Tehran").entries
    assert entry.at is not None
    assert (entry.at.at, entry.at.zone) == (datetime(2026, 3, 14, 6, 35, tzinfo=UTC), Zone.OUTLET)


def test_the_text_holds_each_entry_once_newest_first_after_the_lead():
    found = read(*map(shown, (0, 2, 1)), updates=[update(n) for n in range(4)])
    paragraphs = found.body.split("\n\n")
    assert paragraphs[0].startswith("The bridge over the river has been closed")
    assert [p for p in paragraphs if p in WORDS] == [WORDS[3], WORDS[2], WORDS[1], WORDS[0]]


def test_entries_moved_about_and_times_told_anew_make_no_other_text():
    before = read(*map(shown, (2, 1, 0)), updates=[update(n) for n in range(3)])
    pinned = (shown(n).replace("hours ago", "days ago") for n in (0, 2, 1))
    assert read(*pinned, updates=[update(n) for n in (2, 0, 1)]).body == before.body
    assert "ago" not in before.body
    grown = read(*map(shown, (3, 2, 1, 0)), updates=[update(n) for n in range(4)]).body
    assert grown != before.body
    assert [p for p in grown.split("\n\n") if p not in before.body] == ["Entry 3", WORDS[3]]


def test_comments_and_plain_articles_have_no_entries():
    comments = "".join(
        f'<div class="comment"><time datetime="2026-03-14T1{n}:05Z">x</time><p>I have an opinion on this.</p></div>'
        for n in range(6)
    )
    found = read(*map(shown, (2, 1, 0)), end=f'<div class="comments">{comments}</div>')
    assert [entry.headline for entry in found.entries] == ["Entry 2", "Entry 1", "Entry 0"]
    assert read(*map(shown, range(4)), url="https://example.org/news/bridge").entries == ()


def test_hostile_updates_cost_nothing_but_themselves():
    odd = [None, 7, [], {"articleBody": 5}, {"headline": {"name": []}}, {"articleBody": "x" * 30_000}, update(1)]
    assert [entry.headline for entry in read(updates=odd).entries] == ["Entry 1"]
    many = read(updates=[update(1, articleBody=f"{WORDS[1]} {n}" * 5) for n in range(1_500)])
    assert len(many.entries) == 500
    assert sum(len(entry.text) for entry in many.entries) < 600_000
    assert isinstance(many.entries[0], LiveEntry)
