"""Texts as they are compared: one spelling for what is one, and picks that copies share."""

from __future__ import annotations

import random

import numpy as np
import pytest

from storage.dedup.postings import (
    NO_ENTRIES,
    by_bucket,
    entries_of,
    found,
    merged,
    packed,
    unpacked,
)
from storage.dedup.signature import Text, picked
from storage.dedup.wording import evened, quotations, words_in


def prose(seed: str, words: int) -> str:
    dice = random.Random(seed)
    return " ".join(f"w{dice.randrange(4_000)}" for _ in range(words))


ALIKE = {
    "case": ("The Jerusalem POST", "the jerusalem post"),
    "apostrophes": ("Israel’s don't", "Israel's don’t"),
    "composed letters": ("Zu\u0308rich", "Zürich"),
    "ligatures and wide letters": ("ﬁnal ＡＢ", "final AB"),
    "soft hyphens": ("Bundes\u00adtag", "Bundestag"),
    "Persian and Arabic yeh and kaf": ("ایران یکی", "ايران يكي"),
    "a non-joiner, a blank or nothing": ("می\u200cرود کتاب\u200cها", "می رود کتاب ها"),
    "vowel points": ("مُحَمَّد", "محمد"),
    "Hebrew points": ("שָׁלוֹם", "שלום"),
    "alef with and without hamza": ("أحمد إلى", "احمد الى"),
    "digits": ("سال ۱۳۹۹ و ٢٠٢٠", "سال 1399 و 2020"),
    "thousands": ("1,250,000 and 3 000", "1.250.000 and 3000"),
    "marks of direction": ("\u200fשלום\u200e", "שלום"),
}


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE.keys())
def test_one_spelling_for_what_is_one(one: str, other: str):
    assert Text(one).word_hashes.tolist() == Text(other).word_hashes.tolist()
    assert words_in(evened(one))


APART = {"other words": ("one two", "one three"), "order": ("a b c d e", "b a c d e"), "decimals": ("3.14", "314")}


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_what_differs_stays_apart(one: str, other: str):
    assert Text(one).word_hashes.tolist() != Text(other).word_hashes.tolist()


def test_words_of_scripts_without_blanks_are_letters():
    assert words_in(evened("伊朗撤军 2020 Syria")) == ["伊", "朗", "撤", "军", "2020", "Syria"]


QUOTED = {
    "English": ("He said “we go” and left", ["we go"]),
    "German": ("Er sagt „wir gehen“ und geht", ["wir gehen"]),
    "French": ("Il dit « on part » et part", ["on part"]),
    "straight": ('He said "we go" and left', ["we go"]),
    "one that stays open ends with its paragraph": ("“We go\n\nHe left", ["We go"]),
    "none": ("He left", []),
}


@pytest.mark.parametrize(("text", "expected"), QUOTED.values(), ids=QUOTED.keys())
def test_quotations_are_known_by_their_marks(text: str, expected: list[str]):
    assert [text[start:end].strip('“„«" ') for start, end in quotations(text)] == expected
    told = Text(text)
    assert " ".join(w for w, q in zip(told.words, told.is_quoted, strict=True) if q) == " ".join(expected)


@pytest.mark.parametrize("start", [0, 37, 200, 420])
def test_a_run_of_45_words_shares_a_pick_wherever_it_stands(start: int):
    whole = prose("report", 480).split()
    for number in range(40):
        first = min(start + number, 435)
        teaser = Text(" ".join(whole[first : first + 45]))
        shared = np.intersect1d(teaser.keys, Text(" ".join(whole)).keys)
        assert len(shared) >= 1, first


def test_a_copy_deep_in_another_text_shares_many_picks():
    report = prose("report", 300)
    within = f"{prose('before', 500)} {report} {prose('after', 100)}"
    assert len(np.intersect1d(Text(report).keys, Text(within).keys)) >= 6


def test_the_index_keeps_few_picks_of_a_long_text():
    assert [len(Text(prose("x", words)).picks) < words / 9 for words in (600, 2_000)] == [True, True]
    assert len(picked(Text("too short").shingles)) == 0


def test_hostile_texts_are_read():
    for text in ("", "\x00", "\ud800 half", "“" * 9_000, "a " * 90_000, "1,000" * 5_000, "\u200c" * 9_999, "ﷺ" * 4_000):
        told = Text(text)
        assert len(told.keys) == len(told.picks)
        assert len(told.is_quoted) == len(told.words) == len(told.is_telling)


def test_entries_come_out_of_their_buckets_as_they_went_in():
    entries = merged(*(entries_of(Text(prose(f"{number}", 200)).keys, number) for number in (7, 3, 4_000_000_000)))
    buckets = {number: packed(own) for number, own in by_bucket(entries)}
    assert unpacked(buckets).tolist() == entries.tolist()
    assert sum(map(len, buckets.values())) == 6 * len(entries)
    assert unpacked({}).tolist() == list(by_bucket(NO_ENTRIES)) == []


def test_entries_are_found_by_key_at_most_so_many_of_each():
    keys = Text(prose("same", 120)).keys
    entries = merged(*(entries_of(keys, number) for number in range(1, 9)))
    assert len(found(entries, np.unique(keys), 99)) == 8 * len(np.unique(keys))
    assert len(found(entries, np.unique(keys), 3)) == 3 * len(np.unique(keys))
    assert len(found(entries, np.array([1, 2], dtype=np.uint32), 3)) == 0
