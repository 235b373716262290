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
    "a day and then the name": "<p>11.12.2019 - Peter Maahn</p>",
    "an element made up for it": "<div><byline>Von Peter Maahn, dpa</byline></div>",
    "a link to the author's page": "<div><a href='https://www.example.org/writers/peter-maahn/'>Peter Maahn</a></div>",
    "particulars beside the text": "<aside class='meta'><p><a class='author-name'>Peter Maahn</a></p></aside>",
    "the foot of the article": "<footer><address class='author vcard'>Peter Maahn</address></footer>",
    "microdata in small print": "<small itemprop='author'> von <span itemprop='name'>Peter Maahn</span></small>",
}


@pytest.mark.parametrize("case", SHOWN)
def test_the_page_shows_its_author(case):
    assert read(f"<article><h1>A bridge</h1>{SHOWN[case]}{TEXT}</article>").authors == ("Peter Maahn",)


ELSEWHERE = {
    "in a comment": "<div class='comments'><span class='comment-author'>Tom Other</span></div>",
    "in a teaser beside the article": "<aside><a>Next</a><span class='author'>By Tom Other</span></aside>",
    "under a quotation": "<blockquote><p>We must.</p><span class='author'>Tom Other</span></blockquote>",
    "for machines only": "<div itemprop='author'><meta itemprop='name' content='Tom Other'></div>",
    "hidden": "<div class='author vcard' style='display: none'>Tom Other</div>",
    "a link to somebody's page": "<a href='/author/desk'>Tom Other</a>",
    "a teaser after the text": "<div><span>By Tom Other</span></div>",
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


def test_one_name_after_a_time_and_by_is_a_pen_name():
    assert read(f"<h1>A bridge</h1><h2><span>06.11.2023 13:30 von Olga</span></h2>{TEXT}").authors == ("Olga",)


def test_many_bylines_in_a_menu_do_not_hide_the_one_below_the_headline():
    menu = "<div>" + "".join(f"<p class='byline'>By Tom Other{'abcdefgh'[n % 8]}</p>" for n in range(40)) + "</div>"
    page = f"{menu}<main><section><h1>A bridge</h1><span class='byline'>By Ann Miller</span>{TEXT}</section></main>"
    assert read(page).authors == ("Ann Miller",)


def test_a_layout_named_for_its_sidebar_is_none():
    page = f"<div class='content-sidebar'><h1>A bridge</h1><p class='author'>By Ann Miller</p>{TEXT}</div>"
    assert read(page).authors == ("Ann Miller",)


def test_the_byline_stands_below_the_headline_that_is_shown_as_h2():
    page = f"<h1 class='logo'>River Bank</h1><h2>A bridge</h2><p>By <b>Ann Miller</b></p>{TEXT}"
    assert read(page, "<title>A bridge</title>").authors == ("Ann Miller",)


def test_who_keeps_a_blog_signs_by_the_name_of_his_account():
    page = f"<h1>A bridge</h1><span class='author vcard'><a class='fn n'>wanderer</a></span>{TEXT}"
    html = f"<html><body>{page}</body></html>".encode()
    assert extract_article(html, url="https://wanderer.wordpress.com/bridge").authors == ("wanderer",)
    assert extract_article(html, url="https://www.wanderer.com/bridge").authors == ()


def test_an_outlet_that_calls_itself_by_its_address_is_no_person():
    head = "<meta property='og:site_name' content='www.el-puente.com'>"
    found = read(f"<h1>A bridge</h1><p>El Puente</p>{TEXT}", head + json_ld({"@type": "Person", "name": "El Puente"}))
    assert (found.authors, desks(found)) == ((), "El Puente")


def test_a_declared_person_whom_only_machines_see_is_no_author():
    hidden = "<div style='display:none'><span>Ann Account</span></div>"
    found = read(f"<h1>A bridge</h1>{TEXT}{hidden}", json_ld({"@type": "Person", "name": "Ann Account"}))
    assert found.authors == ()


def test_a_declared_desk_that_the_page_shows_nowhere_is_only_told_but_an_agency_counts():
    page = f"<h1>A bridge</h1>{TEXT}"
    assert desks(read(page, json_ld({"@type": "Person", "name": "Redaktion"}))) is None
    assert desks(read(page, json_ld({"@type": "Person", "name": "AFP"}))) == "AFP"


LONG = "<p>The council met on Tuesday and decided, after a long debate, to rebuild the bridge over the river {0}.</p>"
BODY = "".join(LONG.format(word) for word in ("now", "then", "soon", "later", "again"))


def test_a_name_alone_below_the_text_signs_it_where_the_head_declares_only_the_outlet():
    head = json_ld({"@type": "Organization", "name": "Euronews"})
    assert read(f"<article><h1>A bridge</h1>{BODY}<p><b>Ann Miller</b></p></article>", head).authors == ("Ann Miller",)
    spoken_of = BODY.replace("The council", "Ann Miller and the council", 1)
    assert read(f"<article><h1>A bridge</h1>{spoken_of}<p><b>Ann Miller</b></p></article>", head).authors == ()
