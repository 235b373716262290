"""The words of an article: trafilatura's reading, checked against what else the page shows."""

# ruff: noqa: PLR2004
# lengths, shares and clock numbers are the rules themselves

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from lxml.etree import strip_elements, strip_tags
from lxml.html import HtmlElement
from trafilatura.settings import MANUALLY_CLEANED

from crawler.extract import jsonld
from crawler.extract.bare_text import wrap_bare_text
from crawler.extract.burden import lighten
from crawler.extract.chrome import prune, prune_link_lists
from crawler.extract.completion import Letters, complete
from crawler.extract.elements import Elements, text_of, words_of
from crawler.extract.engine import Reading
from crawler.extract.fallback import densest_block, is_clearer, junk_share
from crawler.extract.headings import headline_of
from crawler.extract.page import Page
from crawler.extract.selectors import mark_names
from crawler.extract.standfirst import standfirst_of

_MARKUP = re.compile(r"<[^>]{1,200}>")
_MAX_DELETED = 0.3  # of the page's text
_MAX_JUNK = 0.15
_MAX_WITNESS_CHARS = 400_000
_JOINERS = {"\u200c": "\u205c", "\u200d": "\u205b"}  # zero-width joiners, and signs that no outlet uses
_TO_MARKS = str.maketrans(_JOINERS)
_FROM_MARKS = str.maketrans({mark: joiner for joiner, mark in _JOINERS.items()})
# What trafilatura deletes in any case, deleted once before it copies the tree several times: a third of its time.
# Forms may hold the whole page, formulas are saved by it.
_DELETED = tuple(tag for tag in MANUALLY_CLEANED if tag not in ("form", "math"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Paragraphs and how they were found."""

    paragraphs: tuple[str, ...]
    rule: str
    lost: tuple[tuple[str, str], ...] = ()
    standfirst: tuple[str, ...] = ()  # paragraphs before these, that a header of its own holds

    @property
    def whole(self) -> tuple[str, ...]:
        """The standfirst and the paragraphs."""
        return (*self.standfirst, *self.paragraphs)


def captions_of(elements: Elements) -> frozenset[str]:
    """Texts that the page marks as captions."""
    return frozenset(words_of(e) for e in elements.of("figcaption"))


def headlines_of(elements: Elements) -> list[str]:
    """Texts of the first headlines of the highest level, which may say it otherwise than the metadata do."""
    return [text for h in islice(elements.of("h1"), 3) if (text := words_of(h))]


def read_body(page: Page) -> Body:
    """The body; deletes from the tree what is never text, so it is asked last.

    By trafilatura's own rules alone, which are fast; with its fall-backs (readability, justext) when
    that is short against the visible paragraphs or against JSON-LD's articleBody, a witness that has no
    paragraphs and is taken only when nothing else is found.
    """
    _delete(page)
    lighten(page.tree, len(page.elements.all))
    prune(page.tree, page.elements)
    prune_link_lists(page.tree)
    strip_tags(page.tree, "span", "font")  # they say nothing once pruned, and are a third of all elements
    _mark_joiners(page.tree)
    visible = _visible_chars(page.tree)
    wrap_bare_text(page.tree)
    mark_names(page.tree)
    witness = _witness(page)
    title = page.first_meta("og:title") or " ".join(map(text_of, page.tree.iter("title")))
    reading = Reading(page.tree)
    paragraphs, rule = complete(page.tree, reading.paragraphs(fast=True)), "trafilatura fast"
    size = sum(map(len, paragraphs))
    lost: list[tuple[str, str]] = []
    if _is_short(size, visible, len(witness)):
        fuller = reading.paragraphs(fast=False)
        fuller_size = sum(map(len, fuller))
        if fuller_size > size * 1.1:
            lost.append((rule, f"{size} characters"))
            paragraphs, rule, size = fuller, "trafilatura with fall-backs", fuller_size
    standfirst = standfirst_of(page, headline_of(page), paragraphs)
    if junk_share(paragraphs) >= _MAX_JUNK and is_clearer(block := densest_block(page.tree), paragraphs, title):
        lost.append((rule, f"{size} characters, {round(100 * junk_share(paragraphs))}% of them no sentences"))
        paragraphs, rule, size = block, "densest block", sum(map(len, block))
    if len(witness) > 250 and size < 0.5 * len(witness):
        lost.append((rule, f"{size} characters"))
        paragraphs, rule = _split(witness), "json-ld articleBody"
    if standfirst:
        letters = Letters(paragraphs)
        standfirst = [text for text in standfirst if not letters.hold(text)]
    return Body(
        paragraphs=tuple(map(_with_joiners, paragraphs)),
        rule=rule,
        lost=tuple(lost),
        standfirst=tuple(map(_with_joiners, standfirst)),
    )


def _delete(page: Page) -> None:
    """Deletes what is never text; where broken markup puts much of the page into such an element, only its tag."""
    limit = _MAX_DELETED * len(text_of(page.tree))
    for element in page.elements.of(*_DELETED):
        if len(element) == 0 and len(element.text or "") <= limit:
            continue
        if len(text_of(element)) > limit and element.getparent() is not None:
            element.drop_tag()
    strip_elements(page.tree, *_DELETED, with_tail=False)


def _mark_joiners(tree: HtmlElement) -> None:
    """Puts marks for the joiners that Persian and Indic words need, since trafilatura deletes what is not printable."""
    text = text_of(tree)
    if not any(joiner in text for joiner in _JOINERS):
        return
    for element in tree.iter():
        element.text = element.text and element.text.translate(_TO_MARKS)
        element.tail = element.tail and element.tail.translate(_TO_MARKS)


def _with_joiners(text: str) -> str:
    return text.translate(_FROM_MARKS) if any(mark in text for mark in _JOINERS.values()) else text


def _is_short(size: int, visible: int, witness: int) -> bool:
    return size < 400 or size < 0.6 * visible or size < 0.75 * witness


def _visible_chars(tree: HtmlElement) -> int:
    """Characters of long paragraphs on the page."""
    return sum(n for p in tree.iter("p") if (n := len(text_of(p))) > 80)


def _witness(page: Page) -> str:
    body = page.article.get("articleBody")
    if isinstance(body, list):
        body = "\n".join(b for b in body if isinstance(b, str))
    if not isinstance(body, str):
        return ""
    text = body[:_MAX_WITNESS_CHARS].encode("utf-8", "ignore").decode()
    return _MARKUP.sub("\n", text).strip() if "<" in text else text.strip()


def _split(text: str) -> list[str]:
    return [line for part in text.splitlines() if (line := jsonld.clean_text(part))]
