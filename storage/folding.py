# ruff: noqa: RUF001 (letters that look alike are what this is about)
"""The form in which texts compare: letters without marks (accents, niqqud, harakat), Persian and Arabic letter
variants and final forms made one, no joiners, no case. Pure.

What full-text search has indexed is `fold`; a change of it calls for a migration that indexes all anew. What is
compared afresh each time takes `fold_finely`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

#: Letters that writers and keyboards use one for the other.
_LETTERS = str.maketrans(
    {
        "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ؤ": "و",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا",
        "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
        "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ı": "i",
        "\u0640": None, "\u200c": " ", "\u200d": None, "\u200e": None, "\u200f": None, "\u00ad": None,
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_BEYOND_ASCII = re.compile(r"[^\s\x80-\U0010ffff]*[^\s\x00-\x7f]\S*")


def fold(words: str) -> str:
    """The form of a text in which searches compare: its words, folded, with a space between."""
    return _each_folded(words, _folded_again)


def fold_finely(words: str) -> str:
    """`fold`, with the digits of all scripts made one, and each Chinese or Japanese character a word of its own."""
    return _each_folded(words, _finer_again)


def _each_folded(words: str, folded: Callable[[str], str]) -> str:
    """ASCII costs next to nothing, so only what is not is folded word by word."""
    words = _plain(words)
    if not words.isascii():
        words = _BEYOND_ASCII.sub(lambda found: folded(found[0]), words)
    if words.isascii():
        return " ".join(words.translate(_ASCII).split())
    return " ".join(_WORD.findall(words.casefold()))


def _plain(words: str) -> str:
    """The words without the marks that keep most English texts from being ASCII, which folds ten times faster."""
    if not words.isascii():
        for mark in _MARKS:
            words = words.replace(mark, " ")
    return words


#: Each is between words, also in its compatible form, so nothing is changed by a space in its place.
_MARKS = "’‘“”–—…«»„•\u00a0"


def _folded(words: str) -> str:
    lowered = unicodedata.normalize("NFKC", words).casefold().translate(_LETTERS)
    if not lowered.isascii():
        lowered = "".join(c for c in unicodedata.normalize("NFD", lowered) if unicodedata.category(c) != "Mn")
        lowered = unicodedata.normalize("NFC", lowered)
    return " ".join(_WORD.findall(lowered))


_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}

#: Letters of Urdu and Kurdish that stand for the same sound.
_FINER = str.maketrans({"ھ": "ه", "ہ": "ه", "ە": "ه", "ۃ": "ه", "ے": "ی", "ێ": "ی", "ۆ": "و"})
#: Scripts that put no space between words: each character is compared as one.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def _finer(words: str) -> str:
    folded = _folded(words)
    if folded.isascii():
        return folded
    finer = "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in folded.translate(_FINER))
    return " ".join(_UNSPACED.sub(r" \g<0> ", finer).split())


def _remembered(folded: Callable[[str], str]) -> Callable[[str], str]:
    """A language repeats its words: remembering them makes folding several times faster. Long ones are no words."""
    again = lru_cache(32_768)(folded)
    return lambda word: again(word) if len(word) <= _REMEMBERED_CHARS else folded(word)


_REMEMBERED_CHARS = 40
_folded_again = _remembered(_folded)
_finer_again = _remembered(_finer)
