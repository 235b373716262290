"""What outlets changed, in SQL: lists of changes, absences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, and_, select, tuple_

from storage.records import Absence, AbsenceKind, Change, ChangeKind, ChangeQuery, Difference, Wording
from storage.sql.change_tables import absences, article_changes
from storage.sql.engine import reading
from storage.sql.schema import articles, revisions

_LISTED = (
    select(article_changes, articles.c.url, revisions.c.title)
    .join(articles, articles.c.id == article_changes.c.article_id)
    .outerjoin(
        revisions,
        and_(
            revisions.c.article_id == article_changes.c.article_id,
            revisions.c.number == article_changes.c.number,
        ),
    )
    .order_by(article_changes.c.id.desc())
)


class SqlChangeBook:
    """Implements `storage.ports.ChangeBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def changes(self, query: ChangeQuery) -> list[Change]:
        """Newest first by id."""
        statement = _LISTED.limit(query.limit)
        for column, value in (
            (article_changes.c.outlet_key, query.outlet_key),
            (article_changes.c.article_id, query.article_id),
            (article_changes.c.kind, query.kind.value if query.kind else None),
        ):
            if value is not None:
                statement = statement.where(column == value)
        if query.is_stealth:
            statement = statement.where(article_changes.c.is_stealth)
        if query.before_id is not None:
            statement = statement.where(article_changes.c.id < query.before_id)
        with reading(self._engine) as connection:
            return [_change(row) for row in connection.execute(statement)]

    def differences_of(self, article_id: int) -> Mapping[int, tuple[Difference, ...]]:
        """In what each revision of an article differs from the one before, by its number."""
        statement = select(article_changes.c.revision, article_changes.c.differences).where(
            article_changes.c.article_id == article_id, article_changes.c.revision.is_not(None)
        )
        with reading(self._engine) as connection:
            return {row.revision: _differences(row.differences) for row in connection.execute(statement)}

    def absences_of(self, article_id: int) -> Sequence[Absence]:
        """When an article was not there, newest first."""
        statement = select(absences).where(absences.c.article_id == article_id).order_by(absences.c.id.desc())
        with reading(self._engine) as connection:
            return [absence_from_row(row) for row in connection.execute(statement)]

    def wordings(self, changes: Sequence[Change]) -> Mapping[int, tuple[Wording | None, Wording | None]]:
        """The words before and after each change, by its id."""
        wanted = {(each.article_id, number) for each in changes for number in (each.revision - 1, each.revision)}
        statement = select(
            revisions.c.article_id, revisions.c.number, revisions.c.title, revisions.c.body, revisions.c.language
        ).where(tuple_(revisions.c.article_id, revisions.c.number).in_(sorted(wanted)))
        found: dict[tuple[int, int], Wording] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(statement) if wanted else ():
                words = Wording(title=row.title, body=row.body, language=row.language)
                found[row.article_id, row.number] = words
        return {
            each.id: (found.get((each.article_id, each.revision - 1)), found.get((each.article_id, each.revision)))
            for each in changes
        }

    def newest_change(self) -> tuple[int, datetime | None]:
        """Id and time of the newest change, 0 and None where there is none."""
        newest = select(article_changes.c.id, article_changes.c.at).order_by(article_changes.c.id.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(newest).first()
        return (row.id, row.at) if row else (0, None)


def absence_from_row(row: Row[Any]) -> Absence:
    """A row of `absences`."""
    return Absence(
        article_id=row.article_id,
        kind=AbsenceKind(row.kind),
        detail=row.detail,
        first_at=row.first_at,
        last_at=row.last_at,
        answers=row.answers,
        first_capture_id=row.first_capture_id,
        last_capture_id=row.last_capture_id,
        told_at=row.told_at,
        ended_at=row.ended_at,
    )


def _change(row: Row[Any]) -> Change:
    return Change(
        id=row.id,
        at=row.at,
        kind=ChangeKind(row.kind),
        outlet_key=row.outlet_key,
        article_id=row.article_id,
        url=row.url,
        title=row.title or row.url,
        revision=row.number,
        differences=_differences(row.differences),
        is_stealth=row.is_stealth,
        absence=AbsenceKind(row.absence) if row.absence else None,
        detail=row.detail,
        capture_id=row.capture_id,
    )


def _differences(names: Sequence[str]) -> tuple[Difference, ...]:
    return tuple(Difference(name) for name in names)
