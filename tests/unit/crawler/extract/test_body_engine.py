"""trafilatura asked in steps: what it says when asked whole."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from lxml.etree import strip_elements

from crawler.extract import engine, engine_steps
from crawler.extract.engine import Reading
from crawler.extract.engine_frame import text_of_frame
from crawler.extract.page import parse
from crawler.extract.selectors import mark_names

STORY = "".join(f"<p>The council met for the {n}th time and decided to rebuild the bridge.</p>" for n in range(3, 12))
LINKS = "".join(f"<a href='/{n}'>Another story of the town, number {n}</a> " for n in range(8))
LONG = f"<p>{'The river rose again in the night and took the ferry with it. ' * 14}</p>"
FRAMES = {
    "words before the first paragraph": f"<html><body><article><a href='/w'>World</a>{STORY}{STORY}</article></body></html>",
    "a heading above nothing": f"<html><body><article>{STORY}{STORY}<h2>Comments</h2></article></body></html>",
    "a heading above an empty paragraph": f"<html><body><article>{STORY}{STORY}<h6>Below</h6><p> </p></article></body></html>",
    "text twice": f"<html><body><article>{LONG}{LONG}<p>The end of it.</p></article></body></html>",
    "breaks, quotes and lists": f"<html><body><div class='article-body'>{LONG}<p>One<br>two<br/></p>after<blockquote>He said: <p>"
    f"<b>No</b> &amp; yes.</p></blockquote>then<ul><li>A<ul><li>B</li></ul></li><li><p>C</p></li></ul>so<br>it<hr>went</div></body></html>",
    "links all over": f"<html><body><article>{LONG}<div>{LINKS}</div><p>{LINKS}</p><ul><li>{LINKS}</ul>{LONG}<div>Read <a>"
    "this</a> and <a>that</a></div><p>Or <a href='/x'>this long story of an island beyond the sea</a></p></article></body></html>",
    "a form around the page": f"<html><body><form><article>{STORY}{STORY}</article><form>Search</form></form></body></html>",
    "a form within": f"<html><body><article>{STORY}{STORY}<form><p>Your name</p></form></article></body></html>",
    "names of much else": f"<html><body><main class='content-main'><div class='share-bar'>Share</div>{STORY}{STORY}"
    "<p class='caption'>A bridge</p><div id='comments'><p>First!</p></div><div style='display:none'>x</div></main></body></html>",
    "a button": f"<html><body><article>{STORY}{STORY}<p>Facebook</p><p>Drucken</p></article></body></html>",
    "few paragraphs": "<html><body><article><div>"
    + "<br><br>".join(["The council met and decided."] * 20)
    + "</div></article></body>",
    "text in two places": f"<html><body><div class='article-body'></div><div class='article-text'><div>Ad</div></div><article>{STORY}"
    f"{STORY}</article></body></html>",
    "formulas and code": f"<html><body><article>{LONG}<p>So <math alttext='x'><mi>x</mi></math> <code>y</code></p>{LONG}</article></body>",
    "teasers": "<html><body><div class='teaser'>" + STORY[:250] + "</div><p>Rain.</p></body></html>",
    "signs that escape": f"<html><body><article>{LONG}<p>Tom &amp;amp; Jerry&#8203; &amp;nbsp;&#13; \u00ad end</p>{LONG}</article></body></html>",
}
PAGES = {
    "a story": f"<html><body><article><h1>A bridge</h1>{STORY}</article></body></html>",
    "a list in a story": f"<html><body><main>{STORY}<ul><li>One of them</li><li>Two of them</li></ul></main></body></html>",
    "a short story": "<html><body><article><p>The council met.</p><p>It went home.</p></article></body></html>",
    "a story in a page of much else": "<html><body><article>" + STORY + "</article>" + "<div>Other words. </div>" * 900,
    "comments": f"<html><body><article>{STORY}</article><div class='comments'><p>{'So it is. ' * 40}</p></div></body></html>",
    "a table": f"<html><body><article>{STORY}<table><tr><th>Day</th><td>Rain</td></tr></table></article></body></html>",
    "no text": "<html><body><div></div></body></html>",
    **FRAMES,
}


@pytest.fixture
def in_full(monkeypatch):
    """Reads a page by trafilatura alone, as with a version of it that is not known."""

    def read(source: str | bytes, *, fast: bool = True) -> list[str]:
        with monkeypatch.context() as patch:
            patch.setattr(engine, "_reading_of", engine._engine("0.0"))
            return Reading(_tree(source)).paragraphs(fast=fast)

    return read


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_both_find_the_same(page, in_full):
    assert Reading(_tree(page)).paragraphs(fast=True) == in_full(page)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_with_fall_backs_both_find_the_same(page, in_full):
    reading = Reading(_tree(page))
    reading.paragraphs(fast=True)
    assert reading.paragraphs(fast=False) == in_full(page, fast=False)


@pytest.mark.parametrize("page", FRAMES.values(), ids=FRAMES)
def test_marked_trees_are_read_the_same(page, in_full):
    tree = _tree(page)
    mark_names(tree)
    assert Reading(tree).paragraphs(fast=True) == in_full(page)


def test_what_is_named_for_the_text_is_read_alone_where_that_suffices():
    alone = [name for name, page in FRAMES.items() if text_of_frame(_tree(page), engine_steps._FAST)]
    assert len(alone) > len(FRAMES) / 2, alone


def test_what_stands_in_comments_or_forms_is_left_to_all_steps():
    for wrap in ("<div class='comments'>{}</div><p>{}</p>", "<form>{}</form><p>{}</p>"):
        page = (
            "<html><body>" + wrap.format(f"<article>{STORY}{STORY}</article>", "Other words. " * 400) + "</body></html>"
        )
        assert text_of_frame(_tree(page), engine_steps._FAST) is None


def test_they_find_the_same_on_real_pages_and_most_need_one_part_of_them_only(shared: Path, in_full):
    folder = shared / "pages"
    rows = [json.loads(line) for line in (folder / "traf-eval.jsonl").read_text(encoding="utf-8").splitlines()]
    alone = 0
    for row in rows[::12]:
        page = gzip.decompress((folder / row["html"]).read_bytes()).decode("utf-8", "replace")
        assert Reading(_tree(page)).paragraphs(fast=True) == in_full(page), row["id"]
        alone += text_of_frame(_tree(page), engine_steps._FAST) is not None
    assert alone > len(rows[::12]) / 2


def test_with_fall_backs_they_find_the_same_on_real_pages(shared: Path, in_full):
    folder = shared / "pages"
    rows = [json.loads(line) for line in (folder / "readability.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows[::4]:
        page = gzip.decompress((folder / row["html"]).read_bytes()).decode("utf-8", "replace")
        reading = Reading(_tree(page))
        reading.paragraphs(fast=True)
        assert reading.paragraphs(fast=False) == in_full(page, fast=False), row["id"]


def test_a_tree_stays_as_it_is():
    tree = _tree(PAGES["comments"])
    before = [(e.tag, e.text, e.tail) for e in tree.iter()]
    Reading(tree).paragraphs(fast=True)
    assert [(e.tag, e.text, e.tail) for e in tree.iter()] == before


_WITH_ANOTHER_VERSION = """
import sys, trafilatura
trafilatura.__version__ = "99.0"
from lxml.etree import XPath
from trafilatura import xpaths
from crawler.extract.article import extract_article
found = extract_article(sys.stdin.buffer.read(), url="https://example.org/a")
assert not {"crawler.extract.engine_steps", "crawler.extract.engine_frame"} & set(sys.modules)
assert all(isinstance(selector, XPath) for selector in xpaths.OVERALL_DISCARD_XPATH + xpaths.BODY_XPATH)
print(found.body)
"""


def test_another_version_is_asked_whole_with_its_own_selectors():
    done = subprocess.run(
        [sys.executable, "-c", _WITH_ANOTHER_VERSION],
        input=PAGES["a story"].encode(), capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.decode().strip().split("\n\n") == Reading(_tree(PAGES["a story"])).paragraphs(fast=True)[1:]


def _tree(source: str):
    tree = parse(source)
    strip_elements(tree, "script", "style", with_tail=False)
    return tree
