"""What Presswatch has stored, read beside it. The only place of the acceptance tests that knows its tables."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_NEWEST = """
    SELECT articles.id, articles.outlet_key, articles.url, articles.revision_count, revisions.title, revisions.authors,
           revisions.body, revisions.published_at, revisions.published_precision
    FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision_count
    ORDER BY articles.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article with its newest revision."""

    id: int
    outlet_key: str
    url: str
    revisions: int
    title: str
    authors: tuple[str, ...]
    body: str
    published_at: datetime | None
    published_precision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCandidate:
    """A URL that was found, and how it ended."""

    outlet_key: str
    url: str
    found_url: str
    state: str
    reason: str | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSource:
    """A source and its last visit."""

    outlet_key: str
    url: str
    last_visit_at: datetime | None
    last_outcome: str | None
    last_reason: str | None


class Stored:
    """Reads a SQLite store; each call sees what is committed then."""

    def __init__(self, file: Path):
        self.file = file

    def articles(self) -> list[StoredArticle]:
        """All articles, in the order of their ids."""
        return [
            StoredArticle(
                id=row["id"],
                outlet_key=row["outlet_key"],
                url=row["url"],
                revisions=row["revision_count"],
                title=row["title"],
                authors=tuple(json.loads(row["authors"])),
                body=row["body"],
                published_at=_moment(row["published_at"]),
                published_precision=row["published_precision"],
            )
            for row in self._rows(_NEWEST)
        ]

    def article_count(self) -> int:
        """How many articles there are; 0 before there is a store."""
        try:
            return self._rows("SELECT count(*) AS n FROM articles")[0]["n"]
        except sqlite3.OperationalError:
            return 0

    def candidates(self) -> list[StoredCandidate]:
        """All candidates."""
        query = "SELECT outlet_key, url, found_url, state, reason, detail FROM candidates ORDER BY id"
        return [StoredCandidate(**dict(row)) for row in self._rows(query)]

    def pending(self) -> int:
        """How many candidates still wait; 0 before there is a store."""
        try:
            return self._rows("SELECT count(*) AS n FROM candidates WHERE state <> 'done'")[0]["n"]
        except sqlite3.OperationalError:
            return 0

    def sources(self) -> list[StoredSource]:
        """All sources that are to be visited; none before there is a store."""
        query = "SELECT outlet_key, url, last_visit_at, last_outcome, last_reason FROM sources WHERE is_active"
        try:
            rows = self._rows(query)
        except sqlite3.OperationalError:
            return []
        return [StoredSource(**dict(row) | {"last_visit_at": _moment(row["last_visit_at"])}) for row in rows]

    def event_counts(self) -> Counter[tuple[str, int]]:
        """How many events there are of each kind and article."""
        query = (
            "SELECT kind, article_id, count(*) AS n FROM events WHERE article_id IS NOT NULL GROUP BY kind, article_id"
        )
        return Counter({(row["kind"], row["article_id"]): row["n"] for row in self._rows(query)})

    def _rows(self, query: str) -> list[sqlite3.Row]:
        connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(query).fetchall()
        finally:
            connection.close()


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1_000_000, UTC)
