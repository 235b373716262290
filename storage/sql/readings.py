"""Re-extractions in SQL: which pages are to be read again, and what was read, kept apart from what is in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, bindparam, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import ReextractionTaken, UnknownReextraction
from storage.records import (
    Exchange,
    FieldChange,
    FieldSample,
    OutletReport,
    ReadAgain,
    Reextraction,
    ReextractionState,
    RevisionToRead,
)
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.orders import event_of
from storage.sql.reading_changes import FIELDS, changes, columns_read, differing
from storage.sql.reading_exchange import drop, exchange, turn
from storage.sql.reading_tables import readings, reextraction_outlets, reextractions
from storage.sql.reading_tally import (
    count_changes,
    count_unread,
    fields_in,
    new_tally,
    samples_in,
    unread_in,
)
from storage.sql.revision_pages import revisions_with_pages
from storage.sql.schema import articles, revisions


class SqlReadingBook:
    """Implements `storage.ports.ReadingBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ------------------------------------------------------------------------------------ orders

    def begin(
        self, outlets: Collection[str], *, since: datetime | None, extractor: str, by: str, now: datetime
    ) -> Reextraction:
        """Notes an order; see the port."""
        keys = sorted(outlets)
        with writing(self._engine) as connection:
            number = connection.execute(
                insert(reextractions)
                .values(
                    outlets=keys,
                    since=since,
                    extractor=extractor,
                    by=by,
                    state=ReextractionState.READING.value,
                    begun_at=now,
                    changed_at=now,
                )
                .returning(reextractions.c.id)
            ).scalar_one()
            connection.execute(insert(reextraction_outlets), [_begun(connection, number, key, since) for key in keys])
            told = {"reextraction": number, "outlets": keys, "since": since and since.isoformat()}
            key = keys[0] if len(keys) == 1 else None
            append_events(connection, [event_of("reextract", by, now, key, **told)])
        return self.reextraction(number)

    def reextraction(self, number: int) -> Reextraction:
        """Raises UnknownReextraction."""
        with reading(self._engine) as connection:
            row = connection.execute(_orders().where(reextractions.c.id == number)).first()
        if row is None:
            raise UnknownReextraction(
                f"there is no re-extraction {number}; `presswatch reextract list` shows those there are"
            )
        return _order(row)

    def reextractions(self, limit: int) -> list[Reextraction]:
        """Newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(_orders().order_by(reextractions.c.id.desc()).limit(limit))
            return [_order(row) for row in rows]

    # ----------------------------------------------------------------------------------- reading

    def place(self, number: int, outlet_key: str) -> int:
        """The article up to which all are read."""
        with reading(self._engine) as connection:
            query = select(reextraction_outlets.c.place).where(*_of(number, outlet_key))
            return int(connection.execute(query).scalar_one())

    def to_read(self, number: int, outlet_key: str, after: int, limit: int) -> list[RevisionToRead]:
        """Revisions of the next articles, with their pages."""
        with reading(self._engine) as connection:
            order = connection.execute(select(reextractions.c.since).where(reextractions.c.id == number)).one()
            upto = connection.execute(select(reextraction_outlets.c.upto).where(*_of(number, outlet_key))).scalar_one()
            chosen = select(articles.c.id).where(articles.c.outlet_key == outlet_key, articles.c.id > after)
            chosen = chosen.where(articles.c.id <= upto, *_to_be_read(order.since))
            ids = list(connection.execute(chosen.order_by(articles.c.id).limit(limit)).scalars())
            has_text = revisions.c.erased_by.is_(None), *_since(revisions.c.seen_at, order.since)
            return revisions_with_pages(connection, revisions.c.article_id.in_(ids), *has_text)

    def note(
        self, number: int, outlet_key: str, found: Sequence[ReadAgain], *, before: int, upto: int, articles: int
    ) -> None:
        """Keeps what was read of a batch, and moves the place; see the port."""
        read = {each.revision_id: columns_read(each.extraction) for each in found if each.extraction is not None}
        rows, counted = self._differences(number, read)
        with writing(self._engine) as connection:
            own = reextraction_outlets
            state = connection.execute(select(own).where(*_of(number, outlet_key)).with_for_update()).one()
            if state.place != before:
                raise ReextractionTaken(f"re-extraction {number} is under way in another process; wait for that one")
            tally = {**new_tally(), **state.tally}
            for revision_id, told in counted:
                count_changes(tally, revision_id, told)
            for each in found:
                if each.unread is not None:
                    count_unread(tally, each.unread)
            rows = _of_texts_that_are_there(connection, rows)
            if rows:
                connection.execute(self._insert(readings).on_conflict_do_nothing(), rows)
            moved = {"place": upto, "done": own.c.done + articles, "revisions": own.c.revisions + len(found)}
            changed = own.c.changed + sum(bool(told) for _, told in counted)
            connection.execute(
                update(own).where(*_of(number, outlet_key)).values(**moved, changed=changed, tally=tally)
            )

    def _differences(
        self, number: int, read: Mapping[int, dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[tuple[int, list[tuple[str, FieldChange]]]]]:
        """Rows of `readings` for what differs from what is in force, and what that means to readers, by revision."""
        rows, counted = [], []
        with reading(self._engine) as connection:
            for row in map(dict, connection.execute(_THESE, {"ids": list(read)}).mappings()):
                other = differing(row, read[row["id"]])
                if other:
                    told = changes(row, other)
                    rows.append(_reading(number, row, other, told))
                    counted.append((row["id"], told))
        return rows, counted

    def end(self, number: int, now: datetime) -> None:
        """Notes that all is read."""
        ending = update(reextractions).where(
            reextractions.c.id == number, reextractions.c.state == ReextractionState.READING.value
        )
        with writing(self._engine) as connection:
            connection.execute(ending.values(state=ReextractionState.READ.value, changed_at=now))

    def report(self, number: int) -> list[OutletReport]:
        """What it found, by outlet."""
        self.reextraction(number)
        query = select(reextraction_outlets).where(reextraction_outlets.c.reextraction_id == number)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(reextraction_outlets.c.outlet_key)).all()
            return [_report(connection, number, row) for row in rows]

    # ------------------------------------------------------------------------------------- force

    def turn(self, number: int, *, is_kept: bool, by: str, now: datetime) -> None:
        """Begins to keep or to undo; see the port."""
        self.reextraction(number)
        with writing(self._engine) as connection:
            turn(connection, number, is_kept=is_kept, by=by, now=now)

    def exchange(self, number: int, limit: int, now: datetime) -> Exchange:
        """One step of that; see the port."""
        with writing(self._engine) as connection:
            return exchange(connection, number, limit, now)

    def drop(self, number: int, limit: int, *, by: str, now: datetime) -> int:
        """Deletes what is not in force; see the port."""
        self.reextraction(number)
        with writing(self._engine) as connection:
            return drop(connection, number, limit, by=by, now=now)

    def _insert(self, table: Any) -> Any:
        return (sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert)(table)


def _of_texts_that_are_there(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those of revisions whose texts retention deleted while their pages were read: kept, they would bring the
    words back. Until the transaction ends, none of the others is deleted.
    """
    there = set(connection.execute(_THERE, {"ids": [row["revision_id"] for row in rows]}).scalars())
    return [row for row in rows if row["revision_id"] in there]


def _begun(connection: Connection, number: int, key: str, since: datetime | None) -> dict[str, Any]:
    count = select(func.count(), func.coalesce(func.max(articles.c.id), 0)).where(articles.c.outlet_key == key)
    wanted, upto = connection.execute(count.where(*_to_be_read(since))).one()
    return {
        "reextraction_id": number,
        "outlet_key": key,
        "articles": wanted,
        "done": 0,
        "upto": upto,
        "place": 0,
        "revisions": 0,
        "changed": 0,
        "tally": new_tally(),
    }


def _orders() -> Any:
    own = reextraction_outlets
    sums = select(
        own.c.reextraction_id, func.sum(own.c.articles).label("articles"), func.sum(own.c.done).label("done")
    ).group_by(own.c.reextraction_id)
    parts = sums.subquery()
    return select(reextractions, parts.c.articles, parts.c.done).join(
        parts, parts.c.reextraction_id == reextractions.c.id
    )


def _order(row: Row[Any]) -> Reextraction:
    return Reextraction(
        id=row.id,
        outlets=tuple(row.outlets),
        since=row.since,
        extractor=row.extractor,
        by=row.by,
        state=ReextractionState(row.state),
        begun_at=row.begun_at,
        changed_at=row.changed_at,
        articles=row.articles,
        done=row.done,
    )


def _of(number: int, outlet_key: str) -> tuple[Any, Any]:
    own = reextraction_outlets.c
    return own.reextraction_id == number, own.outlet_key == outlet_key


def _since(column: Any, since: datetime | None) -> tuple[Any, ...]:
    return () if since is None else (column >= since,)


def _to_be_read(since: datetime | None) -> tuple[Any, ...]:
    """Articles with a revision to read: a batch of those whose texts were all deleted would be taken for the end."""
    text = (revisions.c.article_id == articles.c.id, revisions.c.erased_by.is_(None))
    return (*_since(articles.c.updated_at, since), exists().where(*text, *_since(revisions.c.seen_at, since)))


def _reading(number: int, row: Any, other: dict[str, Any], told: Sequence[tuple[str, FieldChange]]) -> dict[str, Any]:
    return {
        "reextraction_id": number,
        "revision_id": row["id"],
        "article_id": row["article_id"],
        "base": row["reading"],
        "is_in_force": False,
        "is_overtaken": False,
        "changes": [[field, change.value] for field, change in told],
        "columns": other,
    }


def _report(connection: Connection, number: int, row: Row[Any]) -> OutletReport:
    return OutletReport(
        outlet_key=row.outlet_key,
        articles=row.articles,
        done=row.done,
        revisions=row.revisions,
        changed=row.changed,
        fields=fields_in(row.tally),
        unread=unread_in(row.tally),
        samples=tuple(_samples(connection, number, samples_in(row.tally))),
    )


def _samples(
    connection: Connection, number: int, wanted: Sequence[tuple[int, str, FieldChange]]
) -> Sequence[FieldSample]:
    """What it read beside what it was compared with, whichever of the two is in force now."""
    ids = sorted({revision for revision, _, _ in wanted})
    query = (
        select(revisions, articles.c.url, readings.c.columns.label("aside"), readings.c.is_in_force.label("is_kept"))
        .join(readings, and_(readings.c.revision_id == revisions.c.id, readings.c.reextraction_id == number))
        .join(articles, articles.c.id == revisions.c.article_id)
        .where(revisions.c.id.in_(ids))
    )
    rows = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    samples = []
    for revision, field, change in wanted:
        row = rows.get(revision)
        if row is not None:  # else its readings were dropped
            here, aside = _told(field, row), _told(field, {**row, **row["aside"]})
            before, after = (aside, here) if row["is_kept"] else (here, aside)
            samples.append(
                FieldSample(
                    article_id=row["article_id"],
                    revision=row["number"],
                    url=row["url"],
                    field=field,
                    change=change,
                    before=before,
                    after=after,
                )
            )
    return samples


def _told(field: str, row: Mapping[str, Any]) -> str:
    """A field in a line, as far as it says something."""
    values = [row[name] for name in FIELDS[field]]
    shown = [value.isoformat() if isinstance(value, datetime) else value for value in values if value]
    parts = [part if isinstance(part, str) else "; ".join(map(_words, part)) for part in shown]
    return ", ".join(parts)


def _words(part: Any) -> str:
    return part if isinstance(part, str) else " ".join(str(each) for each in part if each)


_THESE = select(revisions).where(revisions.c.id.in_(bindparam("ids", expanding=True)))
_THERE = (
    select(revisions.c.id)
    .where(revisions.c.id.in_(bindparam("ids", expanding=True)), revisions.c.erased_by.is_(None))
    .order_by(revisions.c.id)
    .with_for_update(read=True)
)
