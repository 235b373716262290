"""Which names a page shows to its readers."""

from __future__ import annotations

import pytest

from crawler.extract.elements import Elements
from crawler.extract.page import parse
from crawler.extract.presence import Presence

_CASES = {
    "as it is written": ("<h1>News</h1><p>By Jane Roe</p>", "Jane Roe", True),
    "ahead of the headline": ("<p>By Jane Roe</p><h1>News</h1>", "Jane Roe", True),
    "in capitals": ("<p>By JANE ROE</p>", "Jane Roe", True),
    "without its accents": ("<p>Par Jose Munoz – Madrid</p>", "José Muñoz", True),
    "with accents that the name has not": ("<p>Par José Muñoz</p>", "Jose Munoz", True),
    "in letters of another width": ("<p>By Ｊａｎｅ Ｒｏｅ</p>", "Jane Roe", True),
    "over two elements": ("<p><b>Jane</b><i>Roe</i></p>", "Jane Roe", True),
    "in another script, over two elements": ("<p><b>Иван</b><i>Петров</i></p>", "Иван Петров", True),
    "nowhere": ("<p>By Joan Roe – and others</p>", "Jane Roe", False),
    "only one of its words": ("<p>Jane wrote this – alone</p>", "Jane Roe", False),
    "in another script, nowhere": ("<p>Иван Сидоров</p>", "Иван Петров", False),
    "only where a style hides it": ('<div style="display: none"><p>Jane Roe</p></div>', "Jane Roe", False),
    "only after an element that is hidden": ('<div style="visibility:hidden"><b>x</b> Jane Roe</div>', "Jane Roe", False),
    "hidden by a class of themes": ('<span class="author snippet-hidden">Jane Roe</span>', "Jane Roe", False),
    "hidden above the headline and shown below": (
        '<p style="display:none">Jane Roe</p><h1>News</h1><p>Jane Roe</p>', "Jane Roe", True,
    ),
    "shown above the headline and hidden below": (
        '<p>Jane Roe</p><h1>News</h1><p style="display:none">Jane Roe</p>', "Jane Roe", True,
    ),
    "hidden, and shown over two elements": (
        '<p style="display:none">Jane Roe</p><p>By <b>Jane</b> <b>Roe</b></p>', "Jane Roe", True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("html", "name", "is_shown"), _CASES.values(), ids=_CASES)
def test_a_name_is_shown(html: str, name: str, is_shown: bool) -> None:
    tree = parse(f"<html><body>{html}</body></html>")
    assert Presence(Elements(tree)).lacks(name) is not is_shown
