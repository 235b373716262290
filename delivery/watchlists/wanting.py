"""From a query to what full-text search can be asked: all of it where possible, else more than answers, never less.

What search cannot tell are exceptions of entities, stories, dates within OR and NOT, some long NEARs, and what is too
deep or too much for a database to read; of these `Asked.is_exact` is false, and what is found is to be held against the
query itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

from delivery.watchlists.forms import Joining, may_precede, pattern_of
from delivery.watchlists.query import And, Dated, Fact, FactKind, Near, Node, Not, Or, Term, TextField, Words
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
from storage.search.facts import language_fact, outlet_fact

OutletsIn: TypeAlias = Callable[[str], Sequence[str]]

_FIELDS = {TextField.TITLE: WantedField.TITLE, TextField.AUTHOR: WantedField.AUTHORS, TextField.BODY: WantedField.BODY}
#: Languages in which something may be written together with a word of that kind; None: not known.
_JOINED_IN: dict[Joining, tuple[str | None, ...]] = {
    Joining.ARABIC: ("ar", None),
    Joining.ARABIC_ARTICLE: ("ar", None),
    Joining.HEBREW: ("he", None),
}
_NO_SUCH_LANGUAGE = "-"
#: Of pairs times distances; a NEAR with more is held against the query itself.
_MOST_CHAINS = 300
#: Operators in one another: FTS5 reads with a stack of 100, of which each takes up to four.
MOST_DEPTH = 18
#: PostgreSQL takes a megabyte of words.
MOST_PHRASES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What search is asked for a query."""

    wanted: Wanted | None  # None: anything may answer
    since: datetime | None = None  # published then, or later
    until: datetime | None = None  # before
    is_exact: bool  # whether all that is found answers


@dataclass(frozen=True, slots=True)
class _Part:
    wanted: Wanted | None
    is_exact: bool


_UNKNOWN = _Part(None, is_exact=False)


def asked_of(tree: Node, outlets_in: OutletsIn | None = None) -> Asked:
    """What search is asked for a query; `outlets_in` tells the outlets of a country, without it that is not asked."""
    parts = tree.parts if isinstance(tree, And) else (tree,)
    dated = [part for part in parts if isinstance(part, Dated)]
    others = [_part(part, outlets_in) for part in parts if not isinstance(part, Dated)]
    all_of_them = _readable(others)
    return Asked(
        wanted=all_of_them.wanted,
        since=max((part.since for part in dated if part.since), default=None),
        until=min((part.until for part in dated if part.until), default=None),
        is_exact=all_of_them.is_exact,
    )


def _readable(parts: Sequence[_Part]) -> _Part:
    """All parts, but for those that would make the whole too long to be read."""
    kept, size = [], 0
    for part in parts:
        added = _size(part.wanted)
        is_kept = size + added <= MOST_PHRASES
        kept.append(part if is_kept else _UNKNOWN)
        size += added if is_kept else 0
    return _all(kept)


def _size(wanted: Wanted | None) -> int:
    """How many phrases it is written out as."""
    match wanted:
        case WantedNear(left=left, right=right, distance=distance):
            return 4 * len(left) * len(right) * (distance + 1)
        case WantedAny(parts=parts) | WantedAll(parts=parts):
            return sum(map(_size, parts))
        case WantedNot(part=part):
            return _size(part)
        case _:
            return 1


def _parts(nodes: Sequence[Node], outlets_in: OutletsIn | None, depth: int) -> list[_Part]:
    """What is within an operator."""
    return [_part(node, outlets_in, depth + 1) if depth < MOST_DEPTH else _UNKNOWN for node in nodes]


def _part(node: Node, outlets_in: OutletsIn | None, depth: int = 1) -> _Part:  # noqa: PLR0911 (each kind of node)
    match node:
        case Words(terms=terms, exceptions=exceptions, within=within):
            return _Part(_any(_in_all_forms(term, within) for term in terms), is_exact=not exceptions)
        case Near():
            return _near(node)
        case Fact(kind=kind, value=value):
            return _fact(kind, value, outlets_in)
        case And(parts=parts):
            return _all(_parts(parts, outlets_in, depth))
        case Or(parts=parts):
            known = _parts(parts, outlets_in, depth)
            if any(part.wanted is None for part in known):
                return _UNKNOWN
            return _Part(_any(p.wanted for p in known if p.wanted), is_exact=all(p.is_exact for p in known))
        case Not(part=inner):
            [lacking] = _parts([inner], outlets_in, depth)
            if lacking.wanted is None or not lacking.is_exact:
                return _UNKNOWN
            return _Part(WantedNot(part=lacking.wanted), is_exact=True)
        case Dated():
            return _UNKNOWN


