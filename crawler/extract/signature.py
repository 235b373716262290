"""Where a page shows who wrote: elements marked up as, or named for, the author, and lines near the headline."""

# ruff: noqa: PLR2004
# lengths, shares and clock numbers are the rules themselves; words of many scripts

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.claims import BYLINE_CHARS, Claim, claims_of
from crawler.extract.page import Page, plain
from crawler.extract.persons import Signers, key, signers_in, without_by

_CLASS = re.compile(
    r"author|byline|byl\b|\bautor|writer|posted-by|journalist|redakteur|"
    r"reporter|verfasser|signature|firma\b",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?:^|\s)(?:vcard|fn)(?:\s|$)")
_NOT_THERE = re.compile(
    r"comment|related|sidebar|footer|widget|teaser|recommend|popular|latest|bio\b|biograph|about|avatar|image|img|"
    r"photo|"
    r"caption|share|social|follow|description|authority|box-more|most-|more-",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"comment|related|sidebar|footer|teaser|recommend|popular|most-read|read-more|media-?box|figure|caption",
    re.IGNORECASE,
)
_LABEL_WORD = re.compile(
    r"\b(?:aut[oeh]|redaktion|penulis|yazar|(?:written|posted) by|(?:geschrieben|erstellt|verfasst) von|escrito por|"
    r"publicado por|scritto da|écrit par|rédigé par|napisał|автор|текст|נכתב|מאת|الكاتب|بقلم|نویسنده)",
    re.IGNORECASE,
)
_SIGN = re.compile(
    r"(?:^|\d)\W*(?:by|von|par|por|di|da|door|av|af|od|przez|oleh|από)\b|" + _LABEL_WORD.pattern, re.IGNORECASE
)
_LABEL = re.compile(
    r"(?:^|[\s|(])(?:(?:autor(?:in|es?|en)?(?:/autor(?:in)?)?|authors?|auteure?s?|autore|autrice|автор|текст|"
    r"נכתב על ידי|מאת|الكاتب|بقلم|نویسنده|penulis|yazar|redaktion)\s*:|autorin/autor\s|"
    r"(?:written by|posted by|geschrieben von|erstellt von|verfasst von|escrito por|publicado por|"
    r"scritto da|écrit par|rédigé par|napisał|napisała)\s)\s*(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_NEXT_LABEL = re.compile(r"\s+[^\W\d]+\s*:(?=\s|$).*$")
_CLOCK_THEN_BY = re.compile(r"\d\W+(?=(?:von|by|par|por|di)\s)", re.IGNORECASE)
_MAX_ELEMENTS = 30
_MAX_CHILDREN = 12
_NEAR_ELEMENTS = 120  # after the headline: as far as a byline without any mark may stand
_TAGS = (
    "a", "span", "div", "p", "address", "li", "strong", "em", "b", "cite", "h1", "h2", "h3", "h4", "h5", "section",
    "td", "small", "dd", "font", "i",
)  # fmt: skip


def marked_claims(page: Page) -> list[Claim]:
    """What elements say that are marked up as the author's (itemprop, rel, vcard), then those that a class names,
    then lines that begin like a byline, each near the headline first; at most 30.
    """
    headline = headline_of(page)
    region = set(_around(headline))
    marked: list[tuple[HtmlElement, str]] = []
    near: list[Claim] = []
    far: list[Claim] = []
    lines: list[Claim] = []
    left = 0
    for element in page.tree.iter(*_TAGS):
        left = _NEAR_ELEMENTS if element is headline else left - 1
        is_named, is_other, is_card = _names(element.get("class"), element.get("id"))
        mark = element.get("itemprop") or element.get("rel")
        is_marked = is_card or (mark is not None and "author" in mark.lower())
        if not (is_marked or is_named):
            lines += _line_claims(element, page, is_near=left > 0)
            continue
        if is_other or _is_elsewhere(element) or not (text := _line(element)):
            continue
        if is_marked:
            marked.append((element, text))
        else:
            is_near = not region or any(a in region for a in element.iterancestors())
            (near if is_near else far).extend(_named_claims(text, page))
        if len(near) + len(far) + len(marked) >= _MAX_ELEMENTS:
            break
    return [*claims_of("itemprop author", _together(marked, region), page.names), *near, *lines, *far]


def headline_of(page: Page) -> HtmlElement | None:
    """The h1 that shows the headline: the only one, or the one that the head's title speaks of."""
    headlines = list(islice(page.tree.iter("h1"), 20))
    if len(headlines) < 2:
        return headlines[0] if headlines else None
    said = jsonld.text_of(page.article.get("headline")) or page.first_meta("og:title", "twitter:title") or ""
    words = set(key(said).split())
    shares = [(len(words & set(key(plain(h)).split())), -i) for i, h in enumerate(headlines)]
    best, index = max(shares)
    return headlines[-index] if best >= 2 else None


def _around(headline: HtmlElement | None) -> list[HtmlElement]:
    """The nearest five ancestors of the headline: what lies in none of them belongs to something else."""
    return [] if headline is None else [a for a in islice(headline.iterancestors(), 5) if a.tag not in ("html", "body")]


def _together(marked: list[tuple[HtmlElement, str]], region: set[HtmlElement]) -> list[str]:
    """The texts of the first marked element near the headline and of those beside it: further ones sign others."""
    near = [(e, t) for e, t in marked if any(a in region for a in e.iterancestors())] or marked
    if not near:
        return []
    home = set(islice(near[0][0].iterancestors(), 2))
    return [text for element, text in near if not home.isdisjoint(islice(element.iterancestors(), 2))]


def _named_claims(text: str, page: Page) -> list[Claim]:
    signers = labelled_signers(text, page.names) or signers_in(text, page.names, is_marked=without_by(text)[1])
    return [Claim(rule="byline element", text=text, names=signers.persons, desks=signers.desks)]


def _line_claims(element: HtmlElement, page: Page, *, is_near: bool) -> list[Claim]:
    """What a short text says that holds "Author:" or, near the headline, begins with "By"."""
    start = element.text
    if not start or len(start) > BYLINE_CHARS or not (_SIGN if is_near else _LABEL_WORD).search(start):
        return []
    home = element if len(element) or len(start.split()) > 2 else element.getparent()
    if home is None or len(home) > _MAX_CHILDREN or _is_elsewhere(element):
        return []
    text = plain(home)
    if not 5 < len(text) <= BYLINE_CHARS:
        return []
    signers = labelled_signers(text, page.names)
    if not signers and is_near:
        begin = found.end() if (found := _CLOCK_THEN_BY.search(text)) else 0
        if without_by(text[begin:])[1]:
            signers = signers_in(text[begin:], page.names)
    if not signers or not (signers.persons or signers.desks):
        return []
    return [Claim(rule="by-line on the page", text=text, names=signers.persons, desks=signers.desks)]


def labelled_signers(text: str, outlet_names: Sequence[str]) -> Signers | None:
    """Who signs by a line that holds "Author:", "Geschrieben von" and the like; None when it holds none."""
    if not (found := _LABEL.search(text)):
        return None
    return signers_in(_NEXT_LABEL.sub("", found["rest"]), outlet_names, is_marked=True)


@lru_cache(maxsize=50_000)
def _names(class_names: str | None, identifier: str | None) -> tuple[bool, bool, bool]:
    """Whether names speak of an author, whether of something else, and whether they make a name card; cached, as
    an outlet's pages repeat them.
    """
    names = f"{class_names or ''} {identifier or ''}"
    is_named = bool(_CLASS.search(names))
    return is_named, bool(_NOT_THERE.search(names)), is_named and bool(_CARD.search(class_names or ""))


def _is_elsewhere(element: HtmlElement) -> bool:
    """Whether an element lies in what is not the article: comments, teasers, footers."""
    return any(
        a.tag in ("aside", "footer", "nav", "figure", "figcaption")
        or _is_other_part(a.get("class") or "", a.get("id") or "")
        for a in islice(element.iterancestors(), 6)
    )


@lru_cache(maxsize=50_000)
def _is_other_part(class_names: str, identifier: str) -> bool:
    return bool(_ELSEWHERE.search(class_names) or _ELSEWHERE.search(identifier))


def _line(element: HtmlElement) -> str | None:
    """A short text of an element, the inner name where microdata nests one."""
    inner = next((e for e in element.iter("span", "a", "meta") if (e.get("itemprop") or "") == "name"), None)
    if inner is not None:
        return (inner.get("content") or plain(inner))[:BYLINE_CHARS] or None
    if sum(1 for _ in element.iter()) > 40:
        return None
    text = plain(element)
    return text if 2 < len(text) <= BYLINE_CHARS else None
