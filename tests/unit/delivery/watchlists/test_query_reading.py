"""What a query means, and what is said of one that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from queries import NOW, answers, read, remarks, subject

from delivery.watchlists.document import document_of
from delivery.watchlists.matching import Matcher, spans_of
from delivery.watchlists.query import QueryError

MEANINGS = {
    "words side by side must all occur": ("iran oil", "Oil of Iran", "Oil of Iraq"),
    "AND is the same": ("iran AND oil", "Oil of Iran", "Oil of Iraq"),
    "OR takes either": ("iran OR iraq", "Oil of Iraq", "Oil of Oman"),
    "AND binds tighter than OR": ("oman OR iran AND oil", "Oman", "Iran"),
    "parentheses change that": ("(oman OR iran) AND oil", "Oil of Oman", "Oman"),
    "NOT excludes": ("iran NOT oil", "Iran", "Oil of Iran"),
    "a minus is NOT": ("iran -oil", "Iran", "Oil of Iran"),
    "NOT NOT is nothing": ("NOT NOT iran", "Iran", "Oman"),
    "NOT holds for a group": ("iran NOT (oil OR gas)", "Iran", "Gas of Iran"),
    "a phrase stands side by side": ('"nuclear deal"', "the nuclear deal", "a deal on nuclear arms"),
    "a phrase goes over line ends": ('"nuclear deal"', "the nuclear\n\ndeal", "nuclear or deal"),
    "curly quotes are quotes": ("“nuclear deal”", "nuclear deal", "deal nuclear"),
    "Persian quotes are quotes": ("«nuclear deal»", "nuclear deal", "deal nuclear"),
    "a star goes on": ("withdraw*", "withdrawal", "draw"),
    "without a star a word is whole": ("iran", "Iran.", "Iranian"),
    "a phrase may go on too": ('"nuclear weapon*"', "nuclear weapons", "nuclear arms"),
    "NEAR counts the words between": ("iran NEAR/2 oil", "Iran sells more oil", "Iran sells much more oil"),
    "NEAR holds in both directions": ("iran NEAR/2 oil", "oil from Iran", "oil and gas, not of Iran"),
    "NEAR takes groups": ("(iran OR iraq) NEAR/1 (oil OR gas)", "gas of Iraq", "gas and coal of Iraq"),
    "NEAR takes phrases": ('"crude oil" NEAR/1 iran', "crude oil of Iran", "crude and oil, Iran"),
    "NEAR chains": ("a1 NEAR/1 b1 NEAR/1 c1", "a1 x b1 x c1", "a1 x b1 x x c1"),
    "accents do not matter": ("erdogan", "Erdoğan", "Ergodan"),
    "case does not matter": ("IRAN", "iran", "irán x".replace("á", "u")),
    "an apostrophe is of either kind": ('"iran\'s"', "Iran’s", "Irans"),
}


@pytest.mark.parametrize(("query", "yes", "no"), MEANINGS.values(), ids=MEANINGS.keys())
def test_a_query_means(query: str, yes: str, no: str):
    assert answers(query, yes)
    assert not answers(query, no)


FIELDS = {
    "title:iran": ({"title": "Iran"}, {"body": "Iran"}),
    "author:frantzman": ({"authors": ("Seth J. Frantzman",)}, {"body": "Frantzman"}),
    "body:iran": ({"body": "Iran"}, {"title": "Iran"}),
    "title:(iran OR iraq)": ({"title": "Iraq"}, {"title": "Oman", "body": "Iraq"}),
    'title:"nuclear deal"': ({"title": "Nuclear deal"}, {"title": "Nuclear", "body": "deal"}),
    "title:(iran NEAR/1 oil)": ({"title": "Iran oil"}, {"title": "Iran", "body": "oil"}),
    "iran NEAR/9 oil": ({"title": "Iran oil"}, {"title": "Iran", "body": "oil"}),
    "outlet:jpost": ({}, {"outlet_key": "trackpersia"}),
    'outlet:"the jerusalem post"': ({}, {"outlet_key": "trackpersia"}),
    "outlet:(jpost OR haaretz)": ({}, {"outlet_key": "trackpersia"}),
    "country:il": ({}, {"country": "GB"}),
    "lang:fa": ({"language": "fa"}, {"language": "ar"}),
    "lang:iw": ({"language": "he"}, {"language": "ar"}),
    "story:origin": ({"is_origin": True}, {"is_origin": False}),
    "story:copy": ({"is_origin": False}, {"is_origin": True}),
    "date:2026-11-22": ({}, {"at": NOW.replace(day=23)}),
    "date:2026-11": ({}, {"at": NOW.replace(month=12)}),
    "date:2026-11-01..2026-11-22": ({}, {"at": NOW.replace(day=23)}),
    "after:2026-11-22": ({}, {"at": NOW.replace(day=21)}),
    "before:2026-11-23": ({}, {"at": NOW.replace(day=23)}),
    "date:۲۰۲۶-۱۱-۲۲": ({}, {"at": NOW.replace(day=23)}),
}


@pytest.mark.parametrize(("query", "yes", "no"), [(key, *value) for key, value in FIELDS.items()], ids=FIELDS.keys())
def test_a_field_asks_for(query: str, yes: dict, no: dict):
    assert Matcher({1: read(query)}).matching(subject(**yes))
    assert not Matcher({1: read(query)}).matching(subject(**no))


ERRORS = {
    "iran AND": (9, "found the end"),
    "iran AND (oil": (14, "opens at character 10"),
    "iran (oil OR": (13, "opens at character 6"),
    "iran)": (5, "no parenthesis is open"),
    '"open': (1, "to close the quotation"),
    "fooo:bar": (1, "a field, "),
    "titel:bar": (1, "title:"),
    "title: x": (1, "without a space"),
    "iran NEAR oil": (6, "NEAR/5"),
    "iran NEAR/0 oil": (6, "1 to 50"),
    "a1 NEAR/2 b1 NEAR/3 c1": (14, "NEAR/2"),
    "(NOT x) NEAR/2 b1": (1, "both sides of NEAR"),
    "iran @soleimany": (6, "@soleimani"),
    "lang:persian": (6, "lang:fa"),
    "country:iran": (9, "country:IL"),
    "after:2026-13": (7, "calendar"),
    "after:soon": (7, "a day such as"),
    "story:mine": (7, "story:origin"),
    "with*draw": (1, "only at the end"),
    "&": (1, "no letters"),
    '""': (1, "between the quotation marks"),
    "": (1, "found the end"),
    "(" * 31 + "x" + ")" * 31: (31, "at most 30"),
    "x" * 5000: (4001, "4,000"),
}


@pytest.mark.parametrize(("query", "at", "says"), [(key, *value) for key, value in ERRORS.items()])
def test_an_error_points_at_its_place_and_says_what_was_expected(query: str, at: int, says: str):
    with pytest.raises(QueryError) as caught:
        read(query)
    assert caught.value.place.start + 1 == at
    assert says in caught.value.complaint
    assert "expected" in caught.value.complaint
    assert caught.value.shown().splitlines()[-1].index("^") == at + 1


REMARKS = {
    "NOT iran": "every article but those",
    "lang:fa OR NOT iran": "every article but those",
    "iran OR NOT iran": "this matches every article",
    "iran NOT iran": "match nothing",
    "iran NOT iran*": "match nothing",
    '"oil price" NOT price': "match nothing",
    "title:iran NOT iran": "match nothing",
    "outlet:jpost outlet:trackpersia": "match nothing",
    "after:2027-02 before:2027-01": "match nothing",
    "a*": "every article",
    "iran before:2020": "this time is over",
    "iran or iraq": "the operator is OR",
    "iran AND oil OR gas": "AND is read before OR",
    "iran outlet:jpots": "there is jpost",
    " ".join(f"w{number}x" for number in range(30)) + " w1x (iran NOT iran)": "match nothing",
}


@pytest.mark.parametrize(("query", "says"), REMARKS.items())
def test_a_doubtful_query_is_remarked_upon(query: str, says: str):
    assert says in " ".join(remarks(query))


@pytest.mark.parametrize("query", ["iran", "iran NOT oil", "iran OR iraq", "iran* NOT iran", "outlet:jpost iran"])
def test_a_sound_query_is_not_remarked_upon(query: str):
    assert remarks(query) == []


_PIECES = ["iran", "oil", '"iran oil"', "ira*", "title:iran", "@iran", "(", ")", "AND", "OR", "NOT", "NEAR/2", "-", '"']
_PIECES += ["lang:fa", "after:2026", "ایران", "«", "»", ":", "*", "صه", 'צה"ל', "outlet:(", "\u200c", "\x00", "\ud800"]
_TEXTS = st.lists(st.sampled_from(["Iran", "oil", "x", "\n", "Iranian", "ایران", 'צה"ל', "."]), max_size=12)


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_PIECES), max_size=12).map(" ".join)), _TEXTS)
def test_any_text_is_a_query_or_an_error_with_its_place(text: str, words: list[str]):
    try:
        query = read(text)
    except QueryError as error:
        found = error
    else:
        found = None
    if found is not None:
        assert 0 <= found.place.start <= found.place.end <= max(len(text), 1)
        assert found.shown()
        return
    remarks(text)
    one = subject(" ".join(words), language="he")
    is_met = Matcher({1: query}).matching(one) == [1]
    if spans_of(query, one, document_of(one)):
        assert is_met
