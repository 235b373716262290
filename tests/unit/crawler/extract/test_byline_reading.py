"""Who wrote a page: by what its head declares, and by what it shows."""

from __future__ import annotations

import json

import pytest

from crawler.extract.article import extract_article

TEXT = "<p>The council met on Tuesday and decided, after a long debate, to rebuild the bridge over the river.</p>" * 3


def read(body, head=""):
    html = f"<html><head>{head}</head><body>{body}</body></html>".encode()
    return extract_article(html, url="https://www.example.org/2020/05/bridge")


def desks(found):
    return next((e.value for e in found.evidence if e.field == "desks"), None)


def json_ld(*authors):
    node = {"@type": "NewsArticle", "headline": "A bridge", "author": list(authors)}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


SHOWN = {
    "a label and the name beside it": "<div><b>Datum:</b> 3.11.2021 <b>Autor:</b> Peter Maahn/SP-X</div>",
    "a line that says who wrote, with a link": "<span>Geschrieben von <a href='/u/6'>Peter Maahn</a></span>",
    "a time and then the name": "<span>06.11.2023 13:30 von Peter Maahn</span>",
    "By without any mark": "<div><span>By</span> <span>PETER MAAHN</span></div>",
    "a name card": "<span class='author vcard'><a class='url fn n'>Peter Maahn</a></span>",
    "microdata in small print": "<small itemprop='author'> von <span itemprop='name'>Peter Maahn</span></small>",
}


@pytest.mark.parametrize("case", SHOWN)
def test_the_page_shows_its_author(case):
    assert read(f"<article><h1>A bridge</h1>{SHOWN[case]}{TEXT}</article>").authors == ("Peter Maahn",)


ELSEWHERE = {
    "in a comment": "<div class='comments'><span class='comment-author'>Tom Other</span></div>",
    "in a teaser beside the article": "<aside><a>Next</a><span class='author'>By Tom Other</span></aside>",
    "under a photo": "<figure><img><figcaption class='author'>By Tom Other</figcaption></figure>",
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_names_elsewhere_are_no_authors(case):
    assert read(f"<article><h1>A bridge</h1>{TEXT}</article>{ELSEWHERE[case]}").authors == ()


def test_a_declared_name_that_the_page_shows_nowhere_is_only_told():
    found = read(f"<h1>A bridge</h1>{TEXT}", json_ld({"@type": "Person", "name": "Ann Account"}))
    assert found.authors == ()
    assert ("json-ld author", "Ann Account") in next(e for e in found.evidence if e.field == "authors").lost


def test_a_declared_name_may_be_shown_in_other_letters_and_elements():
    page = f"<h1>A bridge</h1><p class='x'><b>RENÉ</b><b>Müller</b></p>{TEXT}"
    assert read(page, json_ld({"@type": "Person", "name": "René Muller"})).authors == ("René Muller",)


def test_agencies_and_desks_are_told_apart_from_persons():
    head = json_ld({"@type": "Person", "name": "Ann Miller"}, {"@type": "Person", "name": "AP"})
    found = read(f"<h1>A bridge</h1><p>Ann Miller and AP</p>{TEXT}", head)
    assert (found.authors, desks(found)) == (("Ann Miller",), "AP")


def test_an_organization_that_signs_is_a_desk():
    found = read(f"<h1>A bridge</h1>{TEXT}", json_ld({"@type": "Organization", "name": "Euronews"}))
    assert (found.authors, desks(found)) == ((), "Euronews")


def test_an_account_is_nobody():
    found = read(f"<h1>A bridge</h1>{TEXT}", json_ld({"@type": "Person", "name": "admin"}))
    assert (found.authors, desks(found)) == ((), None)


def test_only_the_first_of_several_signed_articles_on_a_page_counts():
    teaser = "<div class='entry'><h2>Other</h2><div><span class='author vcard'>Tom Other</span></div></div>"
    page = f"<article><h1>A bridge</h1><div><span class='author vcard'>Ann Miller</span></div>{TEXT}</article>"
    assert read(page + teaser).authors == ("Ann Miller",)


def test_who_writes_and_publishes_a_blog_alone_signs_it():
    node = {"@type": ["Person", "Organization"], "name": "Ann Miller"}
    head = f'<script type="application/ld+json">{json.dumps(node)}</script>' + json_ld(node)
    assert read(f"<h1>A bridge</h1><p>Ann Miller</p>{TEXT}", head).authors == ("Ann Miller",)
