"""The steps of trafilatura's first reading, on one copy of the tree; of the version that `engine` knows."""

from __future__ import annotations

from copy import copy

from lxml.html import HtmlElement
from trafilatura.baseline import html2txt
from trafilatura.core import ESCALATION_MAX_LENGTH, ESCALATION_PAGE_SHARE
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Extractor
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

from crawler.extract.engine_frame import text_of_frame

_OPTIONS = Extractor(output_format="python", fast=True, comments=False, tables=True)  # each reads a configuration


def text_at_once(tree: HtmlElement) -> str | None:
    """The text, where the first reading decides; None where it finds too little, or perhaps too little of the page."""
    try:
        if (found := text_of_frame(tree, _OPTIONS)) and _is_enough(found[1], tree):
            return found[0]
        mine = copy(tree)
        for unwanted in (RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH):
            mine = prune_unwanted_nodes(mine, unwanted)
        body, text = extract_content(convert_tags(tree_cleaning(mine, _OPTIONS), _OPTIONS), _OPTIONS)
    except (TypeError, ValueError):
        return None
    return str(xmltotxt(body, include_formatting=False)) if _is_enough(len(text), tree) else None


def _is_enough(size: int, tree: HtmlElement) -> bool:
    """Whether a text of so many characters is no reason to begin anew."""
    return size >= _OPTIONS.min_extracted_size and (size >= ESCALATION_MAX_LENGTH or _is_fair_share(size, tree))


def _is_fair_share(size: int, tree: HtmlElement) -> bool:
    """Whether a text is a fair share of the page: of all its words, each element setting two apart; else as
    trafilatura measures the page, by a copy of it. What it measures, parts being deleted before, is never more.
    """
    words = tree.text_content().split()
    most = sum(map(len, words)) + len(words) + 2 * sum(1 for _ in tree.iter())
    return size >= ESCALATION_PAGE_SHARE * most or size >= ESCALATION_PAGE_SHARE * len(html2txt(tree))
