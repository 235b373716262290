"""Which page of its article a page is, where the others are, and the joined text."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from crawler.extract.article import extract_article
from crawler.extract.pagination import MAX_PAGES, join
from crawler.pipelines.whole import whole_article
from storage.records import Extraction, Pagination

SENTENCE = "The council of the town met on Monday and spoke at some length about the bridge over the river. "
TEXT = "".join(f"<p>{word} of all: {SENTENCE * 3}</p>" for word in ("First", "Second", "Third"))
SITE = "https://example.org"


def read(url: str, links: str = "", head: str = "") -> Pagination | None:
    html = f"<html lang=en><head><title>The bridge</title>{head}</head><body><article><h1>The bridge</h1>{TEXT}</article>{links}"
    return extract_article(f"{html}</body></html>".encode(), url=SITE + url).pagination


def numbers(*hrefs: str, start: int = 2) -> str:
    return "<div class=pager>" + "".join(f"<a href='{href}'>{n}</a>" for n, href in enumerate(hrefs, start)) + "</div>"


def at(*paths: str, start: int = 2) -> tuple[tuple[int, str], ...]:
    return tuple((n, SITE + path) for n, path in enumerate(paths, start))


FIRST = {
    "a number in the path": (read("/a/bridge/", numbers("/a/bridge/2/", "/a/bridge/3/")), at("/a/bridge/2/", "/a/bridge/3/")),
    "a parameter": (read("/a/bridge?id=7", numbers("?id=7&page=2")), at("/a/bridge?id=7&page=2")),
    "a part of the file name": (read("/news089.html", numbers("news089_2.html")), at("/news089_2.html")),
    "a word in the path": (read("/bridge", numbers("/bridge/seite-2")), at("/bridge/seite-2")),
    "rel=next in the head": (read("/bridge", head="<link rel=next href='/bridge/page/2'>"), at("/bridge/page/2")),
    "a word for next": (read("/bridge", "<a href='/bridge/2'>Next page »</a>"), at("/bridge/2")),
    "a word for next in Hebrew": (read("/bridge", "<a href='/bridge/2'>לעמוד הבא</a>"), at("/bridge/2")),
    "an address in another script, sent or shown": (read("/%D9%BE%D9%84-%D8%AA%D8%A7%D8%B2%D9%87", numbers("/پل-تازه/2")), at("/%D9%BE%D9%84-%D8%AA%D8%A7%D8%B2%D9%87/2")),
    "page 1 by its own address": (read("/bridge?page=1", numbers("/bridge?page=2")), at("/bridge?page=2")),
}  # fmt: skip


@pytest.mark.parametrize(("found", "others"), FIRST.values(), ids=FIRST.keys())
def test_a_first_page_names_the_others(found: Pagination | None, others: tuple[tuple[int, str], ...]):
    assert found == Pagination(number=1, total=len(others) + 1, others=others)


ALONE = {
    "an article without links": read("/bridge"),
    "the next article of a blog": read("/2026/bridge", head="<link rel=next href='/2026/tunnel'><link rel=prev href='/2026/road'>"),
    "another article whose address ends in a number": read("/bridge", "<a href='/bridge-2'>The bridge, once more</a>"),
    "a twin whose address ends in 2": read("/bridge-2", head="<link rel=prev href='/bridge'>"),
    "pages of comments": read("/bridge", f"<div id=comments>{numbers('/bridge?page=2', '/bridge?page=3')}</div>"),
    "pages of comments by their fragment": read("/bridge", numbers("/bridge?page=2#comments")),
    "another host": read("/bridge", numbers("https://example.com/bridge/2")),
    "ratings by number": read("/bridge", numbers("/rate?stars=2", "/rate?stars=3")),
    "no page 2": read("/bridge", numbers("/bridge/5", start=5)),
    "an address that ends in a number, and links to others": read("/article/48546", numbers("/article/2", "/article/3")),
    "an odd address": read("/bridge", "<a href='http://[/bridge/2'>2</a><a href='/bridge/\ud83d/2'>2</a>".encode("utf-8", "replace").decode()),
}  # fmt: skip


@pytest.mark.parametrize("found", ALONE.values(), ids=ALONE.keys())
def test_an_article_of_one_page_has_no_others(found: Pagination | None):
    assert found is None


LATER = {
    "its canonical address is page 1": (read("/bridge/2/", head="<link rel=canonical href='/bridge/'>"), 2, (1, f"{SITE}/bridge/")),
    "rel=prev leads to page 1": (read("/bridge?page=2", head="<link rel=prev href='/bridge'>"), 2, (1, f"{SITE}/bridge")),
    "it links to page 1 by its number": (read("/bridge/3", numbers("/bridge", "/bridge/2", start=1)), 3, (1, f"{SITE}/bridge")),
}  # fmt: skip


@pytest.mark.parametrize(("found", "number", "first"), LATER.values(), ids=LATER.keys())
def test_a_later_page_says_which_it_is_and_where_the_first_is(
    found: Pagination | None, number: int, first: tuple[int, str]
):
    assert found is not None
    assert (found.number, found.others[0]) == (number, first)


WHOLE = {
    "by the words of its link": read("/bridge", "<a href='/bridge?full=1'>View as single page</a>"),
    "by its address": read(
        "/bridge", numbers("/bridge/2") + "<a href='/bridge/komplettansicht'>Auf einer Seite lesen</a>"
    ),
}


@pytest.mark.parametrize("found", WHOLE.values(), ids=WHOLE.keys())
def test_a_page_that_shows_all_in_one_piece_is_told(found: Pagination | None):
    assert found is not None
    assert found.whole in {f"{SITE}/bridge?full=1", f"{SITE}/bridge/komplettansicht"}


def leaf(number: int, total: int, text: str | None = None) -> Extraction:
    others = tuple((n, f"{SITE}/bridge/{n}") for n in range(1, total + 1) if n != number)
    body = f"Lead of all pages.\n\n{text or f'Words of page {number}.'}"
    return Extraction(
        title="The bridge",
        body=body,
        lines=(2, number * 4),
        pagination=Pagination(number=number, total=total, others=others),
    )


def gathered(pages: dict[int, Extraction | str], first: Extraction) -> tuple[Extraction, str | None, list[str]]:
    asked: list[str] = []

    async def fetch(url: str) -> Extraction | str:
        asked.append(url)
        return pages[int(url.rsplit("/", 1)[1])]

    whole, problem = asyncio.run(whole_article(first, fetch))
    return whole, problem, asked


def test_pages_are_joined_in_order_and_nothing_is_repeated():
    whole, problem, asked = gathered({2: leaf(2, 3), 3: leaf(3, 3)}, leaf(1, 3))
    assert whole.body == "Lead of all pages.\n\nWords of page 1.\n\nWords of page 2.\n\nWords of page 3."
    assert (problem, len(asked), whole.lines) == (None, 2, (2, 4, 8, 12))
    assert [e.value for e in whole.evidence if e.field == "pages"] == ["3 pages"]


def test_a_page_that_cannot_be_had_makes_it_partial_and_says_so():
    whole, problem, asked = gathered({2: leaf(2, 4), 3: "answered 503", 4: leaf(4, 4)}, leaf(1, 4))
    assert problem == "page 3: answered 503"
    assert (whole.marks, len(asked)) == (("partial",), 2)
    assert [e.rule for e in whole.evidence if e.field == "mark"] == ["page 3: answered 503"]
    assert "Words of page 4." not in whole.body


def test_pages_that_repeat_what_was_read_end_it():
    first = leaf(1, 9)
    whole, problem, asked = gathered({2: replace(first, pagination=None)}, first)
    assert (whole, problem, len(asked)) == (first, None, 1)


def test_at_most_twenty_pages_are_read():
    whole, problem, asked = gathered({n: leaf(n, 60) for n in range(2, 61)}, leaf(1, 60))
    assert len(asked) == MAX_PAGES - 1
    assert problem == "page 21 and what follows were left: at most 20 pages are read"
    assert whole.marks == ("partial",)


def test_a_byline_at_the_end_of_the_last_page_is_the_articles():
    whole = join([leaf(1, 2), replace(leaf(2, 2), authors=("Ann Miller",))])
    assert (whole.authors, whole.title) == (("Ann Miller",), "The bridge")
