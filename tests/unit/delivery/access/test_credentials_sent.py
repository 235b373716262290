"""Names of users, tokens, and what an Authorization header says."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.access.credentials import BadName, checked_user_name, credentials_in, new_key, new_token

NAMES = {
    "as it is": ("amal", "amal"),
    "blanks around and within": ("  the   desk ", "the desk"),
    "another script": ("آمال", "آمال"),
    "with a joiner, which Persian needs": ("می\u200cخواهم", "می\u200cخواهم"),
    "composed as it is kept": ("Ame\u0301lie", "Am\u00e9lie"),
    "an address": ("amal@example.org", "amal@example.org"),
}
NO_NAMES = {
    "nothing": " ", "too long": "a" * 41, "a colon": "a:b", "markup": "<b>", "a control character": "a\x07b",
    "an override of direction": "a\u202eb", "what commands are called": "Command", "what nobody is called": "nobody",
}  # fmt: skip


@pytest.mark.parametrize(("given_name", "kept"), NAMES.values(), ids=NAMES)
def test_a_name_is_kept_in_one_form(given_name, kept):
    assert checked_user_name(given_name) == kept


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=NO_NAMES)
def test_what_is_no_name_is_refused(name):
    with pytest.raises(BadName, match="letters, digits"):
        checked_user_name(name)


def test_tokens_are_256_bits_that_scanners_find():
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(token.startswith("presswatch_") and len(token) == len("presswatch_") + 43 for token in tokens)
    assert len({new_key() for _ in range(50)}) == 50


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_both_kinds_of_header_are_read():
    bearer = credentials_in("bearer  presswatch_x ")
    assert bearer is not None
    assert (bearer.token, bearer.name, bearer.is_basic) == ("presswatch_x", None, False)
    named = credentials_in(basic("آمال:presswatch_x:y"))
    assert named is not None
    assert (named.token, named.name, named.is_basic) == ("presswatch_x:y", "آمال", True)
    assert "presswatch_x" not in repr(bearer)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic", "Basic ?", basic("no colon"), basic("a:"), "Basic /w==", "Digest x"]
)
def test_what_is_neither_says_nothing(header):
    assert credentials_in(header) is None


@given(st.text(max_size=40))
def test_no_header_breaks_anything(text):
    for scheme in ("Bearer ", "Basic ", ""):
        credentials_in(scheme + text)
