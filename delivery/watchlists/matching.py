"""Many queries against one article at once.

All terms of all queries are one Aho-Corasick automaton that reads an article's folded words once. Of each query
the rarest set of patterns or facts without which it cannot hold is its key; only queries whose key was met are
judged. A query without a key (NOT iran, after:2026) is always judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ahocorasick_rs import AhoCorasick, Implementation

from delivery.watchlists.document import Document, Subject, document_of
from delivery.watchlists.forms import LONGEST_BEFORE, Joining, may_precede, pattern_of
from delivery.watchlists.hits import Hits, Span, is_near, near
from delivery.watchlists.query import And, Dated, Fact, FactKind, Near, Node, Not, Or, Query, Term, TextField, Words

Test: TypeAlias = Callable[[Hits], bool]
Key: TypeAlias = int | tuple[FactKind, str]  # number of a pattern, or a fact

#: Of one pattern no further ones count: only a page that means harm repeats a word so often.
_MOST_PLACES = 2_000
#: A fact is met by many articles: it is a key only where there is no word.
_COST_OF_FACT = {FactKind.OUTLET: 10.0, FactKind.COUNTRY: 20.0, FactKind.LANGUAGE: 40.0, FactKind.STORY: 80.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One query, ready to be judged."""

    name: int
    test: Test


class Matcher:
    """Queries by a number of the caller's, compiled; matching changes nothing in it."""

    def __init__(self, queries: Mapping[int, Query]) -> None:
        self._numbers: dict[tuple[str, Joining], int] = {}
        self._always: list[_Judged] = []
        self._keyed: dict[Key, list[_Judged]] = {}
        for name, query in queries.items():
            self._add(name, query.tree)
        self._joinings = [joining for _, joining in self._numbers]
        patterns = [pattern for pattern, _ in self._numbers]
        self._automaton = (
            AhoCorasick(patterns, implementation=Implementation.ContiguousNFA, store_patterns=False)
            if patterns
            else None
        )

    def _add(self, name: int, tree: Node) -> None:
        judged = _Judged(name=name, test=self._test(tree))
        key = self._key(tree)
        if key is None:
            self._always.append(judged)
            return
        for each in key[1]:
            self._keyed.setdefault(each, []).append(judged)

    # ------------------------------------------------------------------------------- matching

    def matching(self, subject: Subject) -> list[int]:
        """The numbers of all queries that an article answers, in order."""
        hits = self.hits(subject, document_of(subject))
        keyed = self._keyed
        candidates = {judged.name: judged for judged in self._always}
        met: tuple[Key, ...] = (*hits.places, *hits.facts)
        for key in met:
            for judged in keyed.get(key, ()):
                candidates[judged.name] = judged
        return sorted([judged.name for judged in candidates.values() if judged.test(hits)])

    def hits(self, subject: Subject, document: Document) -> Hits:
        """Where the patterns of all queries stand in an article."""
        places: dict[int, list[Span]] = {}
        found = self._automaton.find_matches_as_indexes(document.line, overlapping=True) if self._automaton else ()
        joinings = self._joinings
        for number, start, end in found:
            begin = start
            if joining := joinings[number]:
                begin = _begin(document.line, start, joining, subject.language)
                if begin < 0:
                    continue
            if number not in places:
                places[number] = [(begin, end)]
            elif len(places[number]) < _MOST_PLACES:
                places[number].append((begin, end))
        return Hits(document=document, places=places, facts=subject.facts(), at=subject.at)

    def holds(self, node: Node, hits: Hits) -> bool:
        """Whether a part of a query of this matcher holds."""
        return self._test(node)(hits)

    # ------------------------------------------------------------------------------ compiling

    def numbers(self, terms: Iterable[Term]) -> tuple[int, ...]:
        """The numbers of the patterns of terms."""
        found = (self._numbers.setdefault(pattern_of(term), len(self._numbers)) for term in terms)
        return tuple(dict.fromkeys(found))

    def _test(self, node: Node) -> Test:  # noqa: PLR0911 (one for each kind of node)
        match node:
            case Words():
                return self._words_test(node)
            case Near(parts=parts, distance=distance):
                given = [(self.numbers(each.terms), self.numbers(each.exceptions), each.within) for each in parts]
                return lambda hits: (
                    all(hits.has_any(part[0]) for part in given)
                    and is_near(hits.document, [hits.of(*part) for part in given], distance)
                )
            case Fact(kind=kind, value=value):
                fact = (kind, value)
                return lambda hits: fact in hits.facts
            case Dated(since=since, until=until):
                return lambda hits: (since is None or hits.at >= since) and (until is None or hits.at < until)
            case Not(part=part):
                test = self._test(part)
                return lambda hits: not test(hits)
            case And(parts=parts):
                tests = [self._test(part) for part in parts]
                return lambda hits: _all(tests, hits)
            case Or(parts=parts):
                return self._or_test(parts)

    def _words_test(self, words: Words) -> Test:
        numbers, exceptions, within = self.numbers(words.terms), self.numbers(words.exceptions), words.within
        if exceptions or within is not None:
            return lambda hits: hits.has_any(numbers) and bool(hits.of(numbers, exceptions, within))
        return _is_met(numbers)

    def _or_test(self, parts: tuple[Node, ...]) -> Test:
        """Plain words among the parts are looked up together."""
        plain = [part for part in parts if isinstance(part, Words) and part.within is None and not part.exceptions]
        tests = [self._test(part) for part in parts if part not in plain]
        if plain:
            tests.insert(0, _is_met(self.numbers(term for part in plain for term in part.terms)))
        return tests[0] if len(tests) == 1 else lambda hits: _any(tests, hits)

    def _key(self, node: Node) -> tuple[float, tuple[Key, ...]] | None:
        """What of a node must be met for it to hold, with how common that is; None where nothing must be."""
        match node:
            case Words(terms=terms):
                return sum(_commonness(term) for term in terms), self.numbers(terms)
            case Fact(kind=kind, value=value):
                return _COST_OF_FACT[kind], ((kind, value),)
            case And(parts=parts) | Near(parts=parts):
                keys = [key for part in parts if (key := self._key(part)) is not None]
                return min(keys, key=lambda key: key[0], default=None)
            case Or(parts=parts):
                keys = [key for part in parts if (key := self._key(part)) is not None]
                if len(keys) < len(parts):
                    return None
                return sum(key[0] for key in keys), tuple(dict.fromkeys(each for key in keys for each in key[1]))
            case _:
                return None


