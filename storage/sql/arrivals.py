"""How the address of an article was found first: by which visit, and when the visit before did not list it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage.records import Arrival, Moment
from storage.sql.mapping import hints_from_json
from storage.sql.schema import candidates, sources


def arrival_of(connection: Connection, article_id: int, published: Moment | None) -> Arrival | None:
    """Of the addresses that led to the article, the one that was found first; None where none is kept.

    `published` is what the article says of itself.
    """
    query = (
        select(
            candidates.c.found_at,
            candidates.c.absent_at,
            candidates.c.hints,
            candidates.c.backfill_id,
            sources.c.url.label("source_url"),
        )
        .outerjoin(sources, sources.c.id == candidates.c.source_id)
        .where(candidates.c.article_id == article_id)
        .order_by(candidates.c.found_at, candidates.c.id)
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return Arrival(
        found_at=row.found_at,
        absent_at=row.absent_at,
        source_url=row.source_url,
        published=published,
        told=hints_from_json(row.hints).published,
        is_past=row.backfill_id is not None,
    )
