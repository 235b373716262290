"""trafilatura's first reading of the part of a page that it would choose, and of nothing else.

trafilatura copies, cleans and converts the whole page, then looks into the first element that is named for an
article's text. Here that element is looked for first, and it alone is copied, cleaned and converted, by the same
steps. Where what stands around it could decide otherwise, nothing is read: the page needs all steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import chain
from typing import cast

from lxml.etree import XPath, strip_elements, strip_tags
from lxml.html import HtmlElement, document_fromstring
from trafilatura.htmlprocessing import (
    convert_tags,
    link_density_test,
    link_density_test_tables,
    prune_html,
    prune_unwanted_nodes,
    recover_math,
)
from trafilatura.main_extractor import _extract
from trafilatura.settings import MANUALLY_CLEANED, MANUALLY_STRIPPED, Extractor
from trafilatura.xml import delete_element
from trafilatura.xpaths import (
    BODY_XPATH,
    DISCARD_IMAGE_ELEMENTS,
    OVERALL_DISCARD_XPATH,
    RAW_TREE_PRUNE_XPATH,
    REMOVE_COMMENTS_AND_LISTS_XPATH,
    TEASER_DISCARD_XPATH,
)

from crawler.extract.elements import text_of
from crawler.extract.engine_pieces import Piece, block, leaf, pieces_of, rendered
from crawler.extract.selectors import carry_marks

_DELETED_FIRST: tuple[XPath, ...] = (*RAW_TREE_PRUNE_XPATH, *REMOVE_COMMENTS_AND_LISTS_XPATH)
_CLEANED = tuple(tag for tag in MANUALLY_CLEANED if tag != "form")
_LINK_HOLDERS = frozenset({"div", "li", "p", "table"})
_BLOCK_CHILDREN = 3  # a block of so many goes with fewer characters than this, where links are among them
_BLOCK_CHARS = 100
_CELLS = frozenset({"item", "td", "th"})
_MIN_PIECES = 2  # of a frame that is taken for the text
_PARAGRAPHS_HOLD = 3  # times the least text: where they hold less, text outside of them counts as well
_REPEAT_CHARS = 50
_PAGE: HtmlElement = document_fromstring("<html><body></body></html>")


def text_of_frame(tree: HtmlElement, options: Extractor) -> tuple[str, int] | None:
    """The text, and how many characters trafilatura counts; None where its whole reading may give another."""
    frames: list[HtmlElement] = []
    pieces: list[Piece] = []
    for select in BODY_XPATH:
        found = _selected(select, tree)
        if not found:
            continue
        frame = found[0]
        if any(other in frame.iterancestors() or frame in other.iterancestors() for other in frames):
            return None  # what the first left over is asked again
        more = _pieces_in(tree, frame, frames, options)
        if more is None:
            return None
        pieces += more
        if len(pieces) >= _MIN_PIECES:
            size = len(" ".join(chain.from_iterable(piece.texts for piece in pieces)).strip())
            return rendered(_without_repeats(pieces)), size
        frames.append(frame)
    return None


def _pieces_in(
    tree: HtmlElement, frame: HtmlElement, before: Sequence[HtmlElement], options: Extractor
) -> list[Piece] | None:
    """What a frame gives when nothing was found in those before; None where that is not sure."""
    mine = _copied(tree, frame, options)
    if mine is None:
        return None
    enough = _PARAGRAPHS_HOLD * options.min_extracted_size
    if not before and _chars(tree.iter("p")) < enough:
        return _pieces_of_blocks(tree, mine, options)
    _prune(mine)
    if _chars(mine.iter("p")) < enough and _chars(_beside(tree, (*before, frame))) < enough:
        return None
    strip_tags(mine, "span", "ref")
    lead = leaf("p", (mine.text or "").strip(), None)
    pieces = pieces_of(mine, options)
    while pieces and pieces[-1].tag == "head":
        pieces.pop()
    return [lead, *pieces] if lead and pieces and len(pieces) >= _MIN_PIECES else pieces


def _pieces_of_blocks(tree: HtmlElement, frame: HtmlElement, options: Extractor) -> list[Piece] | None:
    """What trafilatura finds in a frame of a page of few paragraphs, where text outside of them counts."""
    page = deepcopy(_PAGE)
    page[0].append(frame)
    carry_marks(tree, page)
    if sum(bool(select(page)) for select in BODY_XPATH) > 1:
        return None  # one of them may have been found first elsewhere
    found, _, _ = _extract(page, options)
    pieces = [block(each) for each in found] if len(found) >= _MIN_PIECES else [None]
    return [piece for piece in pieces if piece] if all(pieces) else None


def _selected(select: XPath, tree: HtmlElement) -> list[HtmlElement]:
    return cast("list[HtmlElement]", select(tree))


def _chars(elements: Iterable[HtmlElement]) -> int:
    return sum(len(text_of(element)) for element in elements)


def _beside(tree: HtmlElement, frames: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Paragraphs outside of some elements that stand in nothing which may be deleted."""
    away = {*frames, *tree.iter("form"), *(each for select in _DELETED_FIRST for each in _selected(select, tree))}
    return [p for p in tree.iter("p") if not any(above in away for above in p.iterancestors())]


