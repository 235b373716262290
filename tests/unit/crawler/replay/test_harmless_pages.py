"""What is left of a page when all that acts, asks or hides is taken out."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from lxml import html

from crawler.replay.harmless import MAX_DEPTH, MAX_ELEMENTS, TooHeavy, harmless, harmless_text
from crawler.replay.vocabulary import KEPT

URL = "https://gazette.example/a/b"
ATTRIBUTES = {"dir", "lang", "colspan", "rowspan", "open", "class", "title"}

TAKEN = {
    "a script": ("<p>a<script>alert(1)</script>b", "<p>ab</p>", {"scripts": 1}),
    "a style sheet": ("<style>p{}</style><link rel=stylesheet href=x><p>a", "<p>a</p>", {"style sheets": 2}),
    "an event handler": ('<p onclick="x()" STYLE="top:0">a', "<p>a</p>", {"event handlers": 1}),
    "a picture, whose description stays": (
        '<img src=x onerror=x() alt="A <b> ship">',
        '<span class="absent">[picture: A &lt;b&gt; ship]</span>',
        {"pictures": 1, "event handlers": 1},
    ),
    "a link, whose address is told": (
        "<a href='../c?d=1&amp;e=\"'>k</a>",
        '<span class="link" title="https://gazette.example/c?d=1&amp;e=%22">k</span>',
        {"links that could be followed": 1},
    ),
    "a link that is code": (
        "<a href=' java\nscript:alert(1)'>k</a>",
        '<span class="link">k</span>',
        {"links that could be followed": 1},
    ),
    "a form, whose words stay": (
        "<form action=//e.example><label>Name <input name=a></label><button>Send</button></form>",
        "Name Send",
        {"form fields": 1},
    ),
    "a frame": ("<p>a<iframe srcdoc='<script>1</script>'>x</iframe>b", "<p>ab</p>", {"frames": 1}),
    "a drawing that holds HTML": ("<svg><script>1</script><a href=x>k</a></svg>after", "after", {"drawings": 1}),
    "a refresh and a base": ("<base href=//e.example><meta http-equiv=refresh content='0;url=x'><p>a", "<p>a</p>", {}),
    "an element nobody knows": ("<x-box onload=1>a</x-box>", "a", {"elements of its own making": 1, "event handlers": 1}),
}  # fmt: skip


@pytest.mark.parametrize("what", TAKEN)
def test_it_is_taken_out_and_counted(what: str):
    page, left, counted = TAKEN[what]
    shown = harmless(page, url=URL)
    assert shown.html == left
    assert dict(shown.removed) == counted


def test_what_a_page_shows_without_scripts_and_folded_stays():
    shown = harmless("<noscript><p>Words</p></noscript><details><summary>More</summary>text</details>", url=URL)
    assert shown.html == "<p>Words</p><details open><summary>More</summary>text</details>"


def test_direction_language_and_title_are_the_pages_own():
    shown = harmless('<html dir=RTL lang=fa-IR><title>خبر <b>x</title><p dir=ltr lang="x onload=1">a', url=URL)
    assert (shown.direction, shown.language, shown.title) == ("rtl", "fa-IR", "خبر <b>x")
    assert shown.html == '<p dir="ltr">a</p>'


def test_every_payload_comes_out_as_known_elements_alone(shared: Path):
    cases = (shared / "suites" / "xss" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    payloads = [json.loads(line).get("payload") or "" for line in cases]
    for payload in [*payloads, *(f"<table><svg><title><p>{each}" for each in payloads)]:
        out = harmless(f"<p>{payload}", url=URL).html
        for tag in re.findall(r"<[^>]*>?", out):
            assert re.fullmatch(r"</?([a-z0-9]+)((?: [a-z]+(?:=\"[^\"<>]*\")?)*)>", tag), (payload, tag)
        if out:
            for element in html.fragment_fromstring(out, create_parent="div").iter():
                assert element.tag in KEPT, payload
                assert set(element.attrib) <= ATTRIBUTES, payload


HEAVY = {
    "deep": "<div>" * 200_000,
    "misnested": "<b><i><u>" * 20_000,
    "tables": "<table><p>" * 50_000,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
    "open tags": "<a title='" * 100_000,
    "brackets": "<" * 300_000,
    "ends": "<p>" + "</b></p></i>" * 100_000,
}


@pytest.mark.parametrize("what", HEAVY)
def test_a_heavy_page_costs_seconds_and_no_more(what: str):
    began = time.process_time()
    try:
        out = harmless(HEAVY[what], url=URL).html
    except TooHeavy:
        out = ""
    assert time.process_time() - began < 20  # some 0.4 s; the tags of a tree would take minutes
    assert len(re.findall("<[a-z]", out)) <= MAX_ELEMENTS


def test_depth_is_cut_and_words_stay():
    shown = harmless("<div>" * 500 + "deep", url=URL)
    assert shown.html == "<div>" * MAX_DEPTH + "deep" + "</div>" * MAX_DEPTH
    assert shown.removed == (("wrappers that lay too deep", 500 - MAX_DEPTH),)


def test_too_many_elements_are_told():
    with pytest.raises(TooHeavy, match="50,000 elements"):
        harmless("<p>a" * (MAX_ELEMENTS + 2), url=URL)
    with pytest.raises(TooHeavy, match="characters"):
        harmless_text("&" * 2_000_000)


def test_halves_of_characters_and_nothing_at_all_are_shown():
    assert harmless("<p>a\x00\ud800b", url=URL).html == "<p>ab</p>"
    assert harmless("", url=URL).html == ""
    assert harmless_text('{"a": "<b>"}').html == '<pre>{"a": "&lt;b&gt;"}</pre>'
