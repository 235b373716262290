"""What is searched for: a query's text, and filters that were chosen beside it, as one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from delivery.watchlists.query import And, Dated, Fact, FactKind, Node, Place, Query

_NOWHERE = Place(start=0, end=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is chosen beside a query; None and empty mean any."""

    outlet: str | None = None  # key
    language: str | None = None  # ISO 639-1
    country: str | None = None  # ISO 3166-1 alpha-2
    since: datetime | None = None  # published (first seen, where no date is known) at or after
    until: datetime | None = None  # before
    found_since: datetime | None = None  # first seen at or after
    found_until: datetime | None = None  # before
    is_news: bool = False  # without what backfills brought of long ago

    def nodes(self) -> list[Node]:
        """Those that a query can say, but for the time."""
        chosen = ((FactKind.OUTLET, self.outlet), (FactKind.LANGUAGE, self.language), (FactKind.COUNTRY, self.country))
        return [Fact(kind=kind, value=value, place=_NOWHERE) for kind, value in chosen if value]


def narrowed(query: Query | None, filters: Filters) -> Query | None:
    """The query with the filters; None where anything is asked for."""
    parts = [query.tree] if query else []
    parts += filters.nodes()
    if filters.since or filters.until:
        parts.append(Dated(since=filters.since, until=filters.until, place=_NOWHERE))
    if not parts:
        return None
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
    return Query(text=query.text if query else "", tree=flat[0] if len(flat) == 1 else And(parts=flat))


def as_text(text: str, filters: Filters) -> str:
    """The search as one query in words, as a watchlist can keep it; empty where anything is asked for."""
    chosen = [("outlet", filters.outlet), ("lang", filters.language), ("country", filters.country)]
    said = [f"{name}:{value}" for name, value in chosen if value]
    if filters.since and filters.until:
        last = filters.until.date()
        said.append(f"date:{filters.since:%Y-%m-%d}..{last.fromordinal(last.toordinal() - 1):%Y-%m-%d}")
    elif filters.since:
        said.append(f"after:{filters.since:%Y-%m-%d}")
    elif filters.until:
        said.append(f"before:{filters.until:%Y-%m-%d}")
    text = text.strip()
    if said and "OR" in text:  # where it is no operator, parentheses change nothing
        text = f"({text})"
    return " ".join(filter(None, (text, *said)))
