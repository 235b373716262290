"""The steps of trafilatura, of the version that `engine_version` knows: what two of its readings need is done once.

It reads a page with and without its fall-backs (readability, justext) and, where it finds little of the page, once more
by laxer rules. Asked whole it begins each time with copies of the page, its cleaning and its measure.
"""

from __future__ import annotations

from copy import copy
from functools import cached_property

from lxml.etree import XPath, _Element
from lxml.html import HtmlElement
from trafilatura.baseline import baseline, html2txt
from trafilatura.core import (
    ESCALATION_ACCEPT_RATIO,
    ESCALATION_JUSTEXT_RATIO,
    ESCALATION_MAX_LENGTH,
    ESCALATION_PAGE_SHARE,
)
from trafilatura.external import compare_extraction, justext_rescue
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Extractor
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

from crawler.extract.engine_frame import text_of_frame

_HAS_TEASERS = XPath("boolean(//@*[contains(translate(., 'T', 't'), 'teaser')])")
_Found = tuple[_Element, str]  # what was found, and its text as it is measured


def _options(*, fast: bool, lax: bool = False) -> Extractor:
    return Extractor(output_format="python", fast=fast, recall=lax, comments=False, tables=True)


_FAST, _FULL = _options(fast=True), _options(fast=False)  # each reads a configuration
_LAX_FAST, _LAX_FULL = _options(fast=True, lax=True), _options(fast=False, lax=True)


class Steps:
    """What trafilatura finds in a tree without scripts, which must stay as it is meanwhile."""

    def __init__(self, tree: HtmlElement) -> None:
        self._tree = tree
        self._least = _FAST.min_extracted_size

    def text(self, *, fast: bool) -> str:
        """The text, by its own rules alone where `fast`."""
        try:
            if fast and (alone := text_of_frame(self._tree, _FAST)) and self._is_enough(alone[1]):
                return alone[0]
            body, text = self._first if fast else self._compared(_FULL, *self._first_with_teasers)
            if not (fast and self._is_enough(len(text))):
                body, text = self._retried(body, text, fast=fast)
        except (TypeError, ValueError):
            return ""
        return str(xmltotxt(body, include_formatting=False)) if text else ""

    def _is_enough(self, size: int) -> bool:
        """Whether a text of so many characters is no reason to begin anew."""
        return size >= self._least and (size >= ESCALATION_MAX_LENGTH or self._is_fair_share(size))

    def _is_fair_share(self, size: int) -> bool:
        """Whether a text is a fair share of the page: of all its words, each element setting two apart; else as
        trafilatura measures the page. What it measures, parts being deleted before, is never more.
        """
        return size >= ESCALATION_PAGE_SHARE * self._most or size >= ESCALATION_PAGE_SHARE * self._measure

    @cached_property
    def _most(self) -> int:
        words = self._tree.text_content().split()
        return sum(map(len, words)) + len(words) + 2 * sum(1 for _ in self._tree.iter())

    @cached_property
    def _pruned(self) -> HtmlElement:
        tree = copy(self._tree)
        for unwanted in (RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH):
            tree = prune_unwanted_nodes(tree, unwanted)
        return tree

    @cached_property
    def _measure(self) -> int:
        return len(html2txt(self._pruned))

    def _extracted(self, options: Extractor) -> _Found:
        return extract_content(convert_tags(tree_cleaning(copy(self._pruned), options), options), options)

    @cached_property
    def _first(self) -> _Found:
        return self._extracted(_FAST)

    @cached_property
    def _first_with_teasers(self) -> _Found:
        """As with fall-backs, where teasers are left out of what is looked for last."""
        return self._extracted(_FULL) if _HAS_TEASERS(self._tree) else self._first

    @cached_property
    def _lax(self) -> _Found:
        """By the laxer rules, for which teasers are text."""
        return self._extracted(_LAX_FAST)

    @cached_property
    def _rest(self) -> tuple[_Element, str, int]:
        return baseline(self._pruned)

    def _compared(self, options: Extractor, body: _Element, text: str) -> _Found:
        """What is found, or what one of the fall-backs finds, whichever looks better."""
        cleaned = tree_cleaning(copy(self._pruned), options)
        return compare_extraction(cleaned, copy(self._pruned), body, text, options)

    def _retried(self, body: _Element, text: str, *, fast: bool) -> _Found:
        """What is found, or, where that is little, what is found otherwise."""
        if len(text) < self._least and self._rest[2] > len(text):
            body, text, _ = self._rest
        size = len(text)
        if not 0 < size < ESCALATION_MAX_LENGTH or self._is_fair_share(size):
            return body, text
        lax = self._tried_lax(fast=fast)
        just = None if fast else self._tried_justext()
        lax_size, just_size = len(lax[1]) if lax else 0, len(just[1]) if just else 0
        if just and just_size > max(lax_size, ESCALATION_JUSTEXT_RATIO * size):
            return just
        return lax if lax and lax_size >= self._least and lax_size > ESCALATION_ACCEPT_RATIO * size else (body, text)

    def _tried_lax(self, *, fast: bool) -> _Found | None:
        try:
            return self._lax if fast else self._compared(_LAX_FULL, *self._lax)
        except Exception:  # noqa: BLE001 - a third party's second reading of hostile markup, with the first in hand
            return None

    def _tried_justext(self) -> _Found | None:
        try:
            return justext_rescue(copy(self._pruned), _FULL)
        except Exception:  # noqa: BLE001 - as above
            return None
