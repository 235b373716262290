"""What PostgreSQL's full-text search is asked. Pure.

https://www.postgresql.org/docs/current/datatype-textsearch.html
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from storage.records import (
    Wanted,
    WantedAll,
    WantedAny,
    WantedFact,
    WantedField,
    WantedNear,
    WantedNot,
    WantedPhrase,
)
from storage.search.facts import EVERY, NONE
from storage.search.tsvector import MAX_WORD_CHARS

_WEIGHTS = {WantedField.TITLE: "A", WantedField.AUTHORS: "B", WantedField.BODY: "C"}


def tsquery(wanted: Wanted) -> str:
    """The text of a tsquery."""
    match wanted:
        case WantedPhrase():
            return _chain([(1, wanted)])
        case WantedNear(left=left, right=right, distance=distance):
            chains = (
                _chain([(1, first), (gap, second)])
                for one, other in product(left, right)
                for first, second in ((one, other), (other, one))
                for gap in range(1, distance + 2)
            )
            return _joined(" | ", chains)
        case WantedFact(names=names):
            return _joined(" | ", (f"'{name}'" for name in names or (NONE,)))
        case WantedAny(parts=parts):
            return _joined(" | ", map(tsquery, parts))
        case WantedAll(parts=parts):
            return _joined(" & ", map(tsquery, parts))
        case WantedNot(part=part):
            return f"('{EVERY}' & !{tsquery(part)})"


def blocks_query(bits: int, first: int, last: int) -> str:
    """Articles of these blocks."""
    return _joined(" | ", (f"'block:{bits}:{number}'" for number in range(first, last + 1)))


def asks_for_places(wanted: Wanted) -> bool:
    """Whether the index alone cannot tell."""
    match wanted:
        case WantedPhrase(words=words, within=within):
            return len(words) > 1 or within is not None
        case WantedNear():
            return True
        case WantedAny(parts=parts) | WantedAll(parts=parts):
            return any(map(asks_for_places, parts))
        case WantedNot(part=part):
            return asks_for_places(part)
        case WantedFact():
            return False


def words_query(wanted: Wanted) -> str | None:
    """The words that an article is ranked by; None where there are none. Without facts and what must be lacking."""
    phrases = list(_phrases(wanted))
    return _joined(" | ", map(tsquery, phrases)) if phrases else None


def _phrases(wanted: Wanted) -> Iterator[WantedPhrase]:
    match wanted:
        case WantedPhrase():
            yield wanted
        case WantedNear(left=left, right=right):
            yield from (*left, *right)
        case WantedAny(parts=parts) | WantedAll(parts=parts):
            for part in parts:
                yield from _phrases(part)
        case _:
            return


def _chain(parts: list[tuple[int, WantedPhrase]]) -> str:
    """Phrases one after the other, each so far from the last word of the one before."""
    written = ""
    for gap, phrase in parts:
        weight = _WEIGHTS[phrase.within] if phrase.within else ""
        for number, word in enumerate(phrase.words):
            is_open = phrase.is_prefix and number == len(phrase.words) - 1
            label = ("*" if is_open else "") + weight
            distance = gap if number == 0 else 1
            written += (
                (f" <{distance}> " if written else "") + f"'{word[:MAX_WORD_CHARS]}'" + (":" + label if label else "")
            )
    return f"({written})"


def _joined(operator: str, parts: Iterator[str] | map[str]) -> str:
    return f"({operator.join(parts)})"
