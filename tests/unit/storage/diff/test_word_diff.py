"""Which words of a text went, and which came."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.diff.tokens import same_words, tokens_of
from storage.diff.words import MAX_CHARS, Edit, Span, word_diff

WORDS = st.lists(st.sampled_from(["a", "b", "the", "רחוב", "می‌رود", "部", "x.", "“q”", "\n\n", "don’t"]), max_size=40)


def shown(old: str, new: str) -> str:
    marks = {Edit.SAME: "{}", Edit.REMOVED: "[-{}-]", Edit.ADDED: "{{+{}+}}"}
    return "".join(marks[span.edit].format(span.text) for span in word_diff(old, new).spans)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("The cat sat.", "The dog sat.", "The [-cat -]{+dog +}sat."),
        ("One. Two.", "One. Two. Three.", "One. Two.{+ Three.+}"),
        ("A first.\n\nA last.", "A first.\n\nNew.\n\nA last.", "A first.\n\n{+New.\n\n+}A last."),
        ("Don't “go”  now", 'Don’t "go"\nnow', 'Don’t "go" now'),
        ("It cost 1,000.50 then.", "It cost 1,000.75 then.", "It cost [-1,000.50 -]{+1,000.75 +}then."),
        ("He said so", "He said so.", "He said so{+.+}"),
        ("שלום לכל הילדים.", "שלום לכל הבנות.", "שלום לכל [-הילדים-]{+הבנות+}."),
        ("او به خانه می‌رود", "او به مدرسه می‌رود", "او به [-خانه -]{+مدرسه +}می‌رود"),
        ("部长说桥很好。", "部长说桥不好。", "部长说桥[-很-]{+不+}好。"),
        ("कर्मचारी गया", "कर्मचारी आया", "कर्मचारी [-गया-]{+आया+}"),
        ("", "New", "{+New+}"),
        ("Old", "", "[-Old-]"),
    ],
)  # fmt: skip
def test_what_went_and_what_came_in_any_script(old, new, expected):
    assert shown(old, new) == expected


def test_a_mark_stays_with_its_letter():
    assert [token.text for token in tokens_of("מִלָּה e\u0301te\u0301, กำ")] == ["מִלָּה", "e\u0301te\u0301", ",", "ก", "ำ"]


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS)
def test_the_spans_are_both_texts(old, new):
    old_text, new_text = " ".join(old), " ".join(new)
    spans = word_diff(old_text, new_text).spans
    kept = "".join(span.text for span in spans if span.edit is not Edit.ADDED)
    assert [t.key for t in tokens_of(kept) if t.text.strip()] == [t.key for t in tokens_of(old_text) if t.text.strip()]
    came = "".join(span.text for span in spans if span.edit is not Edit.REMOVED)
    assert same_words(came) == same_words(new_text)


@settings(max_examples=60, deadline=None)
@given(WORDS)
def test_a_text_is_the_same_as_itself(words):
    found = word_diff(" ".join(words), "  ".join(words))
    assert found.is_same
    assert (found.added, found.removed, found.is_whole) == (0, 0, True)


def test_the_words_that_differ_are_counted():
    found = word_diff("One two three, four.", "One 2 three, four and five.")
    assert (found.added, found.removed) == (3, 1)


def test_paragraphs_carry_the_spans_of_both():
    found = word_diff("One.\n\nTwo.", "One.\n\nTwo more.")
    assert found.paragraphs() == [
        (Span(Edit.SAME, "One."),),
        (Span(Edit.SAME, "Two"), Span(Edit.ADDED, " more"), Span(Edit.SAME, ".")),
    ]


def test_a_single_word_between_two_rewritten_passages_is_shown_as_rewritten_too():
    old = "Alpha beta gamma delta epsilon and zeta eta theta iota kappa."
    new = "One two three four five and six seven eight nine ten."
    assert shown(old, new).count("[-") == 1


@pytest.mark.parametrize("kinds", [1, 2, 20, 5_000])
def test_the_longest_texts_are_compared_in_bounded_work_however_they_repeat_themselves(kinds):
    source = random.Random(kinds)
    old, new = (" ".join(f"w{source.randrange(kinds)}" for _ in range(60_000)) for _ in range(2))
    began = time.process_time()
    found = word_diff(old, new)
    assert time.process_time() - began < 10  # half a second at rest; the square of the length would take hours
    assert not found.is_whole or kinds == 1


def test_what_lies_beyond_the_longest_text_is_told_of():
    text = "word " * (MAX_CHARS // 5)
    assert not word_diff(text + "more", text).is_whole


def test_the_same_texts_give_the_same_diff_under_a_cap():
    old, new = "a b c d e f g h " * 200, "h g f e d c b a " * 200
    assert word_diff(old, new, max_steps=500) == word_diff(old, new, max_steps=500)
    assert not word_diff(old, new, max_steps=500).is_whole
