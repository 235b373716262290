"""Words in Persian, Arabic and Hebrew, and everybody's many names."""

from __future__ import annotations

import pytest
from queries import ENTITIES, answers, subject

from delivery.watchlists.entities import EntityError, read_entities
from delivery.watchlists.matching import Matcher
from delivery.watchlists.parsing import parse

SAME = {
    "Persian and Arabic yeh": ("سلیمانی", "سليماني", "ar"),
    "Persian and Arabic kaf": ("کرکوک", "كركوك", "ar"),
    "alef with hamza": ("ایران", "إيران", "ar"),
    "teh marbuta": ("غزه", "غزة", "ar"),
    "harakat": ("محمد", "مُحَمَّد", "ar"),
    "kashida": ("محمد", "محـــمد", "ar"),
    "a joiner in the text": ("حزب الله", "حزب‌الله", "fa"),
    "a joiner in the query": ("حزب‌الله", "حزب الله", "fa"),
    "no joiner where the query has one": ("حزب‌الله", "حزبالله", "fa"),
    "a verb's prefix, joined": ("می‌رود", "میرود", "fa"),
    "a verb's prefix, apart": ("میرود", "می‌رود", "fa"),
    "a plural's ending, apart": ("کتابها", "کتاب‌ها", "fa"),
    "Persian digits": ("2015", "۲۰۱۵", "fa"),
    "Arabic digits": ("۲۰۱۵", "٢٠١٥", "ar"),
    "niqqud": ("ישראל", "יִשְׂרָאֵל", "he"),
    "final forms": ("נתניהו", "נתניהו", "he"),
    "a Hebrew abbreviation": ("צה״ל", 'צה"ל', "he"),
    "full width": ("iran", "ＩＲＡＮ", "en"),
    "Chinese stands without spaces": ("伊朗", "美国和伊朗的协议", "zh"),
    "Arabic: and": ("ایران", "وإيران", "ar"),
    "Arabic: and in": ("بغداد", "وببغداد", "ar"),
    "Arabic: the article": ("عراق", "العراق", "ar"),
    "Arabic: and the": ("عراق", "والعراق", "ar"),
    "Arabic: to the": ("العراق", "للعراق", "ar"),
    "Arabic: in the": ("العراق", "بالعراق", "ar"),
    "Hebrew: in": ("איראן", "באיראן", "he"),
    "Hebrew: and that": ("איראן", "ושאיראן", "he"),
    "Hebrew: the, in a phrase": ('"משמרות המהפכה"', "ממשמרות המהפכה", "he"),
    "an unknown language may join": ("איראן", "באיראן", None),
}


@pytest.mark.parametrize(("query", "text", "language"), SAME.values(), ids=SAME.keys())
def test_it_is_the_same_word_with(query: str, text: str, language: str | None):
    assert answers(query, f"x {text}، y", language)


OTHER = {
    "Persian joins nothing in front": ("ایران", "وایران", "fa"),
    "what was asked for with the article is not found without": ("العراق", "عراق", "ar"),
    "too few letters are left": ("رد", "برد", "ar"),
    "a quoted word stands alone": ('"עיראק"', "בעיראק", "he"),
    "letters that are no joined word": ("ایران", "طایران", "ar"),
    "an Iranian is not Iran": ("איראן", "איראני", "he"),
    "part of a word": ("iran", "tirana", "en"),
}


@pytest.mark.parametrize(("query", "text", "language"), OTHER.values(), ids=OTHER.keys())
def test_it_is_another_word(query: str, text: str, language: str | None):
    assert not answers(query, f"x {text} y", language)


