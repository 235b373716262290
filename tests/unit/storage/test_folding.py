"""Folding word by word is folding the whole text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import folding
from storage.folding import fold, fold_finely

MIXED = st.lists(st.one_of(st.text(max_size=8), st.sampled_from(["Iran's", " ", "…", "é", "ا\u200cب", "Ꭰꭰ", "İ", "_"])))


@given(MIXED.map("".join))
def test_word_by_word_or_whole_is_the_same(text: str):
    assert fold(text) == folding._folded(text)
    assert fold_finely(text) == folding._finer(text)


@given(MIXED.map("".join))
def test_what_is_folded_stays_as_it_is(text: str):
    assert fold_finely(fold_finely(text)) == fold_finely(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Iran’s “deal”…", "iran s deal"),
        ("naïve_Café", "naive cafe"),
        ("می‌رود", "می رود"),
        ("كتاب ٢٠١٥", "کتاب 2015"),
        ("伊朗核", "伊 朗 核"),
        ("\ud800x", "x"),
    ],
)
def test_a_text_folds_to(text: str, folded: str):
    assert fold_finely(text) == folded
