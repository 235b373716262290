"""Many queries at once say what each says alone; and what is marked of an article."""

from __future__ import annotations

import random
import time
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from queries import NOW, read, subject

from delivery.watchlists.document import document_of
from delivery.watchlists.matching import Matcher, spans_of
from delivery.watchlists.passages import passages_of

WORDS = ["iran", "oil", "gas", "deal", "iraq", "withdraw", "talks", "ایران", "נפט"]


def _query(dice: random.Random, depth: int = 0) -> str:
    kind = dice.random()
    if depth > 2 or kind < 0.4:
        word = dice.choice(WORDS)
        return dice.choice([word, word + "*", f'"{word} {dice.choice(WORDS)}"', f"title:{word}", "@iran", "lang:en"])
    if kind < 0.6:
        return f"({_query(dice, depth + 1)} OR {_query(dice, depth + 1)})"
    if kind < 0.8:
        return f"({_query(dice, depth + 1)} AND {_query(dice, depth + 1)})"
    if kind < 0.9:
        return f"(NOT {_query(dice, depth + 1)})"
    return f"{dice.choice(WORDS)} NEAR/2 {dice.choice(WORDS)}"


def test_many_queries_at_once_say_what_each_says_alone():
    dice = random.Random(7)
    queries = {number: read(_query(dice)) for number in range(300)}
    together = Matcher(queries)
    alone = {number: Matcher({number: query}) for number, query in queries.items()}
    for _ in range(20):
        one = subject(
            " ".join(dice.choices(WORDS, k=6)),
            title=" ".join(dice.choices(WORDS, k=2)),
            language=dice.choice("ea") + "n",
        )
        assert together.matching(one) == [n for n, matcher in alone.items() if matcher.matching(one)]


def test_no_queries_match_nothing():
    assert Matcher({}).matching(subject("Iran")) == []


def test_a_query_of_facts_alone_is_met():
    assert Matcher({1: read("outlet:jpost"), 2: read("lang:fa"), 3: read("after:2026")}).matching(subject()) == [1, 3]


def _marked(query: str, body: str = "", **changes) -> list[str]:
    return [passage.text("[", "]") for passage in passages_of(read(query), subject(body, **changes))]


def test_the_words_that_count_are_marked():
    assert _marked("oil NOT gas", "The oil, of Iran.") == ["The [oil], of Iran."]
    assert _marked('"nuclear deal"', "A nuclear\ndeal!") == ["A [nuclear] [deal]!"]
    assert _marked("withdraw*", "“Withdrawal”") == ["“[Withdrawal]”"]
    assert _marked("made", "an Iranian-made drone") == ["an Iranian-[made] drone"]
    assert _marked("@hezbollah", "با حزب‌الله است") == ["با [حزب‌الله] است"]
    assert _marked("איראן", "ו באיראן.", language="he") == ["ו [באיראן]."]
    assert _marked("a1 NEAR/1 b1", "a1 x x x a1 b1") == ["a1 x x x [a1 b1]"]


def test_each_field_has_its_own_passages():
    assert _marked("oil", "Oil here.", title="Oil there") == ["[Oil] there", "[Oil] here."]


def test_a_long_text_is_cut_around_its_marks():
    body = "first " + "word " * 60 + "oil " + "word " * 60 + "last"
    [passage] = _marked("oil", body)
    assert passage.startswith("… word")
    assert passage.endswith("word …")
    assert passage.count("word") == 24


def test_what_does_not_answer_has_no_passage():
    assert _marked("oil AND gas", "Oil alone") == []
    assert _marked("outlet:jpost", "Oil") == []


def test_at_most_a_few_passages_are_shown():
    assert len(_marked("oil", ("oil " + "word " * 60) * 40)) == 5


def test_an_undated_article_is_dated_by_its_first_sight():
    assert Matcher({1: read("date:2026-11-22")}).matching(subject(at=NOW)) == [1]


def _plain_near(words: list[str], parts: list[str], distance: int) -> bool:
    """NEAR by its definition: every choice of one place for each part is tried."""
    places = [[at for at, word in enumerate(words) if word == part] for part in parts]
    return any(all(abs(one - other) - 1 <= distance for one, other in pairwise(chain)) for chain in product(*places))


@given(
    st.lists(st.sampled_from(["a1", "b1", "c1", "x"]), max_size=14),
    st.sampled_from([["a1", "b1"], ["a1", "b1", "c1"], ["a1", "a1"]]),
    st.integers(1, 3),
)
def test_near_is_what_it_is_by_definition(words: list[str], parts: list[str], distance: int):
    query = read(f" NEAR/{distance} ".join(parts))
    one = subject(" ".join(words))
    holds = Matcher({1: query}).matching(one) == [1]
    assert holds == _plain_near(words, parts, distance)
    assert bool(spans_of(query, one, document_of(one))) == holds


HOSTILE = {
    "one word forty thousand times": "oil " * 40_000,
    "one word without an end": "a" * 400_000,
    "an Arabic word without an end": "ا" * 100_000,
    "marks without an end": "oil" + "!" * 400_000 + "oil",
    "a word of marks": "o" + "\u0301" * 50_000 + "il",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_does_not_hold_anybody_up(body: str):
    queries = ["oil NEAR/50 oil NEAR/50 oil", "oi*", "a*", "ااا", "ا*", "@iran", "title:oil", '"oil oil" NEAR/5 oi*']
    begun = time.process_time()
    one = subject(body, language="ar")
    Matcher({number: read(query) for number, query in enumerate(queries)}).matching(one)
    for query in queries:
        passages_of(read(query), one)
    assert time.process_time() - begun < 10


@given(st.text(max_size=80), st.lists(st.text(max_size=12), max_size=3), st.sampled_from(["ar", "he", "fa", None]))
def test_any_text_can_be_matched_and_its_passages_are_its_own(body: str, words: list[str], language: str | None):
    one = subject(" ".join([*words, "oil", body, "ایران", *words]), title=body, authors=(body,), language=language)
    for text in ("oil", "ایران OR a*", "oil NEAR/9 @iran", "title:o* OR author:o*"):
        for passage in passages_of(read(text), one):
            told = "".join(part.text for part in passage.parts).removeprefix("… ").removesuffix(" …")
            assert " ".join(told.split()) in " ".join(one.text_of(passage.field).split())
