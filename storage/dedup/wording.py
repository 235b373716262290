"""A text as the words by which texts are compared: spelling, script variants, figures and marks evened out.

Pure. The rules are those of Unicode (NFKC, case folding, decimal digits) and of how languages are typed: Arabic and
Persian keyboards write yeh, kaf and alef differently, Persian joins affixes with a zero-width non-joiner, a blank or
nothing, vowel points and cantillation are left out at will, and thousands are grouped by comma, point or blank.
Scripts without blanks (Han, kana) count each letter as a word.
"""

# ruff: noqa: RUF001
# letters and marks that look alike are its subject

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

#: Points and marks that writers leave out at will, and characters that show nothing.
_DROPPED = [
    *range(0x0591, 0x05BE),
    0x05BF,
    *range(0x05C1, 0x05C3),
    *range(0x05C4, 0x05C6),
    0x05C7,  # Hebrew points
    *range(0x0610, 0x061B),
    *range(0x064B, 0x0660),
    0x0670,
    *range(0x06D6, 0x06ED),
    0x0640,  # Arabic marks, tatweel
    0x00AD,
    0x034F,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x206A),
    0xFE0F,
    0xFEFF,
]
_ALIKE = {
    0x0649: "ی",
    0x064A: "ی",
    0x0626: "ی",
    0x06D2: "ی",
    0x0643: "ک",
    0x0623: "ا",
    0x0625: "ا",
    0x0622: "ا",
    0x0671: "ا",
    0x0629: "ه",
    0x06C0: "ه",
    0x06D5: "ه",
    0x0624: "و",
}
_DIGITS = {
    code: str(unicodedata.digit(chr(code))) for code in range(0x0660, 0x1C5A) if unicodedata.category(chr(code)) == "Nd"
}
_EVENED = {**dict.fromkeys(_DROPPED), **_ALIKE, **_DIGITS}
_MAY_NEED_EVENING = re.compile("[\u00ad\u034f\u0590-\u05ff\u0610-\u06ff\u07c0-\u1fff\u200b-\u206f\ufe0f\ufeff]")

#: Persian affixes that stand apart from their word as often as not.
_PERSIAN_APART = re.compile(
    r" (?=(?:ها|های|هایی|هایش|ام|ای|اند|تر|ترین)\b)(?<=\w.)| (?<=\bمی.)(?=\w)| (?<=\bنمی.)(?=\w)"
)
_HAS_PERSIAN = re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc]")
# Each begins with what it is about, not with what stands before that: so most of a text is passed over fast.
_GROUPED = re.compile(r"[.,'’\u00a0\u202f\u066c ](?<=\d.)(?=\d{3}(?!\d))")
_APOSTROPHE = re.compile(r"['’\u02bc](?<=[^\W\d_].)(?=[^\W\d_])")
_WORD = re.compile(
    "[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\\W_\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)

#: A second one of these within a quotation opens nothing and ends nothing.
_OPENING = "“„«‹「『"
_QUOTE = re.compile(r"[\"“”„‟«»‹›「」『』]|\n")


def evened(text: str) -> str:
    """The text with one spelling for what is one, its case kept."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if _MAY_NEED_EVENING.search(text):
            text = text.translate(_EVENED)
            if _HAS_PERSIAN.search(text):
                text = _PERSIAN_APART.sub("", text)
    return _APOSTROPHE.sub("", _GROUPED.sub("", text))


def words_in(text: str) -> list[str]:
    """The words of an evened text, their case kept."""
    return _WORD.findall(text)


def starts_of(text: str) -> list[int]:
    """Where each of `words_in` begins."""
    return [found.start() for found in _WORD.finditer(text)]


def quotations(text: str) -> Iterator[tuple[int, int]]:
    """Where quotations of an evened text begin and end; one that stays open ends with its paragraph."""
    opened: re.Match[str] | None = None
    for found in _QUOTE.finditer(text):
        if opened is None:
            opened = None if found[0] == "\n" else found
        elif found[0] != opened[0] or found[0] not in _OPENING:
            yield opened.start(), found.start()
            opened = None
    if opened is not None:
        yield opened.start(), len(text)
