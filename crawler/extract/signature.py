"""Where a page shows who wrote: elements marked up as, or named for, the author, and lines near the headline."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; words of many scripts

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote

from lxml.html import HtmlElement

from crawler.extract.claims import BYLINE_CHARS, Claim, claims_of
from crawler.extract.headings import headline_element
from crawler.extract.page import Page, plain
from crawler.extract.persons import Signers, key, signers_in, without_by
from crawler.extract.presence import is_hidden

# These are in small letters, as names are made before: a pattern that ignores case is five times as slow.
_CLASS = re.compile(
    r"author|byline|byl\b|autor(?<!\wautor)|writer|posted-by|journalist|redakteur|"
    r"reporter|verfasser|signature|firma\b"
)
_CARD = re.compile(r"(?:^|\s)(?:vcard|fn)(?:\s|$)")
_NOT_THERE = re.compile(
    r"comment|related|sidebar|footer|widget|teaser|recommend|popular|latest|bio\b|biograph|about|avatar|image|img|"
    r"photo|"
    r"caption|share|social|follow|description|authority|box-more|most-|more-"
)
_ELSEWHERE = re.compile(
    r"comment|related|sidebar|footer|teaser|recommend|popular|most-read|read-more|media-?box|figure|caption|zitat|quote|"
    r"testimonial"
)
_LABEL_WORD = re.compile(
    r"\b(?:aut[oeh]|redaktion|penulis|yazar|(?:written|posted) by|(?:geschrieben|erstellt|verfasst) von|"
    r"escrito por|publicado por|scritto da|écrit par|rédigé par|napisał|beitrag von|artikel von|"
    r"eingestellt von|автор|текст|נכתב|מאת|الكاتب|بقلم|نویسنده)",
)
_SIGN = re.compile(r"(?:^|\d)\W*(?:by|von|par|por|di|da|door|av|af|od|przez|oleh|από)\b|" + _LABEL_WORD.pattern)
_LABEL = re.compile(
    r"(?:^|[\s|(])(?:(?:autor(?:in|es?|en)?(?:/autor(?:in)?)?|authors?|auteure?s?|autore|autrice|автор|текст|"
    r"נכתב על ידי|מאת|الكاتب|بقلم|نویسنده|penulis|yazar|redaktion)\s*:|autorin/autor\s|"
    r"(?:written by|posted by|geschrieben von|erstellt von|verfasst von|beitrag von|artikel von|"
    r"eingestellt von|escrito por|"
    r"publicado por|scritto da|écrit par|rédigé par|napisał|napisała)\s)\s*(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_NEXT_LABEL = re.compile(r"\s+[^\W\d]+\s*:(?=\s|$).*$")
_CLOCK_THEN_BY = re.compile(r"\d\W+(?=(?:von|by|par|por|di)\s)", re.IGNORECASE)
_DAY_THEN_NAME = re.compile(r"\d{1,2}[./]\s?\d{1,2}[./]\s?\d{2,4}\s*[-–—|·•,]\s*(?P<name>[^\W\d][^\d:]{4,60})$")
_AUTHOR_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es|a|in)?|autori|auteurs?|autore|writers?|editors?|redaktion|journalists?|columnists?|"
    r"contributors?|reporters?|by|forfatter|skribent|yazar)/(?:[\w-]+/)?([^/?#]{3,80})/?(?:[?#].*)?$",
    re.IGNORECASE,
)
_NAME_CHARS = 40
_PARTICULARS = re.compile(r"\b(?:(?:post|entry|article)[-_]*)?(?:meta|byline|authors?|info)\b", re.IGNORECASE)
_OWN_FOOTER = re.compile(r"(?:post|entry|article)[-_]*footer", re.IGNORECASE)
_OTHER_TAGS = frozenset({"aside", "footer", "nav", "figure", "figcaption", "blockquote"})
_OWN_TAGS = frozenset({"byline", "author"})  # elements that some outlets make up
_MAX_ELEMENTS = 30
_MAX_CHILDREN = 12
_NEAR_ELEMENTS = 120  # after the headline: as far as a byline without any mark may stand
_PARAGRAPH_CHARS = 90
_PARAGRAPHS = 2  # so many long ones, and the text has begun: a byline without any mark stands before it
_TAGS = (
    "a", "span", "div", "p", "address", "li", "strong", "em", "b", "cite", "h1", "h2", "h3", "h4", "h5", "section",
    "td", "small", "dd", "font", "i", "byline", "author",
)  # fmt: skip


def marked_claims(page: Page, title: str) -> list[Claim]:
    """What elements say that are marked up as the author's (itemprop, rel, vcard), then those that a class names,
    then lines that begin like a byline and links to authors' pages, each near the headline first; at most 30.
    """
    headline = headline_element(page.elements, title)
    region = set(_around(headline))
    home = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    marked: list[tuple[HtmlElement, str]] = []
    near: list[Claim] = []
    far: list[Claim] = []
    lines: list[Claim] = []
    linked: list[str] = []
    left = begun = 0
    every, tags, names = page.elements.all, page.elements.tags, page.elements.names
    named = page.elements.named(_is_named)
    for place in page.elements.places(*_TAGS):
        element, tag, start = every[place], tags[place], every[place].text
        begun += left > 0 and tag == "p" and len(start or "") > _PARAGRAPH_CHARS
        left = _NEAR_ELEMENTS if element is headline else left - 1 if begun < _PARAGRAPHS else 0
        mark = element.get("itemprop") or element.get("rel")
        is_marked = mark is not None and "author" in mark.lower()
        if not (is_marked or names[place] in named or tag in _OWN_TAGS):
            if start and len(start) <= BYLINE_CHARS:
                lines += _line_claims(element, start, page, home, is_near=left > 0)
            if left > 0 and tag == "a" and (name := _linked_author(element, home)):
                linked.append(name)
            continue
        _, is_other, is_card = _names(*names[place])
        is_marked = is_marked or is_card
        if is_other or _is_elsewhere(element, home, is_marked=is_marked) or not (text := _line(element)):
            continue
        if is_marked:
            marked.append((element, text))
        elif not region or any(a in region for a in element.iterancestors()):
            near += _named_claims(text, page)
        elif len(far) < _MAX_ELEMENTS:
            far += _named_claims(text, page)
        if len(near) + len(marked) >= _MAX_ELEMENTS:
            break
    links = claims_of("link to an author's page", linked, page.names)
    return [*claims_of("itemprop author", _together(marked, region), page.names), *near, *lines, *links, *far]


def _linked_author(link: HtmlElement, home: frozenset[HtmlElement]) -> str | None:
    """The text of a link to a page of an author's, when the address spells the name."""
    found = _AUTHOR_PAGE.search((link.get("href") or "")[:500])
    if found is None or _is_elsewhere(link, home):
        return None
    name = plain(link)
    words = key(name).split()
    slug = key(unquote(found[1]).replace("-", " ").replace("_", " ")).replace(" ", "")
    return name if words and len(name) <= _NAME_CHARS and words[-1] in slug else None


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


