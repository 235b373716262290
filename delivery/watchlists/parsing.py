"""Reads a query.

    query   = all { OR all }
    all     = part { [AND] part }
    part    = NOT part | -part | near
    near    = item { NEAR/n item }
    item    = word | prefix* | "phrase" | @entity | ( query ) | title:item | outlet:value | after:day | ...

NOT binds tighter than AND, AND tighter than OR; two parts side by side must both hold.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn

from delivery.watchlists.days import BadDay, day_span
from delivery.watchlists.entities import Entity
from delivery.watchlists.forms import terms_of
from delivery.watchlists.lexing import Kind, Token, tokens
from delivery.watchlists.query import (
    And,
    Dated,
    Fact,
    FactKind,
    Near,
    Node,
    Not,
    Or,
    Place,
    Query,
    QueryError,
    Remark,
    Term,
    TextField,
    Words,
)
from storage.folding import fold_finely

MAX_CHARS = 4_000
MAX_LEAVES = 400
MAX_DEPTH = 30
MAX_DISTANCE = 50
_TEXT_FIELDS = {
    "title": TextField.TITLE,
    "headline": TextField.TITLE,
    "author": TextField.AUTHOR,
    "byline": TextField.AUTHOR,
    "body": TextField.BODY,
}
_FACT_FIELDS = {
    "outlet": FactKind.OUTLET,
    "country": FactKind.COUNTRY,
    "lang": FactKind.LANGUAGE,
    "language": FactKind.LANGUAGE,
    "story": FactKind.STORY,
}
_DAY_FIELDS = ("after", "before", "date")
FIELDS = (*_TEXT_FIELDS, *_FACT_FIELDS, *_DAY_FIELDS)
_STARTS = frozenset({Kind.WORD, Kind.PHRASE, Kind.ENTITY, Kind.FIELD, Kind.OPEN, Kind.NOT})
_ITEM = 'a word, a "phrase", @entity, a field such as title: or ('
_WHAT_A_FIELD_TAKES = {
    FactKind.OUTLET: ("the key of an outlet, such as outlet:jpost", re.compile(r"[a-z0-9-]{1,80}")),
    FactKind.COUNTRY: ("a country by its two letters (ISO 3166-1), such as country:IL", re.compile(r"[A-Z]{2}")),
    FactKind.LANGUAGE: ("a language by its letters (ISO 639), such as lang:fa", re.compile(r"[a-z]{2,3}")),
    FactKind.STORY: ("story:origin or story:copy", re.compile(r"origin|copy")),
}
_SMALL_OPERATORS = {"and": "AND", "or": "OR", "not": "NOT", "near": "NEAR/5"}


def parse(text: str, entities: Mapping[str, Entity], outlets: Mapping[str, str] | None = None) -> Query:
    """Reads a query. `outlets` are names of outlets by key; an unknown one is then remarked upon.

    Raises QueryError, which tells the place and what was expected.
    """
    if len(text) > MAX_CHARS:
        place = Place(start=MAX_CHARS, end=len(text))
        raise QueryError(text, place, f"expected at most {MAX_CHARS:,} characters, there are {len(text):,}")
    return _Parser(text, list(tokens(text)), entities, outlets).query()


@dataclass
class _Parser:
    text: str
    tokens: list[Token]
    entities: Mapping[str, Entity]
    outlets: Mapping[str, str] | None
    at: int = 0
    depth: int = 0
    leaf_count: int = 0
    remarks: list[Remark] = field(default_factory=list)

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.now
        self.at += 1
        return token

    def fail(self, complaint: str, place: Place | None = None) -> NoReturn:
        raise QueryError(self.text, place or self.now.place, complaint)

    def query(self) -> Query:
        tree = self.either(self.item)
        if self.now.kind is Kind.CLOSE:
            self.fail("expected AND, OR or the end of the query: no parenthesis is open that this one could close")
        if self.now.kind is not Kind.END:
            self.fail(f"expected AND, OR or the end of the query, found {self.now.told()}")
        return Query(text=self.text, tree=tree, remarks=tuple(self.remarks))

    # ------------------------------------------------------------------------------ operators

    def either(self, item: Callable[[], Node]) -> Node:
        start = self.now.place.start
        parts = [self.all(item)]
        while self.now.kind is Kind.OR:
            self.take()
            parts.append(self.all(item))
        if len(parts) > 1 and any(isinstance(part, And) for part in parts):
            place = Place(start=start, end=self.tokens[self.at - 1].place.end)
            self.remarks.append(
                Remark(sentence="AND is read before OR here; parentheses make plain what is meant", place=place)
            )
        return parts[0] if len(parts) == 1 else Or(parts=tuple(parts))

    def all(self, item: Callable[[], Node]) -> Node:
        parts = [self.part(item)]
        while self.now.kind is Kind.AND or self.now.kind in _STARTS:
            if self.now.kind is Kind.AND:
                self.take()
            parts.append(self.part(item))
        return parts[0] if len(parts) == 1 else And(parts=_flat(parts))

    def part(self, item: Callable[[], Node]) -> Node:
        negations = 0
        while self.now.kind is Kind.NOT:
            self.take()
            negations += 1
        node = self.near(item)
        return Not(part=node) if negations % 2 else node

    def near(self, item: Callable[[], Node]) -> Node:
        start = self.now.place.start
        parts = [item()]
        distance = 0
        while self.now.kind is Kind.NEAR:
            operator = self.take()
            given = int(operator.text) if len(operator.text) < len(str(MAX_DISTANCE)) + 1 else MAX_DISTANCE + 1
            if not 0 < given <= MAX_DISTANCE:
                self.fail(f"expected 1 to {MAX_DISTANCE} words after NEAR/", operator.place)
            if distance and given != distance:
                self.fail(f"expected NEAR/{distance} as before: one chain has one distance", operator.place)
            distance = given
            parts.append(item())
        if len(parts) == 1:
            return parts[0]
        place = Place(start=start, end=self.tokens[self.at - 1].place.end)
        words = tuple(self.near_part(part, place) for part in parts)
        if len({each.within for each in words}) > 1:
            self.fail("expected the same field on both sides of NEAR, such as title:(iran NEAR/5 oil)", place)
        return Near(parts=words, distance=distance, place=place)

    def near_part(self, node: Node, place: Place) -> Words:
        if isinstance(node, Words):
            return node
        if isinstance(node, Or) and all(isinstance(part, Words) for part in node.parts):
            parts = [part for part in node.parts if isinstance(part, Words)]
            if len({each.within for each in parts}) == 1:
                return replace(
                    parts[0],
                    terms=tuple(dict.fromkeys(term for each in parts for term in each.terms)),
                    exceptions=tuple(dict.fromkeys(term for each in parts for term in each.exceptions)),
                    label=" OR ".join(each.label for each in parts),
                )
        return self.fail("expected words, phrases or entities on both sides of NEAR, joined by OR at most", place)

    # ---------------------------------------------------------------------------------- items

    def item(self) -> Node:
        return self.text_item(None)

    def text_item(self, within: TextField | None) -> Node:
        token = self.now
        match token.kind:
            case Kind.WORD:
                return self.word(self.take(), within)
            case Kind.PHRASE:
                return self.phrase(self.take(), within)
            case Kind.ENTITY:
                return self.entity(self.take(), within)
            case Kind.OPEN:
                return self.group(lambda: self.text_item(within))
            case Kind.FIELD:
                return self.of_field(within)
        return self.fail(f"expected {_ITEM}, found {token.told()}{self.still_open()}")

    def group(self, item: Callable[[], Node]) -> Node:
        opened = self.take()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"expected at most {MAX_DEPTH} parentheses in one another", opened.place)
        node = self.either(item)
        if self.now.kind is not Kind.CLOSE:
            self.fail(
                f"expected ) for the parenthesis that opens at character {opened.place.start + 1}, "
                f"found {self.now.told()}"
            )
        self.take()
        self.depth -= 1
        return node

    def still_open(self) -> str:
        opened = []
        for token in self.tokens[: self.at]:
            if token.kind is Kind.OPEN:
                opened.append(token.place.start + 1)
            elif token.kind is Kind.CLOSE and opened:
                opened.pop()
        return f"; the parenthesis that opens at character {opened[-1]} is not closed" if opened else ""

    def word(self, token: Token, within: TextField | None) -> Words:
        stem = token.text.rstrip("*")
        is_prefix = stem != token.text
        if "*" in stem:
            self.fail('expected * only at the end of a word: it stands for "goes on as it likes"', token.place)
        terms = terms_of(stem, is_prefix=is_prefix)
        if not terms:
            self.fail(f"expected a word, found {token.told()}, which has no letters or digits", token.place)
        if token.text in _SMALL_OPERATORS:
            self.remarks.append(
                Remark(
                    sentence=f'"{token.text}" is read as a word; the operator is {_SMALL_OPERATORS[token.text]}',
                    place=token.place,
                )
            )
        return self.words(terms, token, within)

    def phrase(self, token: Token, within: TextField | None) -> Words:
        is_prefix = token.text.endswith("*")
        inner = token.text.rstrip("*")
        is_one_word = len(fold_finely(inner).split()) == 1
        terms = terms_of(inner, is_prefix=is_prefix, is_exact=is_one_word)
        if not terms:
            self.fail("expected words between the quotation marks", token.place)
        return self.words(terms, token, within)

    def entity(self, token: Token, within: TextField | None) -> Words:
        key = token.text.lower()
        known = self.entities.get(key)
        if known is None:
            close = difflib.get_close_matches(key, self.entities, n=3, cutoff=0.6)
            hint = " or ".join(f"@{each}" for each in close) or "one that `presswatch watchlists entities` lists"
            self.fail(f"expected a known entity, such as {hint}; there is no @{token.text}", token.place)
        return replace(self.words(known.terms(), token, within), exceptions=known.excepted(), label=f"@{key}")

    def words(self, terms: tuple[Term, ...], token: Token, within: TextField | None) -> Words:
        self.count_leaf(token.place)
        return Words(terms=terms, within=within, label=token.text, place=token.place)

    def count_leaf(self, place: Place) -> None:
        self.leaf_count += 1
        if self.leaf_count > MAX_LEAVES:
            self.fail(f"expected at most {MAX_LEAVES} words, phrases and fields", place)

    # --------------------------------------------------------------------------------- fields

    def of_field(self, within: TextField | None) -> Node:
        token = self.take()
        name = token.text
        if within is not None:
            self.fail(f"expected no other field within {within.value}:", token.place)
        if self.now.place.start != token.place.end or self.now.kind is Kind.END:
            self.fail(f"expected something right after {name}:, without a space", token.place)
        if name in _TEXT_FIELDS:
            return self.text_item(_TEXT_FIELDS[name])
        if name in _FACT_FIELDS:
            kind = _FACT_FIELDS[name]
            if self.now.kind is Kind.OPEN:
                return self.group(lambda: self.fact(kind))
            return self.fact(kind)
        if name in _DAY_FIELDS:
            return self.dated(name)
        close = difflib.get_close_matches(name, FIELDS, n=1)
        hint = f"{close[0]}:" if close else "one of " + ", ".join(f"{each}:" for each in FIELDS)
        return self.fail(
            f"expected a field, {hint}; there is no {name}: (put words with a colon between quotation marks)",
            token.place,
        )

    def fact(self, kind: FactKind) -> Fact:
        token = self.now
        what, pattern = _WHAT_A_FIELD_TAKES[kind]
        if token.kind not in (Kind.WORD, Kind.PHRASE):
            self.fail(f"expected {what}, found {token.told()}{self.still_open()}")
        self.take()
        self.count_leaf(token.place)
        value = token.text.upper() if kind is FactKind.COUNTRY else token.text.lower()
        if kind is FactKind.OUTLET:
            value = self.outlet(token, value)
        value = {"iw": "he"}.get(value, value) if kind is FactKind.LANGUAGE else value
        if not pattern.fullmatch(value):
            self.fail(f"expected {what}, found {token.told()}", token.place)
        return Fact(kind=kind, value=value, place=token.place)

    def outlet(self, token: Token, value: str) -> str:
        if self.outlets is None or value in self.outlets:
            return value
        asked = fold_finely(token.text)
        named = [key for key, name in self.outlets.items() if fold_finely(name) == asked]
        if named:
            return named[0]
        close = difflib.get_close_matches(value, self.outlets, n=1)
        hint = f"; there is {close[0]}" if close else "; `presswatch outlets list` shows those there are"
        self.remarks.append(Remark(sentence=f'no outlet has the key "{token.text}"{hint}', place=token.place))
        return value

    def dated(self, name: str) -> Dated:
        token = self.take()
        self.count_leaf(token.place)
        try:
            since, until = day_span(token.text, is_range=name == "date")
        except BadDay as error:
            self.fail(f"expected {error}, found {token.told()}", token.place)
        if name == "before":
            return Dated(until=since, place=token.place)
        return Dated(since=since, until=None if name == "after" else until, place=token.place)


def _flat(parts: list[Node]) -> tuple[Node, ...]:
    """The parts, those of an AND within among them."""
    return tuple(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
