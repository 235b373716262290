"""Which text is a copy, and which pairs make a story."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from storage.dedup.containment import Thresholds, boilerplate_in, copied, dull_words
from storage.dedup.grouping import grouped
from storage.dedup.signature import Text
from storage.records import Copy
from tests.benchmarks.story_negatives import MOULDS

LIMITS = Thresholds()


def prose(seed: str, words: int) -> str:
    dice = random.Random(seed)
    return " ".join(f"w{dice.randrange(4_000)}" for _ in range(words))


def compare(one: str, other: str, about: str = "", *, is_own: bool = False, limits: Thresholds = LIMITS):
    texts = Text(one), Text(other)
    known = Text(about).shingles
    return copied(*texts, *(dull_words(text, known) for text in texts), limits, is_own=is_own)


REPORT = prose("report", 300)
HALF = " ".join(REPORT.split()[:150])
SAID = prose("said", 60)

COPIES = {
    "a reprint": (REPORT, f"{prose('caption', 9)} {REPORT} The first outlet"),
    "a half": (REPORT, HALF),
    "a teaser": (REPORT, " ".join(REPORT.split()[:45])),
    "within another report": (HALF, f"{prose('before', 250)} {HALF} {prose('after', 30)}"),
    "a statement that is nearly all quotation": (f"Statement: “{REPORT}”", f"Read it here: “{REPORT}”"),
    "quotation marks of another language": (f"He said: “{HALF}” {REPORT}", f"He said: «{HALF}» {REPORT}"),
}


@pytest.mark.parametrize(("one", "other"), COPIES.values(), ids=COPIES.keys())
def test_it_is_a_copy(one: str, other: str):
    assert compare(one, other)
    assert compare(other, one)


NO_COPIES = {
    "two texts": (REPORT, prose("another", 300), ""),
    "a quotation that both have": (f"{prose('a', 50)} “{SAID}” {prose('b', 20)}", f"{prose('c', 40)} “{SAID}”", ""),
    "boilerplate": (f"{prose('a', 40)} {SAID}", f"{prose('b', 40)} {SAID}", SAID),
    "a sentence": (
        f"{prose('a', 200)} {' '.join(SAID.split()[:18])}",
        f"{prose('b', 25)} {' '.join(SAID.split()[:18])}",
        "",
    ),
    "nothing": ("", REPORT, ""),
}


@pytest.mark.parametrize(("one", "other", "about"), NO_COPIES.values(), ids=NO_COPIES.keys())
def test_it_is_no_copy(one: str, other: str, about: str):
    assert compare(one, other, about) is None
    assert compare(other, one, about) is None


def test_boilerplate_is_what_it_takes_to_keep_two_short_texts_apart():
    assert compare(f"{prose('a', 40)} {SAID}", f"{prose('b', 40)} {SAID}")


def test_boilerplate_counts_for_nothing_in_a_teaser_either():
    teaser = f"{' '.join(REPORT.split()[:45])} {prose('about', 120)}"
    assert compare(teaser, REPORT) is None
    found = compare(teaser, REPORT, prose("about", 120))
    assert found is not None
    assert found.of_one == pytest.approx(1.0, abs=0.05)


def test_shares_are_told_both_ways():
    found = compare(HALF, REPORT)
    assert found is not None
    assert (found.of_one, found.of_other, found.words) == (1.0, 0.5, 150)
    back = compare(REPORT, HALF)
    assert back is not None
    assert (back.of_one, back.of_other) == (0.5, 1.0)


def test_two_articles_of_one_outlet_must_share_more():
    other = f"{HALF} {prose('own', 150)}"
    assert compare(REPORT, other)
    assert compare(REPORT, other, is_own=True) is None


@pytest.mark.parametrize("kind", MOULDS)
def test_texts_of_one_mould_are_no_copies(kind: str):
    dice = random.Random(kind)
    texts = [MOULDS[kind](dice) for _ in range(8)]
    joined = sum(bool(compare(one, other)) for place, one in enumerate(texts) for other in texts[:place])
    assert joined <= 1  # of 28


def test_boilerplate_is_what_most_articles_have_in_common():
    texts = [Text(f"{prose(f'own {number}', 60)} {SAID}") for number in range(5)]
    assert np.isin(Text(SAID).shingles, boilerplate_in(texts)).all()
    assert not np.isin(Text(prose("own 1", 60)).shingles, boilerplate_in(texts)).any()


def pair(one: int, other: int, of_one: float = 0.95, of_other: float = 0.95) -> Copy:
    return Copy(article_id=one, other_id=other, of_article=of_one, of_other=of_other, words=200)


def stories(*pairs: Copy) -> list[list[int]]:
    """Groups, which are the same for each order of the pairs."""
    told = [sorted(group) for group in grouped(pairs)]
    for seed in range(5):
        shuffled = random.Random(seed).sample(pairs, len(pairs))
        assert [sorted(group) for group in grouped(shuffled)] == told
    return told


def test_copies_of_copies_are_one_story():
    assert stories(pair(1, 2), pair(2, 3), pair(5, 6)) == [[1, 2, 3], [5, 6]]


def test_excerpts_from_different_places_are_one_story_with_their_source():
    assert stories(pair(1, 2, 0.4, 1.0), pair(1, 3, 0.4, 1.0), pair(1, 4, 0.1, 1.0)) == [[1, 2, 3, 4]]


def test_two_reports_run_into_one_do_not_join_each_other():
    first, second = (1, 2), (3, 4)
    run_together = [pair(each, 9, 1.0, 0.55) for each in first] + [pair(each, 9, 1.0, 0.4) for each in second]
    assert stories(pair(*first), pair(*second), *run_together) == [[1, 2, 9], [3, 4]]


def test_a_round_up_of_many_reports_joins_none():
    reports = [pair(10 * number, 10 * number + 1) for number in range(1, 6)]
    parts = [replace(pair(each, 99, 1.0, 0.18)) for number in range(1, 6) for each in (10 * number, 10 * number + 1)]
    assert stories(*reports, *parts) == [[10 * number, 10 * number + 1] for number in range(1, 6)]


def test_what_takes_from_two_stories_a_little_does_not_join_them_either():
    """Most of it is its own: it is no compilation, and each pair holds."""
    assert stories(pair(1, 2), pair(1, 9, 0.6, 0.2)) == [[1, 2, 9]]
