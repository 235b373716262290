"""A query's text in, its tokens out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from delivery.watchlists.query import Place, QueryError


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    PHRASE = "phrase"
    ENTITY = "entity"
    FIELD = "field"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    OPEN = "("
    CLOSE = ")"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token; `text` is what counts of it: a phrase without its quotes, an entity without its @."""

    kind: Kind
    text: str
    place: Place

    def told(self) -> str:
        """What stands here, for a person."""
        return "the end of the query" if self.kind is Kind.END else f'"{self.text}"'


#: Quotation marks that open, with those that close.
_QUOTES = {'"': '"”“„', "“": '”"“', "„": '“”"', "«": "»", "»": "«", "”": '”"', "״": "״"}
_OPENING = re.escape("".join(_QUOTES))
#: Between two Hebrew letters the mark belongs to an abbreviation, such as צה״ל.
_WITHIN_HEBREW = re.compile('(?<=[\u05d0-\u05ea])["״”](?=[\u05d0-\u05ea])')
_BARE = re.compile(rf'(?:(?<=[\u05d0-\u05ea])["״”](?=[\u05d0-\u05ea])|[^\s(){_OPENING}])+')
_FIELD = re.compile(r"([A-Za-z]+):")
_OPERATORS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}
_NEAR = re.compile(r"NEAR/(\d+)")


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query, an END last. Raises QueryError for a quotation mark that is not closed."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _token(text, at)
        yield token
        at = token.place.end
    yield Token(kind=Kind.END, text="", place=Place(start=len(text), end=len(text)))


def _token(text: str, at: int) -> Token:
    """The token that begins at a character that is no white space."""
    character = text[at]
    if character in "()":
        return _made(Kind.OPEN if character == "(" else Kind.CLOSE, character, at, at + 1)
    if character in _QUOTES:
        return _phrase(text, at)
    if character == "-" and at + 1 < len(text) and not text[at + 1].isspace():
        return _made(Kind.NOT, "-", at, at + 1)
    if found := _FIELD.match(text, at):
        return _made(Kind.FIELD, found[1].lower(), at, found.end())
    bare = _BARE.match(text, at)
    return _bare(text, bare[0] if bare else character, at)


def _bare(text: str, word: str, at: int) -> Token:
    """The token of a word that stands without quotation marks: an operator, an entity or just a word."""
    end = at + len(word)
    if word in _OPERATORS:
        return _made(_OPERATORS[word], word, at, end)
    if word == "NEAR" or word.startswith("NEAR/"):
        near = _NEAR.fullmatch(word)
        if near is None:
            raise QueryError(text, Place(start=at, end=end), "expected a number of words after NEAR, such as NEAR/5")
        return _made(Kind.NEAR, near[1], at, end)
    if word[0] == "@":
        return _made(Kind.ENTITY, word[1:].rstrip(".,;"), at, end)
    return _made(Kind.WORD, word, at, end)


def _phrase(text: str, at: int) -> Token:
    closing = _QUOTES[text[at]]
    for end in range(at + 1, len(text)):
        if text[end] in closing and not _WITHIN_HEBREW.match(text, end):
            return _made(Kind.PHRASE, text[at + 1 : end], at, end + 1)
    raise QueryError(text, Place(start=at, end=at + 1), f"expected {closing[0]} to close the quotation that opens here")


def _made(kind: Kind, text: str, start: int, end: int) -> Token:
    return Token(kind=kind, text=text, place=Place(start=start, end=end))
