"""trafilatura's selectors, asked only of elements that they can match; of all, they cost a tenth of a page's time.

They try dozens of patterns on the names (`class`, `id`, `style`, …) of every element, several times a page, while the
pages of an outlet repeat a few hundred names. So each name is tried once, and only on selectors of which it holds a
literal, and is remembered; elements of which a selector can match a name are marked by an attribute, and the selector
is asked in full of those alone. What it selects is the same. A tree without marks is read as ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar, cast

from ahocorasick_rs import AhoCorasick
from lxml.etree import ElementBase, XPath
from lxml.html import HtmlElement
from trafilatura import __version__, xpaths

from crawler.extract.elements import Names
from crawler.extract.engine_version import is_known
from crawler.extract.literals import Terms, literals_of_condition, terms_of_condition

_MARKS = "presswatch-names"  # at the root: which marks the tree holds; followed by a number, a mark
_MAX_KNOWN = 50_000
_MAX_KNOWN_CHARS = 500  # longer names are tried each time
_Values = tuple[tuple[str, str], ...]  # attributes and their values
_Key = TypeVar("_Key")
_NAMESPACES = {"re": xpaths.REGEXP_NS}
_EVERY = ".//*["
_ATTRIBUTE = re.compile(r"@([a-z][a-z-]*)")
_STRUCTURE = re.compile(r"::|\.//|\bposition\b|\blast\b")
#: Those that every page is asked for; the others are asked rarely. A version may have others.
_LISTS: tuple[list[XPath], ...] = tuple(
    getattr(xpaths, name, [])
    for name in (
        "BODY_XPATH",
        "OVERALL_DISCARD_XPATH",
        "TEASER_DISCARD_XPATH",
        "DISCARD_IMAGE_ELEMENTS",
        "REMOVE_COMMENTS_AND_LISTS_XPATH",
        "RAW_TREE_PRUNE_XPATH",
    )
)


class NamedSelector:
    """A selector that looks only at marked elements of a marked tree, and at all of any other."""

    def __init__(self, selector: XPath, condition: str, terms: Terms, mark: str, *, is_alone: bool) -> None:
        self.mark = mark
        self.literals = literals_of_condition(condition)
        self.attributes = frozenset(_ATTRIBUTE.findall(condition))
        self._terms = terms
        self._is_alone = is_alone  # and not one of several paths
        self._whole = selector
        self._narrowed = XPath(selector.path.replace(_EVERY, f"descendant::*[@{mark}][", 1), namespaces=_NAMESPACES)

    def can_match(self, names: _Values) -> bool:
        """Whether an element may fulfil the condition by one of these values of attributes."""
        return any((term := self._terms.get(name)) is not None and term.search(value) for name, value in names)

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        """The elements below `tree` that the selector selects, in the document's order; of one that takes the first of
        each parent's children no more than the very first, which is all that is asked for.
        """
        marks = tree.getroottree().getroot().get(_MARKS)
        if self._is_alone and marks is not None and self.mark not in marks.split():
            return []
        selector = self._whole if marks is None else self._narrowed
        return cast("list[HtmlElement]", selector(tree))


def _parts(path: str) -> tuple[str, list[str]]:
    """What of a path stands outside its brackets, and what in each pair of them."""
    outside, inside, quote = [""], [""], ""
    depth = 0
    for sign in path:
        was_within = depth > 0
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += (sign == "[") - (sign == "]")
        if depth > 0 and not was_within:
            inside.append("")
        elif was_within and depth > 0:
            inside[-1] += sign
        elif not was_within:
            outside.append(sign)
    return "".join(outside), inside[1:]


def _narrowed(selector: XPath, mark: str) -> NamedSelector | None:
    """A selector by names as one that looks at marked elements; None of one that selects by something else."""
    if selector.path.count(_EVERY) != 1:
        return None
    outside, conditions = _parts(selector.path)
    condition = next((text for text in conditions if "@" in text and not _STRUCTURE.search(text)), None)
    terms = None if condition is None else terms_of_condition(condition)
    if condition is None or terms is None:
        return None
    return NamedSelector(selector, condition, terms, mark, is_alone="|" not in outside)


def _install(lists: Sequence[list[XPath]], version: str = __version__) -> tuple[NamedSelector, ...]:
    """Puts narrowed selectors in the place of trafilatura's own; returns them. Those of a version that was not compared
    stay as they are.
    """
    installed: list[NamedSelector] = []
    if not is_known(version):
        return ()
    for selectors in lists:
        for place, selector in enumerate(selectors):
            if narrowed := _narrowed(selector, f"{_MARKS}-{len(installed)}"):
                selectors[place] = cast("XPath", narrowed)  # it is called, and nothing else
                installed.append(narrowed)
    return tuple(installed)


_SELECTORS = _install(_LISTS)
_NAMING = frozenset().union(*(selector.attributes for selector in _SELECTORS))
_LITERALS = sorted(frozenset().union(*(selector.literals for selector in _SELECTORS)) - {""})
_FINDER = AhoCorasick(_LITERALS)
_WITH = tuple(frozenset(each for each in _SELECTORS if text in each.literals) for text in _LITERALS)
_ALWAYS = frozenset(selector for selector in _SELECTORS if "" in selector.literals)
_known: dict[Names, tuple[str, ...]] = {}  # the marks of classes and ids, of this process
_known_otherwise: dict[_Values, tuple[str, ...]] = {}  # those of other attributes
_OTHER_NAMES = frozenset(_NAMING - {"class", "id"})
_set = ElementBase.set  # lxml.html's own asks for more


def mark_names(tree: HtmlElement) -> None:
    """Marks the elements of a page's tree that a selector can match; to be called after the last change to names."""
    if not _SELECTORS:
        return
    for known in (_known, _known_otherwise):
        if len(known) > _MAX_KNOWN:
            known.clear()
    present: set[str] = set()
    for element in tree.iter():
        attributes = element.keys()
        if not attributes:
            continue
        names = (element.get("class", ""), element.get("id", ""))
        marks = _known.get(names)
        if marks is None:
            marks = _remembered(_known, names, (("class", names[0]), ("id", names[1])))
        if not _OTHER_NAMES.isdisjoint(attributes):
            others = tuple([item for item in element.items() if item[0] in _OTHER_NAMES])
            more = _known_otherwise.get(others)
            marks += _remembered(_known_otherwise, others, others) if more is None else more
        for mark in marks:
            _set(element, mark, "")
        present.update(marks)
    tree.getroottree().getroot().set(_MARKS, " ".join(present))


def carry_marks(tree: HtmlElement, part: HtmlElement) -> None:
    """Lets a part that was copied from a marked tree be a marked tree itself."""
    marks = tree.getroottree().getroot().get(_MARKS)
    if marks is not None:
        part.set(_MARKS, marks)


def _remembered(known: dict[_Key, tuple[str, ...]], key: _Key, names: _Values) -> tuple[str, ...]:
    """The marks of all selectors that can match one of some attributes' values, remembered by a key."""
    text = "\n".join([f"{name}\n{value}" for name, value in names])
    found = _FINDER.find_matches_as_indexes(text.lower(), overlapping=True)
    candidates = _ALWAYS.union(*[_WITH[index] for index, _, _ in found])
    marks = tuple(selector.mark for selector in candidates if selector.can_match(names))
    if len(text) <= _MAX_KNOWN_CHARS:
        known[key] = marks
    return marks
