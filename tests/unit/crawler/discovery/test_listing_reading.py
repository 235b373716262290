"""Section pages: articles are told from the rest of a page's links."""

from __future__ import annotations

import json

import pytest

from crawler.discovery.articleurl import looks_like_article
from crawler.discovery.errors import BadUrl
from crawler.discovery.listings import read_listing
from crawler.discovery.urls import canonical_url
from storage.records import Outlet

OUTLET = Outlet(key="x", name="X", home_url="https://www.example.com/")


def read(body, outlet=OUTLET, content_type="text/html; charset=utf-8"):
    if isinstance(body, str):
        body = body.encode()
    return read_listing(body, url="https://www.example.com/world/", content_type=content_type, outlet=outlet)


PAGE = """<!doctype html><title>World news</title><nav><a href="/">Home</a><a href="/world/">World</a>
<a href="/tag/iran-nuclear-talks-in-vienna">Iran</a><a href="mailto:a@example.com">Mail</a></nav>
<a href="/world/article-843210"><img src="x.jpg"></a>
<a href="/world/article-843210?utm_source=home">Iran rejects the new proposal</a>
<a href="/2026/01/05/talks">Talks</a>
<a href="https://example.org/2026/01/05/their-own-article">Theirs</a>
<a href="javascript:void(0)">More</a><a href="#top">Top</a><a>No link</a>
<a href="/world/page/2">Next</a><a href="/files/report-2026-01-05.pdf">Report</a>"""


def test_the_articles_of_a_page():
    found = read(PAGE)
    assert [(candidate.url, candidate.hints.title) for candidate in found.candidates] == [
        ("https://www.example.com/world/article-843210", "Iran rejects the new proposal"),
        ("https://www.example.com/2026/01/05/talks", None),
    ]
    assert all(candidate.reason is None for candidate in found.candidates)
    assert found.title == "World news"
    assert found.problem is None


def test_the_base_of_the_page_counts():
    found = read('<base href="https://www.example.com/fa/"><a href="news/123456">خبر</a>')
    assert found.candidates[0].url == "https://www.example.com/fa/news/123456"


def test_the_charset_of_the_header_counts():
    body = '<a href="/news/123456">خبر تازه از تهران امروز</a>'.encode("cp1256")
    assert read(body, content_type="text/html; charset=windows-1256").candidates[0].hints.title.startswith("خبر")


def test_an_unknown_charset_is_passed_over():
    assert read('<a href="/news/123456">x</a>', content_type="text/html; charset=klingon").candidates


ARTICLES = {
    "a date and a slug": "/2026/01/05/talks",
    "a year, a month and a slug": "/2026/01/iran-talks",
    "a date in the slug": "/news/talks-2026-01-05",
    "a Jalali date": "/fa/1404/10/15/خبر-تازه",
    "a number": "/news/843210",
    "a number in the slug": "/middle-east/article-843210",
    "a number with a file name": "/news/843210.html",
    "a slug of four words": "/world/iran-rejects-new-proposal",
    "a slug with underscores": "/world/iran_rejects_new_proposal",
    "a Persian slug": "/خبر/وزیر-خارجه-ایران-آمد",
    "a Hebrew number": "/חדשות/article/12345678",
    "an identifier under articles": "/news/articles/c4g7vd0x2qyo",
    "a number as a parameter": "/news.php?id=123",
    "a WordPress number": "/?p=1234",
    "a story number as a parameter": "/politics/talks-go-on/story?id=104746419",
    "an old kind of page": "/world/talks-go-on.htm",
    "a slug with an index file": "/world/iran-rejects-new-proposal/index.html",
    "a number in the archives": "/archives/2146078",
}
OTHERS = {
    "the home page": "/",
    "a section": "/world/",
    "a section of three words": "/middle-east-news/",
    "a tag": "/tag/iran-nuclear-talks-in-vienna",
    "a topic": "/topics/c1vw6q14rzqt",
    "an author": "/author/anna-ahronheim-of-the-desk",
    "a category with a number": "/category/123456",
    "a search": "/search?q=iran&id=123456",
    "a login": "/login?next=/2026/01/05/talks",
    "the about page": "/about-us",
    "the videos": "/video",
    "a page of a list": "/world/page/2",
    "a picture": "/2026/01/05/talks.jpg",
    "a document": "/files/report-2026-01-05.pdf",
    "a feed": "/2026/01/05/feed",
    "the archive of a day": "/2026/01/05/",
    "the archive of a month": "/2026/01/",
    "a list with a parameter": "/world?page=3",
    "the terms": "/terms-and-conditions",
}


@pytest.mark.parametrize("path", ARTICLES.values(), ids=ARTICLES.keys())
def test_articles(path):
    assert looks_like_article(
        canonical_url(f"https://www.example.com{path}"), OUTLET, anchor_text="Iran rejects a proposal"
    )


@pytest.mark.parametrize("path", OTHERS.values(), ids=OTHERS.keys())
def test_what_is_no_article(path):
    assert not looks_like_article(canonical_url(f"https://www.example.com{path}"), OUTLET, anchor_text="More news")


def test_the_outlets_own_rules_win():
    outlet = Outlet(
        key="x", name="X", home_url="https://www.example.com/", include=(r"/read/\w+$",), exclude=(r"/read/ads",)
    )
    assert looks_like_article("https://www.example.com/read/abc", outlet)
    assert not looks_like_article("https://www.example.com/read/ads", outlet)
    assert not looks_like_article("https://www.example.com/2026/01/05/iran-rejects-new-proposal", outlet)


def test_a_broken_rule_matches_nothing():
    outlet = Outlet(key="x", name="X", home_url="https://www.example.com/", exclude=("(",))
    assert looks_like_article("https://www.example.com/2026/01/05/talks", outlet)


PROBLEMS = {"nothing": (b"", "empty"), "blanks": (b" \n", "empty")}


@pytest.mark.parametrize(("body", "word"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_what_cannot_be_read_is_a_problem(body, word):
    assert word in read(body).problem


def test_a_page_of_endless_links_is_cut():
    found = read("".join(f'<a href="/news/{number}">x</a>' for number in range(100_000, 120_000)))
    assert len(found.candidates) == 10_000
    assert "10000" in found.truncated


@pytest.mark.shared
def test_urls_of_real_articles_are_known(shared):
    """Of newsroom articles labelled by others, at least 95 in 100 are told by URL and headline."""
    known = []
    for corpus in ("fundus", "fundus-eval", "aeb", "newspaper4k"):
        with (shared / "pages" / f"{corpus}.jsonl").open() as lines:
            for page in map(json.loads, lines):
                try:
                    url = canonical_url(page["url"] or "")
                except BadUrl:
                    continue
                outlet = Outlet(key="x", name="X", home_url=url)
                known.append(looks_like_article(url, outlet, anchor_text=page["title"] or ""))
    assert len(known) > 100
    assert sum(known) >= 0.95 * len(known)
