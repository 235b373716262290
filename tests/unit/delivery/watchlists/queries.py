"""Short ways to ask, for the tests of watchlists."""

from __future__ import annotations

from datetime import UTC, datetime

from delivery.watchlists.document import Subject
from delivery.watchlists.entities import read_entities
from delivery.watchlists.judging import remarks_on
from delivery.watchlists.matching import Matcher
from delivery.watchlists.parsing import parse
from delivery.watchlists.query import Query
from delivery.watchlists.shipped import shipped_entities

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENTITIES = read_entities(shipped_entities())
OUTLETS = {"jpost": "The Jerusalem Post", "trackpersia": "Track Persia"}


def read(text: str) -> Query:
    return parse(text, ENTITIES, OUTLETS)


def subject(body: str = "", **changes) -> Subject:
    given = {"title": "", "authors": (), "at": NOW, "outlet_key": "jpost", "country": "IL"}
    return Subject(body=body, **(given | changes))


def answers(query: str, body: str = "", language: str | None = "en", **changes) -> bool:
    return Matcher({7: read(query)}).matching(subject(body, language=language, **changes)) == [7]


def remarks(query: str) -> list[str]:
    return [remark.sentence for remark in remarks_on(read(query), NOW)]
