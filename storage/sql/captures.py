"""Captures of stored articles, to be read again, and figures of what was read from them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, select

from storage.records import ArticleFigures, BodyRef, KeptPage, ReadPage, StoredCapture
from storage.sql.engine import reading
from storage.sql.repeats import unpacked
from storage.sql.schema import IS_KEPT, IS_NEWS, article_lines, articles, bodies, captures, revisions


class SqlCaptureBook:
    """Implements `storage.ports.CaptureBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest_of(self, outlet_key: str, limit: int) -> list[KeptPage]:
        """The page that gave each of an outlet's newest articles its newest revision, newest first."""
        query = (
            select(captures, bodies.c.segment, bodies.c.offset, bodies.c.length)
            .select_from(articles)
            .join(revisions, _NEWEST)
            .join(captures, captures.c.id == revisions.c.capture_id)
            .join(bodies, bodies.c.digest == captures.c.digest)
            .where(articles.c.outlet_key == outlet_key, IS_KEPT)
            .order_by(articles.c.id.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [kept_page(row) for row in connection.execute(query)]

    def body_of(self, digest: str) -> BodyRef | None:
        """Where a body lies, None when it is not kept."""
        with reading(self._engine) as connection:
            row = connection.execute(select(bodies).where(bodies.c.digest == digest, IS_KEPT)).first()
        return BodyRef(segment=row.segment, offset=row.offset, length=row.length) if row else None

    def last_good(self, candidate_id: int) -> KeptPage | None:
        """The page that a candidate is asked about again with; see the port."""
        query = (
            select(captures, bodies.c.segment, bodies.c.offset, bodies.c.length)
            .join(bodies, bodies.c.digest == captures.c.digest)
            .where(
                captures.c.candidate_id == candidate_id,
                captures.c.article_id.is_not(None),
                captures.c.status.between(200, 299),
                IS_KEPT,
            )
        )
        with reading(self._engine) as connection:
            row = connection.execute(query.order_by(captures.c.id.desc()).limit(1)).first()
        return kept_page(row) if row else None

    def read_last(self, article_id: int) -> ReadPage | None:
        """What an article's newest revision was read from; see the port."""
        query = (
            select(
                revisions.c.number,
                revisions.c.extractor,
                captures,
                bodies.c.segment,
                bodies.c.offset,
                bodies.c.length,
            )
            .select_from(articles)
            .join(revisions, _NEWEST)
            .outerjoin(captures, captures.c.id == revisions.c.capture_id)
            .outerjoin(bodies, and_(bodies.c.digest == captures.c.digest, IS_KEPT))
            .where(articles.c.id == article_id)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        page = None if row.segment is None else kept_page(row)
        return ReadPage(revision=row.number, extractor=row.extractor, page=page)

    def figures_of(self, outlet_key: str, limit: int) -> list[ArticleFigures]:
        """What was read of an outlet's newest articles, newest first; see `figures_of`."""
        with reading(self._engine) as connection:
            return figures_of(connection, outlet_key, limit)


def kept_page(row: Row[Any]) -> KeptPage:
    """A row of `captures` joined with its body's place."""
    return KeptPage(
        capture=StoredCapture(
            id=row.id,
            article_id=row.article_id,
            url=row.url,
            final_url=row.final_url,
            fetched_at=row.fetched_at,
            status=row.status,
            digest=row.digest,
            headers=tuple((name, value) for name, value in row.headers),
            size=row.size,
        ),
        ref=BodyRef(segment=row.segment, offset=row.offset, length=row.length),
    )


_NEWEST = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)


def figures_of(connection: Connection, outlet_key: str, limit: int) -> list[ArticleFigures]:
    """What was read of an outlet's newest articles, newest first; not of old pages that a backfill brought, which say
    nothing of today's layout.
    """
    query = (
        select(
            articles.c.first_seen_at,
            revisions.c.words,
            revisions.c.authors,
            revisions.c.published_precision,
            revisions.c.language,
            revisions.c.marks,
            article_lines.c.marks.label("lines"),
        )
        .select_from(articles)
        .join(revisions, _NEWEST)
        .outerjoin(article_lines, article_lines.c.article_id == articles.c.id)
        .where(articles.c.outlet_key == outlet_key, IS_NEWS)
        .order_by(articles.c.id.desc())
        .limit(limit)
    )
    return [
        ArticleFigures(
            first_seen_at=row.first_seen_at,
            words=row.words,
            authors=len(row.authors),
            precision=row.published_precision,
            language=row.language,
            marks=tuple(row.marks),
            lines=unpacked(row.lines) if row.lines else (),
        )
        for row in connection.execute(query)
    ]
