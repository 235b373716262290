"""Whether a page is an article at all, and if not, what it is."""

# ruff: noqa: RUF001, PLR2004
# words of many scripts; lengths and shares are the rules themselves

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from crawler.extract import jsonld
from crawler.extract.page import Page
from crawler.extract.title import key

_MIN_CHARS = 120  # of a page that nothing marks as an article
_MIN_MARKED_CHARS = 25
_SHORT_CHARS = 1200  # error pages and forms say little
_HEADLINE_CHARS = 25
_MIN_HEADLINES = 15
_LISTING_TYPES = frozenset(
    {"collectionpage", "searchresultspage", "itemlist", "profilepage", "contactpage", "aboutpage"}
)
_PUBLISHED = ("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "pubdate")
_ERROR = re.compile(
    r"^(?:error )?40[34]\b|\b404\b|\bnot found\b|page (?:is )?(?:missing|unavailable|gone)|(?:doesn t|does not|"
    r"no longer) exists?\b|"
    r"nicht gefunden|introuvable|no (?:se )?(?:ha sido )?encontrad[ao]|n[ãa]o encontrad[ao]|non trovata|niet gevonden|"
    r"nie znaleziono|не найдена?|не знайдено|غير موجودة?|یافت نشد|پیدا نشد|לא נמצא|bulunamadı|找不到|"
    r"見つかりません"
)
_WALL = re.compile(
    r"^(?:just a moment|attention required|access (?:to this page has been )?denied|are you (?:a )?(?:robot|human)|"
    r"security check|verify(?:ing)? you are (?:a )?human|pardon our interruption|checking your browser|captcha|"
    r"forbidden|request blocked|unusual traffic|ddos guard)"
)
_CONSENT = re.compile(
    r"\b(?:before you continue|we (?:value|care about|respect) your privacy|your privacy choices|cookie consent|"
    r"consent (?:form|management)|manage (?:your )?(?:cookies|consent)|privacy settings|datenschutzeinstellungen|"
    r"datenschutz einstellungen|zustimmung|einwilligung|paramètres de confidentialité|gestion des cookies|"
    r"accept (?:all )?cookies|alle cookies akzeptieren|tout accepter)\b"
)


def reason_against(page: Page, titles: Sequence[str], body: str, links: Collection[str]) -> str | None:
    """Why a page is no article, in a sentence, or None.

    `titles` are the headline and its other forms, `links` the texts of its links. A page that marks itself as an
    article (JSON-LD, og:type, a publication date) is one unless it holds no text; others must have some and not be
    mostly headlines of other pages. Error pages, walls and consent forms are known by their titles and by how
    little they say.
    """
    marked = is_marked(page)
    if len(body) < _SHORT_CHARS and not _article_type(page) and (reason := _stand_in(titles, body)):
        return reason
    if len(body) < (_MIN_MARKED_CHARS if marked else _MIN_CHARS):
        return f"The page holds {len(body)} characters of text, too few for an article." if body else _NO_TEXT
    return None if marked else _listing(page, body, links)


def _stand_in(titles: Sequence[str], body: str) -> str | None:
    """What stands where an article should be: an error, a wall, a form."""
    for title in titles:
        if _ERROR.search(key(title)):
            return f"The page says that there is nothing here: “{title[:80]}”."
        if _WALL.match(key(title)):
            return f"The page is a wall against robots: “{title[:80]}”."
    if any(_CONSENT.search(key(text)) for text in (*titles, body[:200])):
        return "The page is a consent form, not the article behind it."
    return None


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