def _is_met(numbers: tuple[int, ...]) -> Test:
    if len(numbers) == 1:
        number = numbers[0]
        return lambda hits: number in hits.places
    return lambda hits: hits.has_any(numbers)


def _begin(line: str, start: int, joining: Joining, language: str | None) -> int:
    """Where the space before a word stands of which a pattern begins at `start`; -1 where its word is another one."""
    space = line.rfind(" ", max(0, start - LONGEST_BEFORE), start)
    return space if space >= 0 and line[space + 1 : start] in may_precede(joining, language) else -1


def _all(tests: list[Test], hits: Hits) -> bool:
    for test in tests:  # noqa: SIM110 (all() with a generator takes twice the time)
        if not test(hits):
            return False
    return True


def _any(tests: list[Test], hits: Hits) -> bool:
    for test in tests:  # noqa: SIM110 (as above)
        if test(hits):
            return True
    return False


def _commonness(term: Term) -> float:
    """A guess: long words and phrases are rare, prefixes less so."""
    rarest = max(len(word) for word in term.words) + 4 * (len(term.words) - 1) - 3 * term.is_prefix
    return 2.0 ** -max(rarest, 0)


def spans_of(
    query: Query, subject: Subject, document: Document, matcher: Matcher | None = None
) -> list[tuple[Span, TextField]]:
    """Where an article answers a query: the spans of all words, and near words, that count for it; in order.

    `matcher` is one of this query alone, for who asks of many articles. What stands under NOT counts for nothing.
    Empty where the article does not answer.
    """
    matcher = matcher or Matcher({0: query})
    hits = matcher.hits(subject, document)
    found = sorted(set(_counting(matcher, query.tree, hits)))
    return [(span, document.field_at(span[0])) for span in found]


def _counting(matcher: Matcher, node: Node, hits: Hits) -> list[Span]:
    """The spans by which a node holds; none where it does not."""
    match node:
        case Words(terms=terms, exceptions=exceptions, within=within):
            return hits.of(matcher.numbers(terms), matcher.numbers(exceptions), within)
        case Near(parts=parts, distance=distance):
            given = [hits.of(matcher.numbers(p.terms), matcher.numbers(p.exceptions), p.within) for p in parts]
            return near(hits.document, given, distance)
        case And(parts=parts):
            if not all(matcher.holds(part, hits) for part in parts):
                return []
            return [span for part in parts for span in _counting(matcher, part, hits)]
        case Or(parts=parts):
            return [span for part in parts for span in _counting(matcher, part, hits)]
        case _:
            return []
