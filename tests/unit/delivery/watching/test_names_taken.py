"""What watchlists and feeds may be called."""

from __future__ import annotations

import pytest

from delivery.watching.saving import BadWatchlist, checked_name

TAKEN = {
    "a joiner, which Persian is not written without": "برنامه هسته\u200cای",
    "vowel signs": "हिन्दी",
    "niqqud": "שָׁלוֹם",
    "an abbreviation": 'צה"ל',
    "a query, as a search names its feed": '@iran AND ("nuclear deal" OR withdraw*) · The Gazette'.replace(" · ", " "),
    "an apostrophe": "Iran’s oil",
    "blanks are made one": "  a \t b ",
}
REFUSED = {
    "nothing": "  ",
    "a tag": "<b>",
    "an option": "--all",
    "a formula": "+1",
    "what turns the direction of text": "a\u202eb",
    "a control character": "a\x00b",
    "a line of its own": "a\u2028\x1b[2J",
    "too long": "x" * 81,
}


@pytest.mark.parametrize("name", TAKEN.values(), ids=TAKEN)
def test_is_taken(name: str):
    assert checked_name(name) == " ".join(name.split())


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED)
def test_is_refused(name: str):
    with pytest.raises(BadWatchlist, match="a name has 1 to 80"):
        checked_name(name)
