"""What is cut from a body, and what must stay."""

from __future__ import annotations

import pytest

from crawler.extract.article import extract_article
from crawler.extract.completion import complete
from crawler.extract.fallback import is_clearer, junk_share, lines_of
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
    "a line of signs": (*TEXT[:1], "|---|---|", *TEXT[1:]),
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


def test_a_text_that_repeats_by_design_stays():
    refrain = (TEXT[0], TEXT[1]) * 4
    assert trimmed(*refrain) == refrain


def test_a_paragraph_wrapped_like_the_others_fills_its_gap_but_no_teaser_is_added():
    wrapped = "".join(f"<div class='text'><p>{text}</p></div>" for text in TEXT)
    teaser = f"<div class='text'><p>{TEXT[0]} Of another story.</p></div>"
    last = "<div class='text'><p>The last paragraph tells what may happen next, if anything does at all.</p></div>"
    tree = parse(f"<html><body><main>{wrapped}{last}{teaser}</main></body></html>")
    assert tree is not None
    taken = [TEXT[0], TEXT[2], "The last paragraph tells what may happen next, if anything does at all."]
    assert complete(tree, taken) == [*TEXT, taken[-1]]


def test_the_entries_of_a_live_blog_are_taken_up():
    entries = "".join(f"<div class='live-post'><time>12:0{i}</time><p>{text}</p></div>" for i, text in enumerate(TEXT))
    tree = parse(f"<html><body><article><p>{TEXT[0]} So it began.</p></article>{entries}</body></html>")
    assert tree is not None
    assert complete(tree, [f"{TEXT[0]} So it began."]) == [f"{TEXT[0]} So it began.", *TEXT[1:]]


def test_table_rows_and_short_lines_are_junk_and_sentences_are_not():
    assert junk_share(TEXT) == 0.0
    assert junk_share(("| Home | World |", "Log in", "News of the day")) == 1.0
    assert junk_share(()) == 1.0


def test_a_clearer_reading_has_less_junk_and_speaks_of_the_title():
    menu = ("Home", "World", "Sport", "Culture", "Opinion", "The history of the matter") * 3
    assert is_clearer(TEXT, (*TEXT, *menu), "A paragraph about history")
    assert not is_clearer(TEXT, TEXT, "A paragraph about history")
    assert not is_clearer(TEXT[:1], (*TEXT, *menu), "A paragraph about history")
    assert not is_clearer(TEXT, (*TEXT, *menu, "Elephants in Wonderland return"), "Elephants Wonderland return")


def test_lines_break_at_blocks_and_line_breaks():
    tree = parse("<html><body><div>One <b>bold</b> word<br>and\nmore<p>Two</p>three</div></body></html>")
    assert tree is not None
    assert lines_of(tree) == ["One bold word", "and more", "Two", "three"]


def test_text_that_broken_markup_puts_into_a_button_is_kept():
    text = "".join(f"<p>{text}</p>" for text in TEXT)
    html = f"<html><body><h1>A story</h1><button>{text}</button></body></html>".encode()
    assert extract_article(html, url="https://example.org/story").body == "\n\n".join(TEXT)
