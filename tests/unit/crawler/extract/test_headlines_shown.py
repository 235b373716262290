"""Which of the headings on a page is the headline, and what stands before it."""

from __future__ import annotations

import pytest

from crawler.extract.article import extract_article

TEXT = "<p>The council met on Tuesday and decided, after a long debate, to rebuild the bridge over the river.</p>" * 3


def read(body, head="", url="https://www.example.org/bridge"):
    return extract_article(f"<html><head>{head}</head><body>{body}{TEXT}</body></html>".encode(), url=url)


def kicker(found):
    return next((e.value for e in found.evidence if e.field == "kicker"), None)


def og(title):
    return f'<meta property="og:title" content="{title}">'


SITE_NAMES = {
    "as a link to the front page": "<h1><a href='https://www.example.org/'>The River Bank</a></h1>",
    "as a link of an archive of the web": "<h1><a href='https://archive.org/2008/http://www.example.org/'>The River Bank</a></h1>",
    "as a logo": "<h1 class='logo'>The River Bank</h1>",
    "hidden": "<h1 class='aural'>The River Bank</h1>",
}


@pytest.mark.parametrize("case", SITE_NAMES)
def test_the_name_of_a_site_is_no_headline(case):
    page = f"{SITE_NAMES[case]}<h2>The old bridge is rebuilt</h2>"
    found = read(page, "<title>The River Bank » Archive » The old bridge is rebuilt</title>")
    assert found.title == "The old bridge is rebuilt"


@pytest.mark.parametrize("case", SITE_NAMES)
def test_a_page_that_shows_only_the_name_of_its_site_has_no_headline(case):
    assert read(SITE_NAMES[case]).title == ""


def test_the_longer_of_two_headings_that_the_metadata_hold_is_the_headline():
    page = "<h1>News</h1><h1>Bridges</h1><h1>The old bridge is rebuilt</h1>"
    assert read(page, "<title>Bridges - The old bridge is rebuilt</title>").title == "The old bridge is rebuilt"


TRAILS = {
    "named so": "<ul class='breadcrumb'><li>City</li><li><h1>Bridge news: old bridge to be rebuilt</h1></li></ul>",
    "in a navigation": "<nav><ol><li><h1>Bridge news: old bridge to be rebuilt</h1></li></ol></nav>",
    "by an attribute": "<h1 data-breadcrumb-headline>Bridge news: old bridge to be rebuilt</h1>",
}


@pytest.mark.parametrize("case", TRAILS)
def test_a_headline_shown_as_h2_beats_the_end_of_a_trail_of_links(case):
    page = f"{TRAILS[case]}<article><h2>A bridge comes back</h2></article>"
    assert read(page, og("A bridge comes back")).title == "A bridge comes back"


def test_the_end_of_a_trail_of_links_is_the_headline_where_the_metadata_know_no_other():
    page = f"{TRAILS['named so']}<article><h2>Why this took so long</h2></article>"
    assert read(page, og("Old bridge to be rebuilt")).title == "Bridge news: old bridge to be rebuilt"


KICKERS = {
    "by a class": "<h1><span class='dachzeile'>On the river</span> <span>The old bridge is rebuilt</span></h1>",
    "in small print": "<h1><small>On the river</small><br>The old bridge is rebuilt</h1>",
    "by a colon for those who listen": (
        "<h1><span>On the river<i class='visually-hidden'>: </i></span><span>The old bridge is rebuilt</span></h1>"
    ),
    "by what the metadata leave out": "<h1><span>On the river</span> The old bridge is rebuilt</h1>",
}


@pytest.mark.parametrize("case", KICKERS)
def test_a_kicker_is_no_part_of_the_headline_but_told(case):
    found = read(KICKERS[case], og("The old bridge is rebuilt"))
    assert (found.title, kicker(found)) == ("The old bridge is rebuilt", "On the river")


def test_a_kicker_that_only_the_metadata_have_is_told():
    found = read("<h1>The old bridge is rebuilt</h1>", og("River: The old bridge is rebuilt"))
    assert (found.title, kicker(found)) == ("The old bridge is rebuilt", "River")


def test_a_subtitle_within_the_heading_is_no_part_of_the_headline():
    page = "<h1><span>The old bridge is rebuilt</span> <span class='subtitle'>It took ten years</span></h1>"
    assert read(page).title == "The old bridge is rebuilt"


def test_the_only_headline_in_the_article_beats_metadata_that_say_something_else():
    page = "<h1>Menu</h1><article><h1>The old bridge is rebuilt</h1></article>"
    assert read(page, og("Ten years of waiting end on Tuesday")).title == "The old bridge is rebuilt"


def test_a_headline_that_a_quotation_mark_broke_off_is_read_whole_elsewhere():
    head = og("Senator calls the bridge") + "<title>Senator calls the bridge “a disgrace”</title>"
    assert read("", head).title == "Senator calls the bridge “a disgrace”"