def _copied(tree: HtmlElement, frame: HtmlElement, options: Extractor) -> HtmlElement | None:
    """A copy of a frame, cleaned and its tags converted; None where it stands in what may be deleted."""
    above = [frame, *frame.iterancestors()]
    if any(element in above for select in _DELETED_FIRST for element in _selected(select, tree)):
        return None
    half = len(text_of(tree)) / 2 if next(tree.iter("form"), None) is not None else 0.0
    if any(element.tag == "form" and len(text_of(element)) <= half for element in above):
        return None
    mine = deepcopy(frame)
    mine.tail = None
    carry_marks(tree, mine)
    prune_unwanted_nodes(mine, list(_DELETED_FIRST))
    _clean(mine, half)
    if any(element.tag in _LINK_HOLDERS for element in above):
        for link in list(mine.iter("a")):
            link.tag = "ref"
    return convert_tags(mine, options)


def _clean(frame: HtmlElement, half: float) -> None:
    """Deletes what is never text; `half` is half of the page's characters, which a form that frames it holds."""
    recover_math(frame)
    for element in list(frame.iter("figure", "table")):
        is_figure = element.tag == "figure"
        if element.find(".//table") is not None if is_figure else element.get("role") in ("presentation", "none"):
            element.tag = "div"
    strip_tags(frame, *MANUALLY_STRIPPED)
    strip_elements(frame, *_CLEANED, with_tail=False)
    for form in list(frame.iter("form")):
        if len(text_of(form)) > half:
            form.tag = "div"
        else:
            delete_element(form)
    prune_html(frame, "balanced")


def _prune(frame: HtmlElement) -> None:
    """Deletes what is named for something else than text, and what is mostly links."""
    prune_unwanted_nodes(frame, OVERALL_DISCARD_XPATH, with_backup=True)
    prune_unwanted_nodes(frame, DISCARD_IMAGE_ELEMENTS)
    prune_unwanted_nodes(frame, TEASER_DISCARD_XPATH)
    _ = _prune_farms(frame) and _prune_farms(frame)  # once more, as less stands around the rest
    for table in [table for table in frame.iter("table") if link_density_test_tables(table)]:
        delete_element(table, keep_tail=False)


def _prune_farms(frame: HtmlElement) -> bool:
    """Deletes blocks, lists and paragraphs that are mostly links; whether there was one."""
    holders = {above for link in frame.iter("ref") for above in link.iterancestors("div", "list", "p")}
    is_changed = False
    for tag in ("div", "list", "p") if holders else ():
        for farm in [each for each in frame.iter(tag) if each in holders and _is_farm(each)]:
            delete_element(farm)
            is_changed = True
    return is_changed


def _is_farm(element: HtmlElement) -> bool:
    is_farm, is_short = link_density_test(element)
    if is_short and not is_farm and element.tag == "div" and len(element) >= _BLOCK_CHILDREN:
        is_farm = len(" ".join(text_of(element).split())) < _BLOCK_CHARS
    if is_farm and element.tag == "p":  # what is all of an item stays, as the list was asked whole
        parent = element.getparent()
        return parent is None or parent.tag not in _CELLS
    return is_farm


def _without_repeats(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Those that do not say the same as the one before."""
    before = ""
    for piece in pieces:
        if piece.text == before and len(before) > _REPEAT_CHARS:
            continue
        before = piece.text
        yield piece
