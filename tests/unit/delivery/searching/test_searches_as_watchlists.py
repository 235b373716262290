"""A search with its filters, said as one query."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from delivery.searching.asking import Filters, as_text, narrowed
from delivery.watchlists.parsing import parse
from delivery.watchlists.query import And

TEXTS = {
    "words side by side": "iran oil",
    "OR between blanks": "iran OR oil",
    "OR on a line of its own": "iran\nOR\noil",
    "OR beside a parenthesis": "(iran)OR(oil)",
    "OR in a phrase": '"x OR y" oil',
    "no words": "",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_watchlist_of_a_search_asks_for_the_same(text: str):
    filters = Filters(outlet="gazette", since=datetime(2026, 5, 1, tzinfo=UTC))
    said = parse(as_text(text, filters), {})
    asked = narrowed(parse(text, {}) if text else None, filters)
    assert asked is not None
    assert [shape(part) for part in parts(said.tree)] == [shape(part) for part in parts(asked.tree)]


def parts(tree: object) -> tuple[object, ...]:
    return tree.parts if isinstance(tree, And) else (tree,)


def shape(node: object) -> object:
    """Without the places."""
    inner = getattr(node, "parts", None)
    if inner is not None:
        return type(node), [shape(part) for part in inner]
    names = [name for name in type(node).__slots__ if name != "place"]
    return type(node), [getattr(node, name) for name in names]
