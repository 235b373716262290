"""Whether a page is an article at all, and if not, what it is."""

# ruff: noqa: PLR2004
# words of many scripts; lengths and shares are the rules themselves

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from crawler.extract import jsonld
from crawler.extract.page import Page
from crawler.walls.pages import wall_of_page
from crawler.walls.wall import Wall
from storage.records import Reason

_MIN_CHARS = 120  # of a page that nothing marks as an article
_MIN_MARKED_CHARS = 25
_HEADLINE_CHARS = 25
_MIN_HEADLINES = 15
_LISTING_TYPES = frozenset(
    {"collectionpage", "searchresultspage", "itemlist", "profilepage", "contactpage", "aboutpage"}
)
_PUBLISHED = ("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "pubdate")


def reason_against(page: Page, titles: Sequence[str], body: str, links: Collection[str], html: str) -> Wall | None:
    """Why a page is no article, and as what that is recorded; None where it is one.

    `titles` are the headline and its other forms, `links` the texts of its links, `html` the page's source. A page that
    marks itself as an article (JSON-LD, og:type, a publication date) is one unless it holds no text; others must have
    some and not be mostly headlines of other pages. Walls and error pages: see `crawler.walls.pages`.
    """
    marked = is_marked(page)
    if wall := wall_of_page(titles, body, html, page.url, is_article=_article_type(page)):
        return wall
    if len(body) < (_MIN_MARKED_CHARS if marked else _MIN_CHARS):
        said = f"The page holds {len(body)} characters of text, too few for an article." if body else _NO_TEXT
        return Wall(reason=Reason.NOT_AN_ARTICLE, detail=said)
    listing = None if marked else _listing(page, body, links)
    return Wall(reason=Reason.NOT_AN_ARTICLE, detail=listing) if listing else None


_NO_TEXT = "No text was found on the page."


def is_marked(page: Page) -> bool:
    """Whether a page calls itself an article or names when it was published."""
    return _article_type(page) or any(name in page.meta for name in _PUBLISHED)


def _article_type(page: Page) -> bool:
    kinds = jsonld.types(page.article)
    return bool(kinds & jsonld.ARTICLE_TYPES) or "article" in (page.first_meta("og:type") or "").lower()


def _listing(page: Page, body: str, links: Collection[str]) -> str | None:
    """Whether a page is a list of headlines: a front page, a section, a search.

    A front page or section by its URL needs half as many linked words again as words of its own; any other page
    four times as many, and no running text.
    """
    headlines = [text for text in links if len(text) >= _HEADLINE_CHARS]
    linked = sum(map(len, headlines))
    is_named = any(jsonld.types(node) & _LISTING_TYPES for node in page.nodes)
    has_text = sum(len(p) >= _LONG_CHARS for p in body.split("\n\n")) >= _LONG_PARAGRAPHS
    share = 1.5 if is_named or _is_shallow(page.url) else 4.0
    if len(headlines) < _MIN_HEADLINES or linked <= share * len(body) or (has_text and share > 1.5):
        return None
    return f"The page is a list of {len(headlines)} links to other pages, not an article."


def _is_shallow(url: str) -> bool:
    """Whether a URL leads to a front page or a section: at most two short words without numbers."""
    path = url.split("?", 1)[0].split("#", 1)[0].split("://", 1)[-1].partition("/")[2].strip("/")
    segments = path.split("/") if path else []
    return len(segments) <= 2 and all(_SECTION.match(segment) for segment in segments)


_LONG_CHARS = 100
_LONG_PARAGRAPHS = 2
_SECTION = re.compile(r"^[a-z]+(?:-[a-z]+)?(?:\.(?:html?|php|aspx?))?$", re.IGNORECASE)
