"""Bylines and the persons in them."""

from __future__ import annotations

import pytest

from crawler.extract.persons import is_person, persons_in, proper_case

BYLINES = {
    "By Anna Ahronheim": ["Anna Ahronheim"],
    "By Ann Miller, John Fox and Lee de la Cruz": ["Ann Miller", "John Fox", "Lee de la Cruz"],
    "Von Benjamin Fischer und Marcus Theurer": ["Benjamin Fischer", "Marcus Theurer"],
    "Par Marie Dupont et Jean-Luc Martin": ["Marie Dupont", "Jean-Luc Martin"],
    "Por Williams Perdomo @wperdomod": ["Williams Perdomo"],
    "AP and Times of Israel Staff": [],
    "By JPost Staff": [],
    "Reuters": [],
    "By admin": [],
    "desk@example.org": [],
    "Ann Miller, Senior Reporter": ["Ann Miller"],
    "Ann Miller | Washington Post": ["Ann Miller"],
    "By Ann Miller May 9, 2020": ["Ann Miller"],
    "Автор: Иван Петров": ["Иван Петров"],
    "نویسنده: سارا رضایی": ["سارا رضایی"],
    "بقلم: أحمد الخطيب": ["أحمد الخطيب"],
    "מאת דוד כהן": ["דוד כהן"],
    "Ann Miller, Ann Miller": ["Ann Miller"],
    "Ann Miller Stand: 05. Februar 2020": ["Ann Miller"],
    "Ann MillerRedakteurin": ["Ann Miller"],
    "by Ann Miller on August 3, 2019": ["Ann Miller"],
    "Ann Miller im Gespräch mit John Fox": ["Ann Miller", "John Fox"],
    "Martin Luther King, Jr.": ["Martin Luther King Jr."],
}


@pytest.mark.parametrize("line", BYLINES)
def test_persons_of_a_byline(line):
    assert persons_in(line) == BYLINES[line]


def test_the_outlets_own_names_are_no_persons():
    assert persons_in("Track Persia", ["Track Persia"]) == []
    assert persons_in("Deutsche Stimme", ["ds"]) == []


@pytest.mark.parametrize("name", ["freeman1984", "HansG", "surfguard"])
def test_accounts_are_pen_names_where_they_are_marked_up_as_the_author(name):
    assert persons_in(name, is_marked=True) == [name]


@pytest.mark.parametrize("name", ["JIJI", "AgE", "SID"])
def test_a_few_capitals_are_an_agency(name):
    assert persons_in(name, is_marked=True) == []


def test_a_part_of_the_outlet_in_capitals_is_no_person():
    assert persons_in("David Straub, MDR THÜRINGEN", ["mdr"]) == ["David Straub"]


def test_a_single_word_counts_where_it_is_marked_up_as_the_author():
    assert persons_in("Kathrin") == []
    assert persons_in("Kathrin", is_marked=True) == ["Kathrin"]
    assert persons_in("admin", is_marked=True) == []


@pytest.mark.parametrize("text", ["Read More", "Share this", "12 May 2020", "http://x.org/a b", "the quick brown"])
def test_what_is_no_name(text):
    assert not is_person(text)


def test_capitals_are_made_proper():
    assert proper_case("ANNA AHRONHEIM") == "Anna Ahronheim"
    assert proper_case("JEAN-LUC O'NEIL") == "Jean-Luc O'Neil"
    assert proper_case("Anna McDonald") == "Anna McDonald"
