"""trafilatura's selectors on marked trees: they select what they select on any."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from lxml.html import HtmlElement, document_fromstring
from trafilatura import xpaths

from crawler.extract import selectors
from crawler.extract.literals import literals_of_condition, literals_of_pattern, terms_of_condition
from crawler.extract.selectors import NamedSelector, mark_names

LISTS = (
    xpaths.BODY_XPATH, xpaths.OVERALL_DISCARD_XPATH, xpaths.TEASER_DISCARD_XPATH, xpaths.DISCARD_IMAGE_ELEMENTS,
    xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH, xpaths.RAW_TREE_PRUNE_XPATH,
)  # fmt: skip
NAMED = [selector for each in LISTS for selector in each if isinstance(selector, NamedSelector)]
PAGE = """<html class="no-js"><body id="top"><div class="wrap article-body x">
  <p class="lead">One.</p><p class="Teaser-text">Two.</p><div style="display: none">Three.</div>
  <section id="Comments-42" class="a"><ol class="commentlist"><li>Four</li></ol></section>
  <div class="b share-tools" id="first">Five</div><div id="share-tools" class="c">Six</div>
  <div aria-hidden="true">Seven</div><div data-lp-replacement-content="1">Eight</div><main class="l-content">Nine</main>
  <div class="infinite-scroll">Ten</div><div class="infinite-scroll"><h1>Eleven</h1></div><div role="Navigation">12</div>
  <span class="photo-caption">13</span><div class="elementor-share-buttons">14</div><article class="article ">15</article>
</div></body></html>"""


def differences(tree: HtmlElement) -> list[str]:
    wanted = [selector(tree) for selector in NAMED]
    mark_names(tree)
    got = [selector(tree) for selector in NAMED]
    return [
        selector.mark
        for selector, one, other in zip(NAMED, wanted, got, strict=True)
        if (one[:1] != other[:1] if selector in xpaths.BODY_XPATH else one != other)  # of those the first is taken
    ]


def test_all_selectors_by_names_look_at_marked_elements_only():
    assert len(NAMED) >= 10
    tree = document_fromstring(PAGE)
    found = [len(selector(tree)) for selector in NAMED]
    assert sum(found) > 15
    mark_names(tree)
    for element in tree.iter():
        for selector in NAMED:
            element.attrib.pop(selector.mark, None)
    assert [len(selector(tree)) for selector in NAMED] < found


@pytest.mark.parametrize("times", [1, 2])
def test_they_select_the_same(times: int):
    assert [differences(document_fromstring(PAGE)) for _ in range(times)] == [[]] * times


def test_long_names_are_tried_and_not_remembered():
    tree = document_fromstring(f'<html><body><div class="{"x" * 3000} article-body">A</div></body></html>')
    before = len(selectors._known)
    assert differences(tree) == []
    assert NAMED[0](tree) != []
    assert len(selectors._known) == before


def test_marks_that_a_page_brings_select_nothing_more():
    brought = " ".join(f'{selector.mark}=""' for selector in NAMED)
    assert differences(document_fromstring(f"<html><body><div {brought}>A<p {brought}>B</p></div></body></html>")) == []


def test_they_select_the_same_on_real_pages(shared: Path):
    folder = shared / "pages"
    rows = [json.loads(line) for name in ("fundus", "traf-eval") for line in _lines(folder / f"{name}.jsonl")]
    for row in rows[::12]:
        path = folder / row["html"]
        page = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert differences(document_fromstring(page)) == [], row["id"]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("story-body", {"story-body"}),
        ("(?:entry|art)-content|bread-?crumb", {"entry-content", "art-content", "bread"}),
        ("article(?:-|__)?body", {"article-body", "article__body", "articlebody"}),
        ("^[Cc]omment(?!ary)", {"omment"}),
        ("posts[-_]text", {"posts"}),
    ],
)
def test_each_alternative_of_a_pattern_has_a_literal(pattern: str, literals: set[str]):
    assert set(literals_of_pattern(pattern)) == literals


def test_a_condition_of_unknown_parts_tells_nothing():
    assert literals_of_condition("@id='Story' or starts-with(@class, 'Main')") == {"story", "main"}
    assert literals_of_condition("@id='story' and string-length(@class) > 3") == {""}


def test_a_term_of_several_attributes_may_be_fulfilled_by_each():
    terms = terms_of_condition("re:test(@id|@class, 'byline|^lead', 'i') or @role='main' or @data-x")
    assert terms is not None
    assert set(terms) == {"id", "class", "role", "data-x"}
    told = (
        ("class", "Byline"),
        ("id", "lead-in"),
        ("id", "mislead"),
        ("role", "main"),
        ("role", "nav"),
        ("data-x", ""),
    )
    assert [bool(terms[name].search(value)) for name, value in told] == [True, True, False, True, False, True]
    assert terms_of_condition("string-length(@class) > 3") is None
