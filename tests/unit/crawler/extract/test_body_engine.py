"""trafilatura asked in steps: what it says when asked whole."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from lxml.etree import strip_elements

from crawler.extract import engine
from crawler.extract.engine import read_paragraphs
from crawler.extract.page import parse

STORY = "".join(f"<p>The council met for the {n}th time and decided to rebuild the bridge.</p>" for n in range(3, 12))
PAGES = {
    "a story": f"<html><body><article><h1>A bridge</h1>{STORY}</article></body></html>",
    "a list in a story": f"<html><body><main>{STORY}<ul><li>One of them</li><li>Two of them</li></ul></main></body></html>",
    "a short story": "<html><body><article><p>The council met.</p><p>It went home.</p></article></body></html>",
    "a story in a page of much else": "<html><body><article>" + STORY + "</article>" + "<div>Other words. </div>" * 900,
    "comments": f"<html><body><article>{STORY}</article><div class='comments'><p>{'So it is. ' * 40}</p></div></body></html>",
    "a table": f"<html><body><article>{STORY}<table><tr><th>Day</th><td>Rain</td></tr></table></article></body></html>",
    "no text": "<html><body><div></div></body></html>",
}


@pytest.fixture
def in_full(monkeypatch):
    """Reads a page by trafilatura alone, as with a version of it that is not known."""

    def read(source: str | bytes) -> list[str]:
        with monkeypatch.context() as patch:
            patch.setattr(engine, "_text_at_once", engine._shortcut("0.0"))
            return read_paragraphs(_tree(source), fast=True)

    return read


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_both_find_the_same(page, in_full):
    assert read_paragraphs(_tree(page), fast=True) == in_full(page)


def test_they_find_the_same_on_real_pages_and_most_need_the_steps_only(shared: Path, in_full):
    folder = shared / "pages"
    rows = [json.loads(line) for line in (folder / "traf-eval.jsonl").read_text(encoding="utf-8").splitlines()]
    at_once = 0
    for row in rows[::12]:
        page = gzip.decompress((folder / row["html"]).read_bytes()).decode("utf-8", "replace")
        assert read_paragraphs(_tree(page), fast=True) == in_full(page), row["id"]
        at_once += engine._text_at_once(_tree(page)) is not None
    assert at_once > len(rows[::12]) / 2


def test_a_tree_stays_as_it_is():
    tree = _tree(PAGES["comments"])
    before = [(e.tag, e.text, e.tail) for e in tree.iter()]
    read_paragraphs(tree, fast=True)
    assert [(e.tag, e.text, e.tail) for e in tree.iter()] == before


_WITH_ANOTHER_VERSION = """
import sys, trafilatura
trafilatura.__version__ = "99.0"
from lxml.etree import XPath
from trafilatura import xpaths
from crawler.extract.article import extract_article
found = extract_article(sys.stdin.buffer.read(), url="https://example.org/a")
assert "crawler.extract.engine_steps" not in sys.modules
assert all(isinstance(selector, XPath) for selector in xpaths.OVERALL_DISCARD_XPATH + xpaths.BODY_XPATH)
print(found.body)
"""


def test_another_version_is_asked_whole_with_its_own_selectors():
    done = subprocess.run(
        [sys.executable, "-c", _WITH_ANOTHER_VERSION],
        input=PAGES["a story"].encode(), capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.decode().strip().split("\n\n") == read_paragraphs(_tree(PAGES["a story"]), fast=True)[1:]


def _tree(source: str):
    tree = parse(source)
    strip_elements(tree, "script", "style", with_tail=False)
    return tree
