"""A query, read: what its parts are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class TextField(StrEnum):
    """Where in an article words are looked for."""

    TITLE = "title"
    AUTHOR = "author"
    BODY = "body"


class FactKind(StrEnum):
    """What may be asked of an article besides its words."""

    OUTLET = "outlet"  # key of an outlet
    COUNTRY = "country"  # of the outlet, ISO 3166-1 alpha-2
    LANGUAGE = "lang"  # of the article, ISO 639-1
    STORY = "story"  # "origin" or "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the text of a query a part stands: characters from `start` up to `end`, counted from 0."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Folded words (`storage.folding.fold_finely`) that stand side by side."""

    words: tuple[str, ...]
    is_prefix: bool = False  # the last word may go on
    is_exact: bool = True  # nothing may be written together with the first word (و, ب, ל, ה, ...)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Holds where one of the terms stands, and not as part of one of the exceptions."""

    terms: tuple[Term, ...]
    exceptions: tuple[Term, ...] = ()
    within: TextField | None = None  # None: anywhere
    label: str = field(compare=False)  # as the analyst wrote it
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Holds where all parts stand in one field with at most `distance` words between each and the next."""

    parts: tuple[Words, ...]
    distance: int
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Holds for articles of which this is so."""

    kind: FactKind
    value: str
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Holds for articles published in this time (first seen, where no date is known)."""

    since: datetime | None = None  # at or after
    until: datetime | None = None  # before
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """All of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """At least one of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold."""

    part: Node


Leaf: TypeAlias = Words | Near | Fact | Dated
Node: TypeAlias = Leaf | And | Or | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that an analyst should know of a query that can be read."""

    sentence: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that can be read."""

    text: str
    tree: Node
    remarks: tuple[Remark, ...] = ()  # of how it was read


class QueryError(ValueError):
    """A query cannot be read. Tells where, what was expected, and what stands there."""

    def __init__(self, text: str, place: Place, complaint: str) -> None:
        self.text = text
        self.place = place
        self.complaint = complaint
        super().__init__(f"at character {place.start + 1}: {complaint}")

    def shown(self) -> str:
        """The error with the query and a mark under its place, for a screen of fixed width."""
        line = " ".join(self.text.splitlines())
        width = max(1, min(self.place.end, len(line)) - self.place.start)
        return f"{self}\n  {line}\n  {' ' * self.place.start}{'^' * width}"


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves of a tree, from left to right."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from leaves(part)
        case Not(part=part):
            yield from leaves(part)
        case _:
            yield node
