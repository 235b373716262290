"""After a log-in only pages of ours are gone to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.access.landing import HOME, landing

OURS = [
    "/",
    "/stories",
    "/?q=iran&language=fa",
    "/watchlists/new?q=%22a%20b%22",
    "/explain?url=https%3A%2F%2Fa.example%2F",
]
ELSEWHERE = {
    "an address": "https://evil.example/",
    "no scheme": "//evil.example/",
    "three slashes": "///evil.example/",
    "a backslash": "/\\evil.example/",
    "two backslashes": "\\\\evil.example/",
    "a tab, which browsers drop": "/\t/evil.example/",
    "the end of a line, for a header of one's own": "/\r\nSet-Cookie: a=b",
    "a script": "javascript:alert(1)",
    "a path that is none": "evil.example",
    "nothing": "",
    "a blank before it": " //evil.example",
    "letters that look like slashes": "/\u2215evil.example",
    "the log-in again": "/login?next=/login",
    "a log-out": "/account/log-out",
    "very long": "/" + "a" * 3_000,
    "a host that is none": "//[",
}


@pytest.mark.parametrize("wanted", OURS)
def test_a_path_of_ours_is_gone_to(wanted):
    assert landing(wanted) == wanted


@pytest.mark.parametrize("wanted", ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_leads_elsewhere_becomes_the_first_page(wanted):
    assert landing(wanted) == HOME


@given(st.text(alphabet="/\\@:?#.[]ab\t\n %", max_size=12))
def test_whatever_is_wanted_a_browser_stays_here(wanted):
    """As WHATWG's URLs are read: blanks and control characters at the ends go, tabs and ends of lines anywhere."""
    target = "".join(each for each in landing(wanted) if each not in "\t\r\n").strip().replace("\\", "/")
    assert target.startswith("/")
    assert not target.startswith("//")
