"""What a copy kept of a text, and the passages that it added and cut."""

from __future__ import annotations

import random
import time

import pytest

from storage.passages import compare, sentences_of

TEXT = (
    "The council met on Monday in the old town hall. It spoke at length about the bridge over the river.\n\n"
    "Mr. Smith said the bridge would stand for a hundred years. Nobody answered him for quite a while.\n\n"
    "The mayor asked for money from the state. The state has promised to think about it until the autumn."
)
PERSIAN = (
    "شورا روز دوشنبه در تالار شهر تشکیل جلسه داد. درباره پل روی رودخانه گفت‌وگو شد.\n\nآیا پول هست؟ هیچ‌کس پاسخ نداد."
)
ARABIC_LETTERS = PERSIAN.replace("ی", "ي").replace("ک", "ك").replace("\u200c", " ")


def test_a_whole_copy():
    found = compare(TEXT, TEXT)
    assert found.share == 1.0
    assert (found.added, found.cut, found.changed) == ((), (), ())


def test_paragraphs_that_were_moved_are_kept():
    assert compare(TEXT, "\n\n".join(reversed(TEXT.split("\n\n")))).share == 1.0


def test_what_was_added_is_told_as_passages():
    copy = f"A photo shows the bridge. It is old.\n\n{TEXT}\n\nThis text is by The Example."
    found = compare(TEXT, copy)
    assert found.share == 1.0
    assert found.added == ("A photo shows the bridge. It is old.", "This text is by The Example.")
    assert found.added_sentences == 3


def test_what_was_cut_is_told_as_passages():
    found = compare(TEXT, TEXT.split("\n\n", maxsplit=1)[0])
    assert found.share == pytest.approx(20 / 55, abs=0.03)
    assert len(found.cut) == 1
    assert found.cut_sentences == 4
    assert found.added == ()


def test_a_changed_sentence_keeps_its_other_words():
    found = compare(TEXT, TEXT.replace("the old town hall", "a new school"))
    assert found.share == pytest.approx(1 - 4 / 55, abs=0.02)
    assert found.changed == (
        (
            "The council met on Monday in the old town hall.",
            "The council met on Monday in a new school.",
        ),
    )
    assert found.added == found.cut == ()


def test_case_quotes_and_accents_make_no_difference():
    assert (
        compare("He said “no” in the café again. It rained.", 'HE SAID "NO" in the cafe again. It rained.').share == 1
    )


def test_right_to_left_texts_and_their_letter_variants():
    assert sentences_of(PERSIAN)[2:] == ["آیا پول هست؟", "هیچ‌کس پاسخ نداد."]
    found = compare(PERSIAN, f"{ARABIC_LETTERS}\n\nاین جمله تازه است.")
    assert found.share == 1.0
    assert found.added == ("این جمله تازه است.",)


def test_chinese_sentences_are_told_apart_and_compared_by_signs():
    found = compare("部长说桥很好。河也很宽。没有人回答。", "部长说桥很好。河也不宽。没有人回答。")
    assert found.words == 15
    assert found.kept == 14


def test_abbreviations_end_no_sentence():
    assert sentences_of("Mr. Smith of the U.S. Army left. He said so.") == [
        "Mr. Smith of the U.S. Army left.",
        "He said so.",
    ]


def test_two_texts_that_share_nothing():
    found = compare(TEXT, PERSIAN)
    assert found.share == 0.0
    assert found.cut_sentences == 6


def test_empty_texts():
    assert compare("", "").share == 0.0
    assert compare("", TEXT).added_sentences == 6


def test_very_long_texts_are_compared_up_to_a_cap():
    found = compare(TEXT * 2_000, TEXT)
    assert not found.is_whole


@pytest.mark.parametrize("kind", ["words", "letters", "same", "stops"])
def test_hostile_texts_cost_little(kind: str):
    some = random.Random(7)
    made = {
        "words": lambda: ". ".join(" ".join(some.choice("abcdefgh") for _ in range(30)) for _ in range(4_000)),
        "letters": lambda: "a" * 200_000,
        "same": lambda: "Aa bb cc dd. " * 20_000,
        "stops": lambda: ". \n" * 80_000,
    }[kind]
    one, other = made(), made().replace("dd", "ee")
    began = time.process_time()
    compare(one, other)
    assert time.process_time() - began < 3