def _line_claims(
    element: HtmlElement, start: str, page: Page, home: frozenset[HtmlElement], *, is_near: bool
) -> list[Claim]:
    """What the `start` of an element says that holds "Author:" or, near the headline, begins with "By"."""
    if not (_is_signed(start) if is_near else _is_labelled(start)):
        return []
    line = element if len(element) or len(start.split()) > 2 else element.getparent()
    if line is None or len(line) > _MAX_CHILDREN or _is_elsewhere(element, home):
        return []
    text = plain(line)
    if not 5 < len(text) <= BYLINE_CHARS:
        return []
    signers = labelled_signers(text, page.names)
    if not signers and is_near:
        signers = _dated_signers(text, page.names)
    if not signers or not (signers.persons or signers.desks):
        return []
    return [Claim(rule="by-line on the page", text=text, names=signers.persons, desks=signers.desks)]


@lru_cache(maxsize=20_000)
def _is_labelled(start: str) -> bool:
    """Cached, as is the next: an outlet's pages repeat the words of their menus."""
    return bool(_LABEL_WORD.search(start.lower()))


@lru_cache(maxsize=5_000)
def _is_signed(start: str) -> bool:
    return bool(_SIGN.search(start.lower()) or _DAY_THEN_NAME.match(start.strip()))


