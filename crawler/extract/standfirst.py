"""The standfirst: the sentences between the headline and the text that say what the article is about.

Extraction by density leaves it out where it stands in a header of its own. It is what the page names as such, or
what says the same as the page's description; both only between the headline and the text.
"""

# ruff: noqa: RUF001
# signs of many scripts

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.completion import Letters
from crawler.extract.elements import text_of, words_of
from crawler.extract.page import Page

_OPENING = re.compile(
    r"(?:^|[^a-z])(?:lead|lede|intro(?:duction|text)?|(?:article|news|text)?teaser(?:text)?|description|abstract|"
    r"hook|vorspann|anriss|einleitung|anleser|chapo|chapeau|accroche|bajada|copete|entradilla|sumario|resumen|"
    r"resumo|occhiello|sommario|ingress|manchet|perex|zajawka|sapo)(?:$|[^a-z])"
)
_SECOND_HEADLINE = re.compile(
    r"(?:^|[^a-z])(?:sub-?(?:title|headline|head|heading|line)|dec?k|stand-?first|strap-?line|summary|excerpt)(?:$|[^a-z])"
)
_NOT_IT = re.compile(
    r"(?:^|[^a-z])(?:author|byline|bio|caption|image|img|photo|video|gallery|related|recommend\w*|comments?|"
    r"newsletter|share|social|nav|menu|footer|cookie|promo|most|read-?more|tags?|copyright|disclaimer|rubric|"
    r"category|breadcrumbs?|timestamp|date)(?:$|[^a-z])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ELSEWHERE = frozenset(["figure", "figcaption", "aside", "nav", "footer", "table", "button", "form"])
_TAGS = ("p", "h2", "h3", "h4", "h5", "div", "section", "strong", "b", "li", "a", "span", "header", "blockquote")
_PROSE = ("p", "div", "section", "strong", "b", "h2", "h3", "blockquote")
_SENTENCE = re.compile(r"[.!?…。！？؟][»”\")]*$")
_BLOCKS = ("p", "div", "ul", "ol", "table", "h2", "h3", "h4", "section", "article", "blockquote")
_MIN_CHARS = 40
_MIN_WORDS = 5
_PARAGRAPH_CHARS = 130  # as long as this, what is named a second headline or a summary is a paragraph
_MAX_CHARS = 900
_MAX_LINK_SHARE = 0.4
_MAX_FOUND = 2
_TEXT_CHARS = 80  # a taken paragraph of so many characters belongs to the text
_LEVELS = 3
_NEAR_LEVELS = 3
_WHOLES = ("article", "main", "body")  # WordPress names them for the article's categories and tags
_MARKUP = re.compile(r"<[^>]{1,200}>")
_AGREES_FROM = 0.8  # of the shorter's words
_WORD = re.compile(r"\w+")


def standfirst_of(page: Page, headline: HtmlElement | None, taken: Sequence[str]) -> list[str]:
    """The standfirst where it is not in `taken`, the paragraphs that were found: none, or up to two paragraphs.

    Below the headline what is named so or says what the description says; elsewhere above the text, or where the
    page has no headline, only the latter.
    """
    if not taken:
        return []
    letters = Letters(taken)
    descriptions = [words for text in _descriptions(page) if len(words := _words(text)) >= _MIN_WORDS]
    found: list[str] = []
    is_below = False
    for element in page.tree.iter("h1", *_TAGS):
        if element.tag == "h1":
            is_below = is_below or element is headline
            continue
        if len(element) == 0 and len(element.text or "") < _MIN_CHARS:
            continue  # most elements: the rest is asked for less and less of them
        if not ((is_below or descriptions) and _holds_text(element)):
            continue
        text = words_of(element)
        if not _MIN_CHARS <= len(text) <= _MAX_CHARS:
            continue
        if is_below and len(text) >= _TEXT_CHARS and letters.hold(text):
            break
        if text not in found and _is_standfirst(element, text, descriptions, is_below=is_below):
            found.append(text)
            if len(found) >= _MAX_FOUND:
                break
    return [text for text in found if not letters.hold(text)]


def _descriptions(page: Page) -> list[str]:
    """What the page's metadata says that the article is about."""
    said = [jsonld.text_of(page.article.get("description"), _MAX_CHARS)]
    said += [page.first_meta(name) for name in ("og:description", "description", "twitter:description")]
    return [_MARKUP.sub(" ", text) for text in said if text]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _holds_text(element: HtmlElement) -> bool:
    """Whether an element is a paragraph by itself: text of its own, or in its first child, and no blocks below."""
    own = element.text and element.text.strip()
    if not own and not any(child.tail and child.tail.strip() for child in element) and element.tag not in ("p", "h2"):
        return False
    return len(element) == 0 or next(element.iterdescendants(*_BLOCKS), None) is None


def _is_standfirst(element: HtmlElement, text: str, descriptions: Sequence[Sequence[str]], *, is_below: bool) -> bool:
    agrees = _agrees(_words(text), descriptions)
    if not (agrees or is_below):
        return False
    ancestors = [element, *islice(element.iterancestors(), _LEVELS)]
    near = [a for a in ancestors[:_NEAR_LEVELS] if a.tag not in _WHOLES]
    if any(a.tag in _ELSEWHERE for a in ancestors) or any(_names(a)[1] for a in near):
        return False
    if sum(len(text_of(a)) for a in element.iter("a")) > _MAX_LINK_SHARE * len(text):
        return False
    if is_below and any(_names(a)[0] for a in ancestors):
        return True
    is_prose = element.tag in _PROSE and bool(_SENTENCE.search(text))
    is_second_headline = len(text) < _PARAGRAPH_CHARS and any(_names(a)[2] for a in ancestors)
    return agrees and is_prose and not is_second_headline


def _agrees(words: Sequence[str], descriptions: Sequence[Sequence[str]]) -> bool:
    """Whether a text says what a description says, which is often cut short."""
    if len(words) < _MIN_WORDS:
        return False
    for said in descriptions:
        size = min(len(words), len(said))
        if sum(a == b for a, b in zip(words, said, strict=False)) >= _AGREES_FROM * size:
            return True
    return False


def _names(element: HtmlElement) -> tuple[bool, bool, bool]:
    return _named_by(element.get("class") or "", element.get("id") or "", element.get("itemprop") or "")


@lru_cache(maxsize=50_000)
def _named_by(class_names: str, identifier: str, mark: str) -> tuple[bool, bool, bool]:
    """Whether names are those of an opening paragraph, of what is none, of a second headline."""
    names = _CAMEL.sub("-", f"{class_names} {identifier} {mark}").casefold()
    return bool(_OPENING.search(names)), bool(_NOT_IT.search(names)), bool(_SECOND_HEADLINE.search(names))
