"""The index for full-text search: its table, and what keeps it as the articles are.

`articles.indexed` is the number of the revision by which an article is found; where that is not its newest one, the
article waits to be indexed: after an upgrade that brought a new index, and where a process of an older version stored
it. `SqlSearchIndex.catch_up` does that in batches, the newest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, func, select, text, update

from storage.records import IndexProgress
from storage.search.documents import Document, Indexed, document_of
from storage.search.tsvector import tsvector
from storage.sql.engine import reading, writing
from storage.sql.schema import IS_UNINDEXED, articles, revisions
from storage.sql.tallies import total_of_all

#: Articles indexed in one transaction: others may write to SQLite four times a second.
BATCH = 200


def index_articles(connection: Connection, found_by: Sequence[Indexed], replaced: Sequence[Indexed] = ()) -> None:
    """Puts the newest words of articles into the index, in the transaction that stores them.

    `replaced`: by what articles among them, or others, were found before. `articles.indexed` is the caller's to set.
    """
    if connection.dialect.name == "sqlite":
        documents = [document_of(article) for article in found_by]
        # A contentless FTS5 table forgets a row only when it is told the words again.
        if replaced:
            connection.execute(_FTS5_DELETE, [_row(document_of(article)) for article in replaced])
        if documents:
            connection.execute(_FTS5_INSERT, [_row(document) for document in documents])
        return
    kept = {article.article_id for article in found_by}
    gone = [article.article_id for article in replaced if article.article_id not in kept]
    if gone:
        connection.execute(_TSVECTOR_DELETE, {"ids": gone})
    if found_by:
        # The driver itself sends each row at once: the server indexes one while the next is made.
        rows: Any = ((article.article_id, tsvector(document_of(article))) for article in found_by)
        with closing(connection.connection.cursor()) as cursor:
            cursor.executemany(_TSVECTOR_INSERT, rows)


def indexed_now(connection: Connection, article_ids: Sequence[int]) -> list[Indexed]:
    """By what articles are found now; none of those that are not in the index.

    Who changes or deletes the words of a stored revision reads this before, and gives it to `index_articles` as what
    is replaced.
    """
    by = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.indexed)
    return [_indexed(row) for row in connection.execute(_words(by).where(articles.c.id.in_(list(article_ids))))]


class SqlSearchIndex:
    """Implements `storage.ports.SearchIndex`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def progress(self) -> IndexProgress:
        """How many articles wait."""
        with reading(self._engine) as connection:
            waiting = connection.execute(select(func.count()).select_from(articles).where(IS_UNINDEXED)).scalar_one()
            return IndexProgress(waiting=waiting, articles=max(total_of_all(connection), waiting))

    def catch_up(self, limit: int = BATCH) -> int:
        """Indexes the newest articles that wait, in one transaction; how many these were."""
        with reading(self._engine) as connection:
            if connection.execute(_WAITING.limit(1)).first() is None:
                return 0
        with writing(self._engine) as connection:
            waiting = _WAITING.limit(limit)
            if connection.dialect.name == "postgresql":
                waiting = waiting.with_for_update(key_share=True, skip_locked=True)
            ids = list(connection.execute(waiting).scalars())
            newest = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
            rows = connection.execute(_words(newest).where(articles.c.id.in_(ids))).all()
            found_by = [_indexed(row) for row in rows]
            index_articles(connection, found_by, indexed_now(connection, ids))
            if rows:
                done = [
                    {"article": row.id, "number": row.revision_count, "dated": by.at}
                    for row, by in zip(rows, found_by, strict=True)
                ]
                connection.execute(_DONE, done)
            return len(rows)


def _row(document: Document) -> dict[str, Any]:
    return {
        "id": document.article_id,
        "title": document.title,
        "authors": document.authors,
        "body": document.body,
        "facts": " ".join(document.facts),
    }


def _words(by: Any) -> Any:
    return (
        select(
            articles.c.id,
            articles.c.outlet_key,
            articles.c.first_seen_at,
            articles.c.revision_count,
            revisions.c.title,
            revisions.c.authors,
            revisions.c.body,
            revisions.c.language,
            revisions.c.published_at,
        )
        .select_from(articles)
        .join(revisions, by)
        .order_by(articles.c.id.desc())
    )


def _indexed(row: Any) -> Indexed:
    return Indexed(
        article_id=row.id,
        title=row.title,
        authors=tuple(row.authors),
        body=row.body,
        language=row.language,
        outlet_key=row.outlet_key,
        at=row.published_at or row.first_seen_at,
    )


_WAITING = select(articles.c.id).where(IS_UNINDEXED).order_by(articles.c.id.desc())
_DONE = (
    update(articles)
    .where(articles.c.id == bindparam("article"))
    .values(indexed=bindparam("number"), dated_at=bindparam("dated"))
)
_FTS5_INSERT = text(
    "INSERT INTO search_words(rowid, title, authors, body, facts) VALUES (:id, :title, :authors, :body, :facts)"
)
_FTS5_DELETE = text(
    "INSERT INTO search_words(search_words, rowid, title, authors, body, facts) "
    "VALUES ('delete', :id, :title, :authors, :body, :facts)"
)
_TSVECTOR_INSERT = (
    "INSERT INTO search_words(article_id, words) VALUES (%s, %s) "
    "ON CONFLICT (article_id) DO UPDATE SET words = excluded.words"
)
_TSVECTOR_DELETE = text("DELETE FROM search_words WHERE article_id = ANY(:ids)")
