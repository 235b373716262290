"""Pages that attack, pages that are none, and a sample of the shared ones: a reason, never an exception or a hang."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.extract.article import extract_article
from crawler.extract.bare_text import wrap_bare_text
from crawler.extract.burden import lighten, without_attribute_floods
from crawler.extract.chrome import prune
from crawler.extract.elements import Elements
from crawler.extract.page import parse

HANGS_AFTER_S = 10
MAX_BYTES = 512 << 20

PAGES: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \n\t ",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "a PDF": b"%PDF-1.7\n" + b"x" * 1000,
    "random bytes": bytes((n * 7919) % 256 for n in range(50_000)),
    "zeros": b"\0" * 100_000,
    "JSON": b'{"a": [1, 2, 3]}',
    "text": b"Just a line of text.",
    "unclosed elements": b"<div>" * 50_000 + b"text",
    "deep lists": b"<ul><li>" * 5_000 + b"x",
    "a table in a table": b"<table><tr><td>" * 3_000 + b"x",
    "many attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(20_000)) + b">text</p>",
    "attributes by the ten thousand": b"<p " + b" ".join(b"a%d='1'" % n for n in range(60_000)) + b">text</p>",
    "a paragraph of marks": b"<article><p>" + b"<span>word <b>x</b></span> " * 6_000 + b"</p></article>",
    "breaks without text": b"<article><p>" + b"<br>" * 60_000 + b"</p></article>",
    "an endless class": b'<p class="' + b"author " * 100_000 + b'">By Jane Roe</p>',
    "an endless headline": b"<h1>" + b"word " * 200_000 + b"</h1>",
    "an endless line": b"<article><p>" + b"word " * 300_000 + b"</p></article>",
    "many short lines": b"<article>" + b"<p>By Jane Roe, May 9, 2020</p>" * 20_000 + b"</article>",
    "many links": b"".join(b'<a href="/%d">A headline of some length %d</a>' % (n, n) for n in range(20_000)),
    "many metas": b"<head>" + b'<meta name=author content="Jane Roe">' * 30_000 + b"</head><p>x</p>",
    "deep JSON-LD": b'<script type="application/ld+json">' + b'{"a":[' * 50_000 + b"</script>",
    "wide JSON-LD": b'<script type="application/ld+json">[' + b'{"@type":"NewsArticle"},' * 40_000 + b"{}]</script>",
    "a regular expression's worst case": b"<p>" + b"(" * 50_000 + b"photo" + b" " * 50_000 + b"x</p>",
    "spaces and colons": b"<h1>" + b" : | - " * 20_000 + b"</h1><p>" + b"," * 50_000 + b"</p>",
    "entities": b"<p>" + b"&amp;" * 100_000 + b"&#xd800;&#0;&bogus;</p>",
    "a mislabelled charset": "<meta charset=utf-16><p>Grüße, Übermut</p>".encode("latin-1"),
    "surrogates": b"<p>\xed\xa0\x80\xed\xb0\x80 text</p>",
    "a false canonical": b'<link rel=canonical href="http://[bad"><base href="http://[::1"><p>text</p>',
}


@pytest.mark.parametrize("name", PAGES)
def test_an_odd_page_gives_an_answer_in_time(name: str):
    started = time.process_time()  # of this process: others may keep the machine busy
    found = extract_article(PAGES[name], url="https://example.org/a", content_type="text/html; charset=bogus")
    assert time.process_time() - started < HANGS_AFTER_S
    assert found.extractor
    assert found.rejected is None or found.rejected.endswith(".")
    found.body.encode()  # no lone surrogates
    found.title.encode()


def test_text_between_paragraphs_is_put_into_its_own_in_time_that_grows_as_the_page_does():
    line = "<p>A paragraph.</p>Text beside it, without an element of its own, and long enough to be no label. "
    took = {}
    for count in (2_000, 16_000):
        tree = parse(f"<div>{line * count}</div>")
        started = time.process_time()
        wrap_bare_text(tree)
        took[count] = time.process_time() - started
        assert sum(1 for _ in tree.iter("p")) == 2 * count
    assert took[16_000] < 24 * took[2_000] + 1  # eight times the text: the square would be sixty-four times


def test_a_page_of_parts_that_go_is_cut_in_time_that_grows_as_the_page_does():
    took = {}
    for count in (4_000, 32_000):
        tree = parse("<div><p>" + "A text of words. " * 8 * count + "</p>" + "<div class=promo>x</div> tail" * count)
        started = time.process_time()
        prune(tree, Elements(tree))
        took[count] = time.process_time() - started
        assert tree.find(".//div[@class='promo']") is None
        assert tree.text_content().count("tail") == count
    assert took[32_000] < 24 * took[4_000] + 1


def test_paragraphs_that_lie_deep_by_the_thousand_are_brought_up_and_keep_their_words():
    pile = parse("<div>" * 200 + "<p>Text <b>of</b> one.</p>" * 5_000 + "</div>" * 200)
    lighten(pile, 5_200)
    last = list(pile.iter("p"))[-1]
    assert sum(1 for _ in last.iterancestors()) < 60
    assert last.text_content() == "Text of one."
    ordinary = parse("<div>" * 100 + "<p>Text.</p>" * 10 + "</div>" * 100)
    lighten(ordinary, 5_200)
    assert sum(1 for _ in ordinary.iter("div")) == 100


def test_a_paragraph_of_a_thousand_pieces_keeps_its_words_and_what_is_no_inline_element():
    heavy = parse("<div>Above <b>all</b> <br> <br>" + "<i>one</i> two " * 1_500 + "<p>Below</p> the end</div>")
    said = " ".join(heavy.text_content().split())
    lighten(heavy, 1_500)
    assert " ".join(heavy.text_content().split()) == said
    assert [e.tag for e in heavy.iterdescendants() if e.tag not in ("head", "body", "div")] == ["br", "p"]


def test_a_tag_of_many_attributes_loses_them_and_one_with_a_long_value_does_not():
    flood = "<p class='x' " + " ".join(f"a{n}='>'" for n in range(5_000)) + ">text</p>"
    assert without_attribute_floods(flood) == "<p>text</p>"
    picture = "<img src='data:image/png;base64," + "A" * 50_000 + "' alt='a > b'>"
    assert without_attribute_floods(picture) == picture


@pytest.mark.parametrize(
    "url", ["", "x", "http://[", "https://example.org/\ud800", "javascript:1", "https://" + "a" * 5000]
)
def test_an_odd_url_does_no_harm(url: str):
    page = b"<html><head><title>T</title></head><body><p>" + b"Some words of a text. " * 30 + b"</p></body></html>"
    assert "Some words" in extract_article(page, url=url).body


_READ_ALL = """
import gzip, json, resource, sys, time
from crawler.extract.article import extract_article
from crawler.extract.bare_text import wrap_bare_text
from crawler.extract.burden import lighten, without_attribute_floods
from crawler.extract.chrome import prune
from crawler.extract.page import parse
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
for line in sys.stdin:
    path, url = json.loads(line)
    started = time.monotonic()
    found = extract_article(gzip.open(path).read(), url=url)
    crashed = bool(found.rejected and found.rejected.startswith("The page could not be read"))
    print(json.dumps([path, time.monotonic() - started, crashed]))
