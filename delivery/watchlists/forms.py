# ruff: noqa: RUF001, RUF002 (letters of other scripts are what this is about)
"""How a word may stand in a text: what is written together with it, and what may or may not be joined.

Arabic and Hebrew write conjunction, preposition and article together with the next word: "and Iran" is وإيران,
"in Iran" באיראן. A word is found with them, in texts of those languages (or of an unknown one), where three
letters or more are left. Arabic's article is optional before a word that was asked for without it, and demanded
of one that was asked for with it; لل is the preposition with the article. Persian joins nothing in front, but
writes its endings and verb prefixes apart, joined, or with a joiner between: می‌رود, میرود; کتاب‌ها, کتابها.
All letters here are folded (`storage.folding`).
"""

from __future__ import annotations

import re
from enum import IntEnum

from delivery.watchlists.query import Term
from storage.folding import fold_finely

#: Fewer letters say too little for a letter before them to be taken for a word of its own.
LEAST_LETTERS = 3

_JOINER = "\u200c"
_ARABIC = re.compile("[\u0621-\u064a\u066e-\u06d3]+")
_HEBREW = re.compile("[\u05d0-\u05ea]+")
_PERSIAN_ENDINGS = re.compile(r"(.{3,}?)(های|ها|هایی|هایش|ترین|تر)")
_PERSIAN_VERB = re.compile(r"(نمی|می)(.{3,})")


class Joining(IntEnum):
    """What may stand before a word, written together with it."""

    NOTHING = 0
    ARABIC = 1
    ARABIC_ARTICLE = 2  # the word was asked for with its article, which is no part of the pattern
    HEBREW = 3


_BEFORE_ARABIC = ("", "و", "ف")
_ARABIC_PLAIN = frozenset(a + b for a in _BEFORE_ARABIC for b in ("", "ب", "ک", "ل"))
_ARABIC_WITH_ARTICLE = frozenset(a + b for a in _BEFORE_ARABIC for b in ("ال", "بال", "کال", "لل"))
_HEBREW_BEFORE = frozenset(
    a + b
    for a in ("", "ו")
    for b in ("", "ה", "ב", "ל", "מ", "כ", "ש", "שה", "שב", "של", "שמ", "מה", "כש", "כשה", "לכש")
)

#: By joining and language (None: not known), what may stand before; other languages: nothing.
_BEFORE: dict[tuple[Joining, str | None], frozenset[str]] = {
    **{(Joining.ARABIC, language): _ARABIC_PLAIN | _ARABIC_WITH_ARTICLE for language in ("ar", None)},
    **{(Joining.ARABIC_ARTICLE, language): _ARABIC_WITH_ARTICLE for language in ("ar", None)},
    **{(Joining.HEBREW, language): _HEBREW_BEFORE for language in ("he", "iw", None)},
}
#: Letters of the longest of them, and the space before it.
LONGEST_BEFORE = 1 + max(len(before) for allowed in _BEFORE.values() for before in allowed)
_ALONE = {Joining.ARABIC_ARTICLE: frozenset({"ال"})}
_NOTHING = frozenset({""})


def may_precede(joining: Joining, language: str | None) -> frozenset[str]:
    """What may stand before a pattern of that kind, in a text in that language."""
    return _BEFORE.get((joining, language)) or _ALONE.get(joining, _NOTHING)


def pattern_of(term: Term) -> tuple[str, Joining]:
    """What is looked for in a text that has a space before and after each word.

    Without a joining it begins with that space; else what stands before it in its word is to be judged by
    `may_precede`.
    """
    first = term.words[0]
    joined = " ".join(term.words) + ("" if term.is_prefix else " ")
    letters = sum(map(len, term.words))  # of the whole phrase: what follows a short word tells which it is
    if not term.is_exact and letters >= LEAST_LETTERS:
        if _HEBREW.fullmatch(first):
            return joined, Joining.HEBREW
        if _ARABIC.fullmatch(first):
            if first.startswith("ال") and len(first) >= LEAST_LETTERS + 2:
                return joined[2:], Joining.ARABIC_ARTICLE
            return joined, Joining.ARABIC
    return " " + joined, Joining.NOTHING


def terms_of(text: str, *, is_prefix: bool = False, is_exact: bool = False) -> tuple[Term, ...]:
    """The terms for a word or phrase as an analyst or an entity's file writes it; none when it has no words.

    A joiner or a Persian ending may stand in the text as a space, as a joiner or not at all.
    """
    forms = [tuple(fold_finely(text).split())]
    if _JOINER in text:
        forms.append(tuple(fold_finely(text.replace(_JOINER, "")).split()))
    if not is_exact:
        forms += [_taken_apart(form) for form in forms]
    return tuple(Term(words=words, is_prefix=is_prefix, is_exact=is_exact) for words in dict.fromkeys(forms) if words)


def _taken_apart(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with Persian endings and verb prefixes as words of their own."""
    return tuple(part for word in words for part in _parts(word))


def _parts(word: str) -> tuple[str, ...]:
    if not _ARABIC.fullmatch(word):
        return (word,)
    found = _PERSIAN_ENDINGS.fullmatch(word) or _PERSIAN_VERB.fullmatch(word)
    return (found[1], found[2]) if found else (word,)
