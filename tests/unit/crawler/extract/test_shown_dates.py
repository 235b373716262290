"""Which of the dates on a page is its article's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract.article import extract_article
from storage.records import Outlet, Zone

LONG = "The council met on Tuesday and decided, after a long debate, to rebuild the bridge over the river soon."
TEXT = f"<p>{LONG}</p>" * 3
H1 = "<h1>The bridge over the river is rebuilt</h1>"
FAR = "<p>One more line of the text that stands between.</p>" * 70


def read(body, head="", url="https://www.example.org/bridge", lang="en", **more):
    html = f"<html lang={lang}><head><title>The bridge over the river is rebuilt</title>{head}</head><body>{body}</body></html>"
    return extract_article(html.encode(), url=url, **more)


def outlet(zone):
    return Outlet(key="example", name="The Example", home_url="https://example.org/", timezone=zone)


def shown(found, field="published"):
    return next((e.value for e in found.evidence if e.field == field), None)


def meta(name, value):
    return f'<meta name="{name}" content="{value}">'


# Each page says 5 May 2020 of its article, and another day of something else.
OWN = {
    "an unmarked line under the headline before a marked one far away": (
        f"{H1}<p>5 May 2020</p>{TEXT}{FAR}<span class=date>9 May 2020</span>"
    ),
    "a line above the headline": f"{FAR}<p>5 May 2020 | News</p>{H1}{TEXT}<ul><li>9 May 2020</li></ul>",
    "the headline's, not today's in the frame of the site": (
        f"<div class=topbar><span class=date>9 May 2020</span></div>{FAR}{H1}<p>5 May 2020</p>{TEXT}"
    ),
    "not a teaser's": f"{H1}<div class=teaser><time>9 May 2020</time></div>{FAR}{TEXT}<p class=date>5 May 2020</p>",
    "not one of another article element": (
        f"<article>{H1}{TEXT}</article><article><time>9 May 2020</time></article><p class=date>5 May 2020</p>"
    ),
    "not a comment's": (
        f"{H1}{TEXT}{FAR}<div id=comments><time datetime=2020-05-09>9 May</time></div><p>Published 5 May 2020</p>"
    ),
    "not the footer's": f"{H1}{TEXT}{FAR}<footer><span class=date>9 May 2020</span></footer><p>5 May 2020</p>",
    "not a caption's": f"{H1}{TEXT}{FAR}<p>A bridge in the rain, seen from the north, 9 May 2020</p><p>5 May 2020</p>",
    "what follows the word of publication": f"{H1}<p class=date>Last updated 9 May 2020, created 5 May 2020</p>{TEXT}",
    "the one that is not named a change": (
        f"{H1}<time class=updated>9 May 2020</time><time class='entry-date published updated'>5 May 2020</time>{TEXT}"
    ),
    "a change named after its date, as in Japanese": f"{H1}<p>2020年5月9日 更新</p><p>2020年5月5日 公開</p>{TEXT}",
    "a heading of another name that says the headline": (
        f"<h1>Our newspaper</h1><p>9 May 2020</p>{FAR}<h2>The bridge over the river is rebuilt</h2><p>5 May 2020</p>{TEXT}"
    ),
    "the one that agrees with the URL": (
        f"{H1}<p class=date>9 May 2020</p>{TEXT}<p class=date>5 May 2020</p>",
        "",
        "https://www.example.org/2020/05/05/bridge",
    ),
    "a day as visitors write it in the URL": (f"{H1}{TEXT}", "", "https://www.example.org/news/05-05-2020"),
    "what is shown, before a meta name of doubtful meaning": (
        f"{H1}<p>5 May 2020</p>{TEXT}",
        meta("date", "2020-05-09"),
    ),
    "meta of doubtful meaning, before a date far away": (
        f"{H1}{TEXT}{FAR}<span class=date>9 May 2020</span>",
        meta("date", "2020-05-05"),
    ),
    "none later than the declared change": (
        f"{H1}<p>9 May 2020</p><p>5 May 2020</p>{TEXT}",
        meta("article:modified_time", "2020-05-06T10:00:00Z"),
    ),
    "the state that scripts keep": (f'<script>x={{"publishedAt":"2020-05-05T10:00:00Z"}}</script>{H1}{TEXT}'),
    "publication before creation in scripts": (
        f'<script>x={{"createdAt":"2020-05-09","first_published":"2020-05-05T10:00:00Z"}}</script>{H1}{TEXT}'
    ),
    "an opening post's, of a forum": (
        f"{H1}<div class=comment><p>5 May 2020</p></div>{TEXT}{FAR}<div class=comment><p>9 May 2020</p></div>"
    ),
}


@pytest.mark.parametrize("case", OWN)
def test_the_day_of_an_article_is(case):
    page = OWN[case]
    found = read(*page) if isinstance(page, tuple) else read(page)
    assert shown(found)[:10] == "2020-05-05"


def test_days_of_a_list_in_scripts_are_nobodys():
    found = read(f'<script>x=[{{"createdAt":"2020-05-09"}},{{"createdAt":"2020-05-05"}}]</script>{H1}{TEXT}')
    assert found.published is None


def test_a_change_that_only_readers_see_is_told_apart():
    found = read(f"{H1}<p class=date>Published: 5 May 2020, 10:30 GMT | Updated: 6 May 2020, 11:00 GMT</p>{TEXT}")
    assert found.published.at == datetime(2020, 5, 5, 10, 30, tzinfo=UTC)
    assert found.modified.at == datetime(2020, 5, 6, 11, 0, tzinfo=UTC)


def test_a_time_shown_to_the_minute_tells_the_zone_of_a_time_in_utc():
    head = meta("article:published_time", "2022-05-04T02:41:07Z")
    assert shown(read(f"{H1}<p>3/5/2022 22:41</p>{TEXT}", head)) == "2022-05-03T22:41:07-04:00"


def test_round_minutes_tell_no_zone():
    head = meta("article:published_time", "2022-05-04T02:30:07Z")
    assert shown(read(f"{H1}<p>3/5/2022 22:30</p>{TEXT}", head)) == "2022-05-04T02:30:07+00:00"


def test_sources_that_disagree_on_the_day_stand_in_the_evidence():
    script = (
        '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2020-05-05T10:00:00Z"}</script>'
    )
    found = read(f"{H1}<p>9 May 2020</p>{TEXT}", script, "https://www.example.org/2020/05/07/bridge")
    told = next(e for e in found.evidence if e.field == "published")
    assert told.value == "2020-05-05T10:00+00:00"
    assert told.lost == (("url", "2020-05-07"), ("text", "2020-05-09"))


@pytest.mark.parametrize(("zone", "day"), [("America/New_York", "2020-05-09"), ("Europe/London", "2020-09-05")])
def test_the_outlets_zone_tells_whether_the_month_comes_first(zone, day):
    assert shown(read(f"{H1}<p>5/9/2020</p>{TEXT}", outlet=outlet(zone))) == day


def test_neither_the_future_nor_the_moment_of_fetching_is_a_day_of_publication():
    now = datetime(2020, 5, 9, 12, 0, tzinfo=UTC)
    frame = "<div class=topbar><span class=current-date>9 May 2020</span></div>"
    page = f"{frame}{FAR}{H1}<p>Conference on 12 June 2020</p>{TEXT}"
    assert read(page, now=now).published is None
    assert read(page, now=datetime(2021, 5, 9, 12, 0, tzinfo=UTC)).published is not None


def test_htmldate_is_not_asked_of_a_page_that_would_keep_it_for_long():
    far_within = f"{H1}{TEXT}<p class=date>{' ' * 1_200}5 May 2020</p>"
    assert read(far_within).published.rule == "htmldate"
    assert read(f"{far_within}<p>{'word ' * 70_000}</p>").published is None


def test_a_zone_is_the_pages_else_the_outlets_else_none():
    at_home = outlet("Asia/Jerusalem")
    stated, naive = f"{H1}<p>5 May 2020 10:30 GMT</p>{TEXT}", f"{H1}<p>5 May 2020 10:30</p>{TEXT}"
    assert read(stated, outlet=at_home).published.zone is Zone.STATED
    assert read(naive, outlet=at_home).published.zone is Zone.OUTLET
    assert read(naive).published.zone is Zone.NONE
