"""Names of authors in the form in which they compare. Pure.

One person is spelled in several ways: in capitals, with and without accents, vowel points and apostrophes, in Persian
or Arabic letters of the other keyboard, family name first, with and without a middle initial. Two people of the same
name cannot be told apart by it, which is why whoever shows what one key stands for shows the spellings and outlets too.
"""

from __future__ import annotations

import re

from storage.folding import fold_finely

#: A longer one is no name; an index takes no longer ones either.
MAX_KEY_CHARS = 120

_APOSTROPHE = re.compile(r"(?<=\w)['\u2018\u2019\u02bc\u02bb`\u05f3\u05f4](?=\w)")
_FAMILY_FIRST = re.compile(r"\s*([\w'\u2019-]+)\s*,\s*(\w[\w'\u2019-]*\.?(?:\s+\w\.?)?)\s*")


def author_key(name: str) -> str:
    """What all spellings of a name have in common; "" for what has no letter in it.

    "FRANTZMAN, Seth J." and "Seth Frantzman" have the same key.
    """
    turned = _FAMILY_FIRST.fullmatch(name)
    words = fold_finely(_APOSTROPHE.sub("", f"{turned[2]} {turned[1]}" if turned else name)).split()
    inner = [word for word in words[1:-1] if len(word) > 1 or not word.isalpha() or not _is_initial_script(word)]
    return " ".join([*words[:1], *inner, *words[1:][-1:]])[:MAX_KEY_CHARS].strip()


def _is_initial_script(letter: str) -> bool:
    """Whether one letter can be an initial: in Chinese, whose characters are folded one by one, it is a name."""
    return letter.upper() != letter or "\u0590" <= letter <= "\u06ff"
