"""What SQLite's FTS5 is asked. Pure.

The index has the columns title, authors, body and facts. https://www.sqlite.org/fts5.html#full_text_query_syntax
"""

from __future__ import annotations

from itertools import product

from storage.records import (
    Wanted,
    WantedAll,
    WantedAny,
    WantedFact,
    WantedNear,
    WantedNot,
    WantedPhrase,
)
from storage.search.facts import EVERY, NONE


def fts5_query(wanted: Wanted) -> str:
    """The right side of MATCH."""
    match wanted:
        case WantedPhrase():
            return _within(wanted, _phrase(wanted))
        case WantedNear(left=left, right=right, distance=distance):
            pairs = [
                _within(one, f"NEAR({_phrase(one)} {_phrase(other)}, {distance})")
                for one, other in product(left, right)
            ]
            return _joined(" OR ", pairs)
        case WantedFact(names=names):
            return "facts : " + _joined(" OR ", [f'"{name}"' for name in names or (NONE,)])
        case WantedAny(parts=parts):
            return _joined(" OR ", [fts5_query(part) for part in parts])
        case WantedAll(parts=parts):
            return _all(parts)
        case WantedNot():
            return _all((wanted,))


def _all(parts: tuple[Wanted, ...]) -> str:
    """FTS5 knows no NOT but that of a difference."""
    asked = [fts5_query(part) for part in parts if not isinstance(part, WantedNot)]
    lacking = [fts5_query(part.part) for part in parts if isinstance(part, WantedNot)]
    positive = _joined(" AND ", asked or [f'facts : "{EVERY}"'])
    return f"({positive} NOT {_joined(' OR ', lacking)})" if lacking else positive


def _joined(operator: str, parts: list[str]) -> str:
    return f"({operator.join(parts)})"


def _phrase(phrase: WantedPhrase) -> str:
    return '"' + " ".join(phrase.words) + '"' + (" *" if phrase.is_prefix else "")


def _within(phrase: WantedPhrase, query: str) -> str:
    return f"{phrase.within.value} : {query}" if phrase.within else query
