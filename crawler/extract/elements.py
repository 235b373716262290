"""The elements of a tree that is read many times and does not change meanwhile: sorted by their tags, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from lxml import etree
from lxml.html import HtmlElement

Names = tuple[str, str]  # class and id, empty where an element has none


def text_of(element: HtmlElement) -> str:
    """All text below an element as it stands; as `text_content`, in a fraction of its time."""
    if len(element):
        return etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return element.text or ""


class PageElement(HtmlElement):  # type: ignore[misc]  # it has no types
    """An element of a page, which is asked for its text by others as well."""

    def text_content(self) -> str:
        """All text below, as `text_of` reads it."""
        return text_of(self)


def words_of(element: HtmlElement) -> str:
    """All text below an element, white space collapsed."""
    return " ".join(text_of(element).split())


class Elements:
    """The elements of a tree in its order, all or those of some tags. The tree is read at the first question.

    As long as they are held, lxml need not make its own objects of the tree's nodes again and again.
    """

    __slots__ = ("_all", "_kinds", "_names", "_places", "_tags", "_tree")

    def __init__(self, tree: HtmlElement) -> None:
        self._tree = tree
        self._all: list[HtmlElement] = []
        self._tags: list[object] = []
        self._places: dict[object, list[int]] = defaultdict(list)
        self._names: list[Names] = []
        self._kinds: dict[Names, Names] = {}

    @property
    def all(self) -> Sequence[HtmlElement]:
        """Every element, the root first."""
        if not self._all:
            self._all = list(self._tree.iter())
            self._tags = [element.tag for element in self._all]
            for place, tag in enumerate(self._tags):
                self._places[tag].append(place)
        return self._all

    @property
    def tags(self) -> Sequence[object]:
        """The tag of each element of `all`."""
        _ = self.all
        return self._tags

    @property
    def names(self) -> Sequence[Names]:
        """The class and the id of each element of `all`: of equal ones the same objects, which are looked up faster."""
        if not self._names:
            same = self._kinds
            found = [(element.get("class", ""), element.get("id", "")) for element in self.all]
            self._names = [same.setdefault(names, names) for names in found]
        return self._names

    def named(self, is_meant: Callable[[str, str], object]) -> AbstractSet[Names]:
        """Those classes and ids of the tree that a test is true of; it is asked once for each."""
        _ = self.names
        return {names for names in self._kinds if is_meant(*names)}

    def places(self, *tags: str) -> Sequence[int]:
        """Where in `all` elements of these tags stand."""
        _ = self.all
        if len(tags) == 1:
            return self._places.get(tags[0], ())
        return sorted([place for tag in tags for place in self._places.get(tag, ())])

    def of(self, *tags: str) -> Iterator[HtmlElement]:
        """The elements of these tags."""
        return map(self.all.__getitem__, self.places(*tags))

    def of_names(self, meant: AbstractSet[Names], *tags: str) -> list[HtmlElement]:
        """The elements of these tags whose class and id are among `meant`."""
        if not meant:
            return []
        every, names = self.all, self.names
        return [every[place] for place in self.places(*tags) if names[place] in meant]