# VmHWM, not ru_maxrss: that one begins with what the test process had at the fork.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) * 1024)
"""
SAMPLE_EVERY = 12


@pytest.mark.parametrize("one_in", [SAMPLE_EVERY, pytest.param(1, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_no_shared_page_crashes_hangs_or_takes_half_a_gigabyte(shared: Path, one_in: int):
    """With `-m soak -s` all pages are read, and the slowest and the peak of memory told."""
    listings = sorted((shared / "pages").glob("*.jsonl"))
    if not listings:
        pytest.skip(f"{shared / 'pages'} holds no labelled pages")
    golds = [json.loads(line) for listing in listings for line in listing.read_text("utf-8").splitlines()]
    asked = [[str(shared / "pages" / gold["html"]), gold.get("url") or ""] for gold in golds[::one_in]]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _READ_ALL], input="\n".join(map(json.dumps, asked)),
        capture_output=True, text=True, timeout=1700, check=False, cwd=Path(__file__).resolve().parents[4],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    *told, peak = done.stdout.splitlines()
    answers = [json.loads(line) for line in told]
    assert len(answers) == len(asked)
    slowest = max(answers, key=lambda answer: answer[1])
    print(f"{len(answers)} pages, the slowest {slowest[1]:.2f} s ({slowest[0]}), peak {int(peak) / 2**20:.0f} MiB")
    assert [path for path, took, crashed in answers if crashed or took > HANGS_AFTER_S] == []
    assert int(peak) < MAX_BYTES
