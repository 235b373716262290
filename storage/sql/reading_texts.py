"""Texts of revisions in readings that are no longer in force, or not yet: for whoever worked with them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage.sql.reading_tables import readings
from storage.sql.schema import revisions


def text_in(connection: Connection, article_id: int, revision: int, number: int) -> str | None:
    """The text of a revision in one of its readings; None where that reading was dropped.

    A reading that left the text as it was has none of its own: then it is that of the reading next to it.
    """
    query = select(revisions.c.id, revisions.c.reading, revisions.c.body)
    row = connection.execute(query.where(revisions.c.article_id == article_id, revisions.c.number == revision)).first()
    if row is None or row.reading == number:
        return None if row is None else str(row.body)
    own = connection.execute(select(readings).where(readings.c.revision_id == row.id)).all()
    replaced = {each.base: (each.reextraction_id, each.columns) for each in own if each.is_in_force}
    proposed = {each.reextraction_id: (each.base, each.columns) for each in own if not each.is_in_force}
    for _ in range(len(own) + 1):
        if number == row.reading:
            return str(row.body)
        step = replaced.get(number) or proposed.get(number)
        if step is None:
            return None
        number, columns = step
        if "body" in columns:
            return str(columns["body"])
    return None