def _dated_signers(text: str, outlet_names: Sequence[str]) -> Signers | None:
    """Who signs by a line that begins with "By", or with a day and then "By" or the name alone."""
    if found := _CLOCK_THEN_BY.search(text):
        return signers_in(text[found.end() :], outlet_names, is_marked=True)
    if without_by(text)[1]:
        return signers_in(text, outlet_names)
    found = _DAY_THEN_NAME.match(text)
    return signers_in(found["name"], outlet_names) if found else None


def labelled_signers(text: str, outlet_names: Sequence[str]) -> Signers | None:
    """Who signs by a line that holds "Author:", "Geschrieben von" and the like; None when it holds none."""
    if not (found := _LABEL.search(text)):
        return None
    return signers_in(_NEXT_LABEL.sub("", found["rest"]), outlet_names, is_marked=True)


@lru_cache(maxsize=50_000)
def _names(class_names: str, identifier: str) -> tuple[bool, bool, bool]:
    """Whether names speak of an author, whether of something else, and whether they make a name card; cached, as
    an outlet's pages repeat them.
    """
    names = f"{class_names} {identifier}".lower()
    is_named = bool(_CLASS.search(names))
    return is_named, bool(_NOT_THERE.search(names)), is_named and bool(_CARD.search(class_names))


@lru_cache(maxsize=50_000)
def _is_named(class_names: str, identifier: str) -> bool:
    return _names(class_names, identifier)[0]


def _is_elsewhere(element: HtmlElement, home: frozenset[HtmlElement], *, is_marked: bool = False) -> bool:
    """Whether an element lies in what is not the article: comments, teasers, quotations, footers, what is hidden.

    An aside or footer that is named for the article's particulars belongs to it, and with `is_marked`, for what is
    marked up as the author's, so does any footer of an article. What holds the headline as well (`home`) is never
    elsewhere, whatever its name says of the layout ("content-sidebar").
    """
    if is_hidden(element):
        return True
    for ancestor in islice(element.iterancestors(), 6):
        if ancestor in home:
            return False
        names = ancestor.get("class") or ""
        if ancestor.tag in ("aside", "footer") and (_PARTICULARS.search(names) or (is_marked and _is_own(ancestor))):
            continue
        if is_marked and _OWN_FOOTER.search(names):
            continue
        if ancestor.tag in _OTHER_TAGS or _is_other_part(names, ancestor.get("id") or "") or is_hidden(ancestor):
            return True
    return False


def _is_own(footer: HtmlElement) -> bool:
    return footer.tag == "footer" and any(a.tag == "article" for a in footer.iterancestors())


@lru_cache(maxsize=50_000)
def _is_other_part(class_names: str, identifier: str) -> bool:
    return bool(_ELSEWHERE.search(class_names.lower()) or _ELSEWHERE.search(identifier.lower()))


def _line(element: HtmlElement) -> str | None:
    """A short text of an element, the inner name where microdata nests one."""
    inner = next((e for e in element.iter("span", "a", "meta") if (e.get("itemprop") or "") == "name"), None)
    if inner is not None:
        return (inner.get("content") or plain(inner))[:BYLINE_CHARS] or None
    if sum(1 for _ in element.iter()) > 40:
        return None
    text = plain(element)
    return text if 2 < len(text) <= BYLINE_CHARS else None
