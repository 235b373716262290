"""A text as the words that a diff compares: each with the white space behind it, so that joined they are the text."""

# ruff: noqa: RUF001 (signs that look alike are what this is about)

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

#: A paragraph's end is a token of its own, so that a joined or split paragraph is a change that can be shown.
PARAGRAPH = "\n\n"

_PIECE = re.compile(r"(\S+)(\s*)")
_BLANK_LINE = re.compile(r"\n\s*\n")
#: Scripts that put no space between words: each character, with the marks upon it, is compared as a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: Between two letters or digits these are part of the word: don't, 1,000.5, AT&T, half-yearly, 7:30, צה״ל.
_INNER = frozenset("'’‘.,-‐‑&@/:_״׳\u200c\u200d\u00ad·")
_REMEMBERED_CHARS = 40


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a sign or a paragraph's end. Two tokens are the same where their `key` is."""

    key: str
    text: str
    space: str = ""  # behind it; no difference


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text of any script, in their order; typographic variants of a sign count as one."""
    found: list[Token] = []
    for match in _PIECE.finditer(text.strip()):
        chunk, space = match[1], match[2]
        is_end = _BLANK_LINE.search(space) is not None
        found.extend(Token(_key(word), word) for word in _words(chunk))
        last = found[-1]
        found[-1] = Token(last.key, last.text, "" if is_end else (space and " "))
        if is_end:
            found.append(Token(PARAGRAPH, PARAGRAPH))
    return found


def _words(chunk: str) -> tuple[str, ...]:
    if chunk.isascii() and chunk.isalnum():
        return (chunk,)
    return _split_again(chunk) if len(chunk) <= _REMEMBERED_CHARS else _split(chunk)


def _split(chunk: str) -> tuple[str, ...]:
    return tuple(_pieces(chunk))


_split_again = lru_cache(32_768)(_split)


def _pieces(chunk: str) -> list[str]:
    """Words and single signs; a mark (accent, vowel point, joiner) stays with what it stands on."""
    found: list[str] = []
    is_word = False  # whether the last piece is one that a letter goes on
    for at, sign in enumerate(chunk):
        category = unicodedata.category(sign)
        is_unspaced = _UNSPACED.match(sign) is not None
        is_part = is_word and not is_unspaced and (category[0] in "LN" or _is_inner(chunk, at))
        if found and (is_part or category[0] == "M" or category == "Cf"):
            found[-1] += sign
        else:
            found.append(sign)
            is_word = category[0] in "LNM" and not is_unspaced
    return found


def _is_inner(chunk: str, at: int) -> bool:
    """Whether a sign behind a letter stands before one too, so that it is part of the word."""
    following = chunk[at + 1 : at + 2]
    if chunk[at] not in _INNER or not following or _UNSPACED.match(following):
        return False
    return unicodedata.category(following)[0] in "LN"


#: Variants that a template or an editor's software changes without changing a word.
_VARIANTS = str.maketrans(
    {
        "’": "'", "‘": "'", "‛": "'", "´": "'", "`": "'", "′": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
        "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "―": "-", "−": "-",
        "\u00ad": None, "\u200b": None, "\u200e": None, "\u200f": None, "\u2060": None, "\ufeff": None,
        "\u202a": None, "\u202b": None, "\u202c": None, "\u2066": None, "\u2067": None, "\u2068": None, "\u2069": None,
    }
)  # fmt: skip


@lru_cache(32_768)
def _variant(word: str) -> str:
    return unicodedata.normalize("NFKC", word).translate(_VARIANTS)


def _key(word: str) -> str:
    return word if word.isascii() else _variant(word)


def same_words(text: str) -> str:
    """The form in which two texts have the same words: white space, paragraphs and typographic variants make no
    difference; case, marks and order do.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_VARIANTS)
    return " ".join(text.split())