CALLED = {
    "soleimani": ["Qassem Suleimani", "قاسم سليماني", "سردار سلیمانی", "קאסם סולימאני", "לסולימאני"],
    "khamenei": ["Khamenei's", "خامنه‌ای", "وخامنئي", "חמינאי"],
    "hezbollah": ["Hizbullah", "حزب‌الله", "وحزب الله", "חיזבאללה", "Hezbollah-backed"],
    "irgc": ["the IRGC", "Revolutionary Guards", "والحرس الثوري", "سپاه پاسداران", "משמרות המהפכה"],
    "iran": ["Iran", "ایران", "لإيران", "באיראן"],
    "idf": ["the IDF", 'צה"ל', "צה״ל", 'וצה"ל', "الجيش الإسرائيلي"],
    "united-states": ["the U.S. says", "the United States", "ארה״ב", "والولايات المتحدة"],
}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in CALLED.items() for text in texts])
def test_an_entity_is_found_under_each_of_its_names(key: str, text: str):
    assert answers(f"@{key}", f"A {text} b", None)


NOT_CALLED = {
    "iran": ["Iranian", "Tirana", "איראני"],
    "hezbollah": ["Kataib Hezbollah said", "كتائب حزب الله"],
    "jordan": ["Michael Jordan", "Jordanian"],
    "jerusalem": ["The Jerusalem Post"],
    "khamenei": ["Mojtaba Khamenei"],
    "knesset": ["בית הכנסת"],
    "united-states": ["tell us", "Latin America"],
    "hamas": ["تحدث بحماس"],
}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in NOT_CALLED.items() for text in texts])
def test_an_entity_is_not_found_in_other_names(key: str, text: str):
    assert not answers(f"@{key}", f"A {text} b", None)


def test_an_exception_hides_only_what_stands_in_it():
    assert answers("@jerusalem", "The Jerusalem Post, writing from Jerusalem")
    assert answers("@jordan", "Michael Jordan visits Jordan")


def test_of_names_within_one_another_each_counts_for_its_own():
    text = "Kataib Hezbollah and the Popular Mobilization Forces"
    assert answers("@kataib-hezbollah @pmf", text)
    assert not answers("@hezbollah", text)


def test_an_entity_may_stand_near_and_in_fields():
    assert answers("@soleimani NEAR/3 @baghdad", "سليماني في بغداد", "ar")
    assert answers("title:@soleimani", title="Suleimani")
    assert not answers("title:@soleimani", "Suleimani")


def test_each_shipped_entity_is_met_under_each_of_its_names():
    matcher = Matcher({number: parse(f"@{key}", ENTITIES) for number, key in enumerate(ENTITIES)})
    for number, entity in enumerate(ENTITIES.values()):
        for alias in entity.aliases:
            assert number in matcher.matching(subject(f"x {alias.removesuffix('*')} y")), (entity.key, alias)
        assert len(set(entity.aliases)) == len(entity.aliases), entity.key


def test_a_later_file_takes_the_place_of_an_earlier_one():
    files = [("a.toml", _file("x", "One")), ("b.toml", _file("x", "Two"))]
    assert read_entities(files)["x"].name == "Two"


BROKEN = {
    "no toml": ("[", "no TOML"),
    "a key of other letters": ('["سلیمانی"]\nname = "x"', "small letters"),
    "no table": ("x = 1", "expected a table"),
    "an unknown field": ('[x]\nname = "X"\nkind = "person"\nalias = ["X"]', "'alias' is not known"),
    "no name": ('[x]\nkind = "person"\naliases = ["X"]', "name is missing"),
    "a kind of its own": ('[x]\nname = "X"\nkind = "ship"\naliases = ["X"]', "kind is one of"),
    "no aliases": ('[x]\nname = "X"\nkind = "person"', "aliases are missing"),
    "an alias without letters": ('[x]\nname = "X"\nkind = "person"\naliases = ["&"]', "no letters"),
    "aliases that are no list": ('[x]\nname = "X"\nkind = "person"\naliases = "X"', "list of names"),
    "too many aliases": (f'[x]\nname = "X"\nkind = "person"\naliases = {["a"] * 201}'.replace("'", '"'), "at most 200"),
}


@pytest.mark.parametrize(("text", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_of_entities_is_refused_with(text: str, says: str):
    with pytest.raises(EntityError, match=says) as caught:
        read_entities([("mine.toml", text)])
    assert "mine.toml" in str(caught.value)


def _file(key: str, name: str) -> str:
    return f'[{key}]\nname = "{name}"\nkind = "person"\naliases = ["{name}"]\n'