def _all(parts: Sequence[_Part]) -> _Part:
    known = tuple(dict.fromkeys(part.wanted for part in parts if part.wanted is not None))
    wanted = None if not known else known[0] if len(known) == 1 else WantedAll(parts=known)
    return _Part(wanted, is_exact=all(part.is_exact for part in parts))


def _any(parts: Iterable[Wanted]) -> Wanted:
    found = tuple(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else WantedAny(parts=found)


def _fact(kind: FactKind, value: str, outlets_in: OutletsIn | None) -> _Part:
    match kind:
        case FactKind.OUTLET:
            return _Part(WantedFact(names=(outlet_fact(value),)), is_exact=True)
        case FactKind.LANGUAGE:
            return _Part(WantedFact(names=(language_fact(value),)), is_exact=True)
        case FactKind.COUNTRY if outlets_in is not None:
            return _Part(WantedFact(names=tuple(outlet_fact(key) for key in outlets_in(value))), is_exact=True)
        case _:
            return _UNKNOWN


# ------------------------------------------------------------------------------------- words


def _in_all_forms(term: Term, within: TextField | None) -> Wanted:
    """A term alone, or with what its language writes together with it."""
    alone, joined, joining = _forms(term, within)
    if not joined:
        return _any(alone)
    languages = WantedFact(names=tuple(language_fact(each) for each in _JOINED_IN[joining]))
    return WantedAny(parts=(*alone, WantedAll(parts=(_any(joined), languages))))


def _forms(term: Term, within: TextField | None) -> tuple[list[WantedPhrase], list[WantedPhrase], Joining]:
    """A term as any language has it, as only some do, and what may be joined to it."""
    pattern, joining = pattern_of(term)
    if joining is Joining.NOTHING:
        return [_phrase(term.words, term, within)], [], joining
    first, *rest = pattern.split()
    alone = may_precede(joining, _NO_SUCH_LANGUAGE)
    joined = may_precede(joining, None) - alone
    return (
        [_phrase((before + first, *rest), term, within) for before in sorted(alone)],
        [_phrase((before + first, *rest), term, within) for before in sorted(joined)],
        joining,
    )


def _phrase(words: tuple[str, ...], term: Term, within: TextField | None) -> WantedPhrase:
    return WantedPhrase(words=words, is_prefix=term.is_prefix, within=_FIELDS[within] if within else None)


def _near(node: Near) -> _Part:
    """Pairs of neighbours; a chain of more is not told by its pairs alone."""
    forms = [_near_forms(part) for part in node.parts]
    pairs = [_pair(one, other, node.distance) for one, other in pairwise(forms)]
    plain = all(not any(joined for _, joined, _ in _term_forms(part)) and not part.exceptions for part in node.parts)
    is_exact = len(pairs) == 1 and isinstance(pairs[0], WantedNear) and plain
    return _Part(pairs[0] if len(pairs) == 1 else WantedAll(parts=tuple(pairs)), is_exact=is_exact)


def _pair(left: tuple[WantedPhrase, ...], right: tuple[WantedPhrase, ...], distance: int) -> Wanted:
    if len(left) * len(right) * (distance + 1) > _MOST_CHAINS or any(_may_overlap(a, b) for a in left for b in right):
        return WantedAll(parts=(_any(left), _any(right)))
    return WantedNear(left=left, right=right, distance=distance)


def _near_forms(words: Words) -> tuple[WantedPhrase, ...]:
    return tuple(dict.fromkeys(form for alone, joined, _ in _term_forms(words) for form in (*alone, *joined)))


def _term_forms(words: Words) -> list[tuple[list[WantedPhrase], list[WantedPhrase], Joining]]:
    return [_forms(term, words.within) for term in words.terms]


def _may_overlap(one: WantedPhrase, other: WantedPhrase) -> bool:
    """Whether a word of the text may belong to both, which the databases do not take for near."""
    return any(_same(a, one_open, b, other_open) for a, one_open in _ends(one) for b, other_open in _ends(other))


def _ends(phrase: WantedPhrase) -> list[tuple[str, bool]]:
    last = len(phrase.words) - 1
    return [(word, phrase.is_prefix and place == last) for place, word in enumerate(phrase.words)]


def _same(one: str, is_open: bool, other: str, is_other_open: bool) -> bool:
    return one == other or (is_open and other.startswith(one)) or (is_other_open and one.startswith(other))
