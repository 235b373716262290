"""What is cut from a body, and what must stay."""

from __future__ import annotations

import pytest

from crawler.extract.completion import complete
from crawler.extract.page import parse
from crawler.extract.prompts import is_prompt
from crawler.extract.trimming import credit_in, is_byline, is_date_line, trim

TEXT = (
    "The first paragraph of a story says what happened and where it did, in a sentence or two.",
    "The second paragraph tells who was there and what they said about it when they were asked.",
    "The third paragraph gives the history of the matter, which is longer than one would think.",
)


def trimmed(*lines: str, **changes: object) -> tuple[str, ...]:
    given: dict = {
        "titles": ["A story"],
        "authors": [],
        "outlet_names": [],
        "captions": frozenset(),
        "links": frozenset(),
    }
    return trim(lines, **(given | changes)).paragraphs


CUT = {
    "the title again": ("A story", *TEXT),
    "a byline and a date line": ("By Ann Miller", "May 9, 2020", *TEXT),
    "a caption by its form": ("Firemen at the scene on Friday. (Reuters)", *TEXT),
    "a prompt": (*TEXT, "Read more: what happened next"),
    "a repeated paragraph": (*TEXT, TEXT[0]),
    "a menu at the top": ("Home", "World", "Sport", "Culture", "Opinion", *TEXT),
}


@pytest.mark.parametrize("name", CUT)
def test_what_is_no_text_is_cut(name):
    assert trimmed(*CUT[name]) == TEXT


def test_marked_captions_links_and_biographies_are_cut():
    bio = "Ann Miller is a reporter who covers the province for this paper."
    lines = ("A picture of the scene", *TEXT, "Another story from the province", bio)
    found = trimmed(
        *lines,
        captions=frozenset({"A picture of the scene"}),
        links=frozenset({"Another story from the province"}),
        authors=["Ann Miller"],
    )
    assert found == TEXT


def test_an_about_block_and_what_follows_it_are_cut():
    lines = (*TEXT, "About Example Herald", "Example Herald is read in the whole province.")
    assert trimmed(*lines, outlet_names=["Example Herald"]) == TEXT


def test_the_credit_line_is_kept_apart():
    found = trim(
        (*TEXT, "Source: Example News Agency"),
        titles=[],
        authors=[],
        outlet_names=[],
        captions=frozenset(),
        links=frozenset(),
    )
    assert found.paragraphs == TEXT
    assert found.credit == "Example News Agency"


STAYS = {
    "a short last sentence": (*TEXT, "He was right."),
    "a sentence that begins with By": ("By then the town had burned down, and nobody was left.", *TEXT),
    "a sub-headline": (TEXT[0], "What came of it", *TEXT[1:]),
    "a list of things": (TEXT[0], "- water\n- bread\n- salt", *TEXT[1:]),
    "a quote that is short": (TEXT[0], "“Never again.”", *TEXT[1:]),
}


@pytest.mark.parametrize("name", STAYS)
def test_what_is_text_stays(name):
    assert trimmed(*STAYS[name]) == STAYS[name]


def test_credit_lines():
    assert credit_in("The Jerusalem Post", set()) == "The Jerusalem Post"
    assert credit_in("(Reuters)", set()) == "Reuters"
    assert credit_in("The Jerusalem Post", {"the jerusalem post"}) is None
    assert credit_in("The Post was late again.", set()) is None
    assert credit_in("What comes next", set()) is None


def test_byline_and_date_lines():
    assert is_byline("By AP and Times of Israel Staff", [])
    assert not is_byline("By the end of the year it was gone", [])
    assert is_date_line("Published: 9 May 2020, 18:31")
    assert not is_date_line("On 9 May 2020 the town council met and decided to wait")


def test_prompts_in_many_languages():
    assert all(map(is_prompt, ["Lesen Sie auch: Mehr davon", "Lire aussi", "Leia também: isto", "اقرأ أيضا: خبر آخر"]))
    assert not is_prompt("Sharing a house is not for everyone, she said.")


def test_a_body_cut_in_pieces_is_completed():
    pieces = "".join(
        f"<div class='piece'><p>{a}</p><p>{b}</p></div><div class='ad'>x</div>"
        for a, b in ((TEXT[0], TEXT[1]), (TEXT[2], TEXT[2] + " Again."))
    )
    tree = parse(f"<html><body><div>{pieces}</div></body></html>")
    assert tree is not None
    assert complete(tree, TEXT[:2]) == [*TEXT, TEXT[2] + " Again."]
