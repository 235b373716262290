"""What an analyst should know of a query before it is saved: that it can match everything, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import permutations, product
from typing import TypeAlias

from delivery.watchlists.query import (
    And,
    Dated,
    Fact,
    FactKind,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Place,
    Query,
    Remark,
    Term,
    Words,
    leaves,
)

Truth: TypeAlias = Mapping[Leaf, bool]
#: So many different leaves are tried in all combinations; a query with more is judged by its parts.
_MOST_LEAVES = 10
#: In longer ones nothing is looked for that contradicts itself: it would take too long.
_MOST_COMPARED = 60
#: A shorter prefix begins words of nearly every article.
_LEAST_PREFIX = 2
_NOTHING = "this can match nothing"
#: Of these, an article has one value.
_SINGLE = frozenset({FactKind.OUTLET, FactKind.COUNTRY, FactKind.LANGUAGE, FactKind.STORY})


def remarks_on(query: Query, now: datetime) -> list[Remark]:
    """How a query was read, and whether it can match everything or nothing."""
    found = [*query.remarks, *_short_prefixes(query.tree), *_past(query.tree, now)]
    return found + _extremes(query)


def _short_prefixes(tree: Node) -> Iterable[Remark]:
    for words in _all_words(tree):
        if any(term.is_prefix and len("".join(term.words)) < _LEAST_PREFIX for term in words.terms):
            sentence = f'"{words.label}" begins words of nearly every article; write more letters before the *'
            yield Remark(sentence=sentence, place=words.place)


def _past(tree: Node, now: datetime) -> Iterable[Remark]:
    for leaf in leaves(tree):
        if isinstance(leaf, Dated) and leaf.until is not None and leaf.until <= now:
            yield Remark(
                sentence="this time is over: no new article is of it, unless a backfill finds one", place=leaf.place
            )


def _extremes(query: Query) -> list[Remark]:
    whole = Place(start=0, end=len(query.text))
    different = list(dict.fromkeys(leaves(query.tree)))
    if len(different) > _MOST_LEAVES:
        return _extremes_of_parts(query)
    implied = [(one, other) for one, other in permutations(different, 2) if _implies(one, other)]
    worlds = [world for world in _worlds(different) if _is_possible(world, implied)]
    holds = [_holds(query.tree, world.__getitem__) for world in worlds]
    if not any(holds):
        sentence = f"{_NOTHING}: what it asks for can never be so of one article"
        return [Remark(sentence=sentence, place=whole)]
    if all(holds):
        return [Remark(sentence="this matches every article", place=whole)]
    if _holds(query.tree, dict.fromkeys(different, False).__getitem__):
        sentence = "this matches every article but those that it excludes; add what must stand in it"
        return [Remark(sentence=sentence, place=whole)]
    return []


def _extremes_of_parts(query: Query) -> list[Remark]:
    """Of a query too long to be tried whole: what cannot be so together in an AND is looked for among its parts that
    speak of the same; each part of an OR is judged alone, and matches all that it matches.
    """
    tree = query.tree
    if sum(1 for _ in leaves(tree)) > _MOST_COMPARED:
        return []
    if isinstance(tree, And):
        related = [one for one in tree.parts if any(one is not other and _touch(one, other) for other in tree.parts)]
        parts: list[Node] = [And(parts=tuple(related))] if related else []
    else:
        parts = list(tree.parts) if isinstance(tree, Or) else []
    for part in parts:
        if len(set(leaves(part))) <= _MOST_LEAVES:
            for remark in _extremes(Query(text=query.text, tree=part)):
                if remark.sentence.startswith(_NOTHING) == isinstance(tree, And):
                    return [remark]
    return []


def _touch(one: Node, other: Node) -> bool:
    """Whether two parts speak of the same words, or of the same kind of fact."""
    return any(
        _implies(a, b) or _implies(b, a) or a == b or _same_kind(a, b) for a in leaves(one) for b in leaves(other)
    )


def _same_kind(one: Leaf, other: Leaf) -> bool:
    if isinstance(one, Fact) and isinstance(other, Fact):
        return one.kind is other.kind
    return isinstance(one, Dated) and isinstance(other, Dated)


def _worlds(different: list[Leaf]) -> Iterable[dict[Leaf, bool]]:
    for values in product((False, True), repeat=len(different)):
        yield dict(zip(different, values, strict=True))


def _is_possible(world: Truth, implied: Iterable[tuple[Leaf, Leaf]]) -> bool:
    """Whether one article can be so: it has one outlet, one date, and a word where it has the phrase with it."""
    facts = [leaf for leaf, is_so in world.items() if is_so and isinstance(leaf, Fact) and leaf.kind in _SINGLE]
    if len({fact.kind for fact in facts}) < len(facts):
        return False
    if any(world[one] and not world[other] for one, other in implied):
        return False
    return _has_possible_date(world)


def _has_possible_date(world: Truth) -> bool:
    """Whether there is a moment at which all dates asked for are as this world has them."""
    dated = [leaf for leaf in world if isinstance(leaf, Dated)]
    if not dated:
        return True
    edges = {edge for leaf in dated for edge in (leaf.since, leaf.until) if edge is not None}
    moments = [datetime(1, 1, 1, tzinfo=UTC), *edges]  # between two edges nothing changes
    return any(all(_is_within(leaf, moment) == world[leaf] for leaf in dated) for moment in moments)


def _is_within(leaf: Dated, moment: datetime) -> bool:
    return (leaf.since is None or moment >= leaf.since) and (leaf.until is None or moment < leaf.until)


def _implies(one: Leaf, other: Leaf) -> bool:
    """Whether an article of which `one` is so must be one of which `other` is: iran and iran*, "oil price" and oil."""
    if isinstance(one, Near) and isinstance(other, Words):
        return any(_implies(part, other) for part in one.parts)
    if not isinstance(one, Words) or not isinstance(other, Words) or other.exceptions:
        return False
    if other.within not in (None, one.within):
        return False
    return all(any(_is_in(found, term) for found in other.terms) for term in one.terms)


def _is_in(found: Term, term: Term) -> bool:
    """Whether a text that has `term` surely has `found`."""
    if found.is_exact and not term.is_exact:
        return False
    for at in range(len(term.words) - len(found.words) + 1):
        window = term.words[at : at + len(found.words)]
        is_last_open = term.is_prefix and at + len(found.words) == len(term.words)
        if window[:-1] != found.words[:-1]:
            continue
        if window[-1].startswith(found.words[-1]) if found.is_prefix else window == found.words and not is_last_open:
            return True
    return False


def _holds(node: Node, is_so: Callable[[Leaf], bool]) -> bool:
    match node:
        case And(parts=parts):
            return all(_holds(part, is_so) for part in parts)
        case Or(parts=parts):
            return any(_holds(part, is_so) for part in parts)
        case Not(part=part):
            return not _holds(part, is_so)
        case _:
            return is_so(node)


def _all_words(tree: Node) -> Iterable[Words]:
    for leaf in leaves(tree):
        if isinstance(leaf, Words):
            yield leaf
        elif isinstance(leaf, Near):
            yield from leaf.parts
