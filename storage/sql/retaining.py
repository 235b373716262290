"""Orders to delete, in SQL: counted first, then carried out in steps that go on after whatever interrupts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, insert, select, tuple_, update

from storage.errors import UnknownRetentionOrder
from storage.ports.retention import Progress
from storage.records import (
    Deletion,
    EventKind,
    RetentionCount,
    RetentionOrder,
    RetentionRule,
    RetentionState,
    Stay,
)
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.holds import held_now
from storage.sql.orders import event_of
from storage.sql.reading_tables import readings
from storage.sql.retention_answers import (
    GONE_ANSWERS,
    AnswerChoice,
    answers_after,
    choose_answers,
    mark_answers,
    mark_hops,
)
from storage.sql.retention_choice import PageChoice, TextChoice, choose_pages, choose_texts
from storage.sql.retention_tables import retention_orders
from storage.sql.schema import articles, bodies, candidates, captures, revisions
from storage.sql.search_index import index_articles, indexed_now

#: Articles of one step, whose words are indexed anew, and captures of one: others write in between.
_ARTICLES_A_STEP, _CAPTURES_A_STEP = 100, 500


class SqlRetentionBook:
    """Implements `storage.ports.RetentionBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(
        self, rules: Sequence[RetentionRule], *, why: str, by: str, now: datetime, progress: Progress
    ) -> RetentionOrder:
        """Counts what would go; see the port."""
        by_outlet = {rule.outlet_key: rule for rule in rules}
        counts = _Counts()
        with reading(self._engine) as connection:
            held = held_now(connection, is_deleting=False)
            last_article, last_capture = (
                connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
                for table in (articles, captures)
            )
            place = 0
            while any(rule.texts_before for rule in rules) and (ids := _articles_after(connection, place)):
                counts.add_texts(choose_texts(connection, by_outlet, held, ids))
                place = ids[-1]
                progress(place, last_article + last_capture)
            place = 0
            while found := _captures_after(connection, place):
                chosen = choose_pages(connection, by_outlet, held, {row.digest for row in found})
                counts.add_pages(_first_among(chosen, found))
                place = found[-1].id
                progress(last_article + place, last_article + last_capture)
            place = 0
            while rows := answers_after(connection, place):
                counts.add_answers(choose_answers(connection, by_outlet, held, rows))
                place = rows[-1].id
        with writing(self._engine) as connection:
            number = connection.execute(
                insert(retention_orders)
                .values(
                    by=by,
                    why=why,
                    state=RetentionState.PLANNED.value,
                    planned_at=now,
                    changed_at=now,
                    rules=[_rule_to_json(rule) for rule in rules],
                    planned=counts.to_json(),
                    deleted={},
                    text_place=0,
                    page_place=0,
                )
                .returning(retention_orders.c.id)
            ).scalar_one()
        return self.order(number)

    def order(self, number: int) -> RetentionOrder:
        """Raises UnknownRetentionOrder."""
        with reading(self._engine) as connection:
            return _order(_row(connection, number))

    def discard(self, number: int) -> None:
        """Forgets a plan that nothing came of."""
        planned = retention_orders.c.state == RetentionState.PLANNED.value
        with writing(self._engine) as connection:
            connection.execute(delete(retention_orders).where(retention_orders.c.id == number, planned))

    def orders(self, limit: int) -> list[RetentionOrder]:
        """Newest first."""
        query = select(retention_orders).order_by(retention_orders.c.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [_order(row) for row in connection.execute(query)]

    def begin(self, number: int, *, by: str, now: datetime) -> None:
        """Begins to carry out an order; see the port."""
        with writing(self._engine) as connection:
            row = _row(connection, number)
            if row.state == RetentionState.PLANNED.value:
                _change(connection, number, state=RetentionState.RUNNING.value, changed_at=now)
                key = row.rules[0][0] if len(row.rules) == 1 else None
                told = {"order": number, "why": row.why, "outlets": [rule[0] for rule in row.rules]}
                append_events(connection, [event_of("delete", by, now, key, **told)])

    def step(self, number: int, now: datetime) -> bool:
        """Deletes the next part; see the port."""
        with writing(self._engine) as connection:
            row = _row(connection, number, is_locked=True)
            if row.state != RetentionState.RUNNING.value:
                return False
            rules = {rule.outlet_key: rule for rule in map(_rule_from_json, row.rules)}
            held = held_now(connection, is_deleting=True)
            counts = _Counts.from_json(row.deleted)
            ids = _articles_after(connection, row.text_place) if any(r.texts_before for r in rules.values()) else []
            if ids:
                texts = choose_texts(connection, rules, held, ids)
                counts.add_texts(texts)
                moved = {"text_place": ids[-1]}
                told = _erase(connection, number, [each for each in texts if each.stay is None], now)
            elif found := _captures_after(connection, row.page_place):
                digests = sorted({each.digest for each in found})
                if connection.dialect.name == "postgresql":  # a capture of one of them that comes meanwhile waits
                    connection.execute(_LOCK_BODIES, {"digests": digests})
                pages = _first_among(choose_pages(connection, rules, held, digests), found)
                counts.add_pages(pages)
                moved, told = {"page_place": found[-1].id}, []
                _mark(connection, number, [each.digest for each in pages if each.stay is None], now)
            elif rows := answers_after(connection, row.answer_place):
                others = choose_answers(connection, rules, held, rows)
                counts.add_answers(others)
                moved, told = {"answer_place": rows[-1].id}, []
                mark_answers(connection, number, [each.id for each in others if each.stay is None], now)
            else:
                return False
            _change(connection, number, deleted=counts.to_json(), **moved)
            append_events(connection, told)
            return True

    def end(self, number: int, now: datetime) -> None:
        """Notes that all of it is deleted."""
        with writing(self._engine) as connection:
            _change(connection, number, state=RetentionState.DONE.value, changed_at=now)

    def deletions(self, number: int, after: tuple[str, int], limit: int) -> list[tuple[tuple[str, int], Deletion]]:
        """What was deleted by an order: pages, then texts."""
        digest, capture = after
        with reading(self._engine) as connection:
            rows = connection.execute(_GONE_PAGES, {"order": number, "digest": digest, "id": capture, "most": limit})
            found = [((row.digest, row.id), _deletion("page", row)) for row in rows] if digest < _TEXTS_NOW else []
            if len(found) < limit and digest <= _TEXTS_NOW:
                last = capture if digest == _TEXTS_NOW else 0
                rows = connection.execute(_GONE_TEXTS, {"order": number, "id": last, "most": limit - len(found)})
                found += [((_TEXTS_NOW, row.id), _deletion("text", row)) for row in rows]
            if len(found) < limit:
                last = capture if digest == _ANSWERS_NOW else 0
                rows = connection.execute(GONE_ANSWERS, {"order": number, "id": last, "most": limit - len(found)})
                found += [((_ANSWERS_NOW, row.id), _deletion(row.kind, row)) for row in rows]
        return found


# ---------------------------------------------------------------------------------------- deleting


def _erase(connection: Connection, number: int, texts: Sequence[TextChoice], now: datetime) -> list[dict[str, Any]]:
    """Deletes texts and what quotes them; headline, byline and dates stay. Returns the events that tell of it."""
    if not texts:
        return []
    ids = [each.revision_id for each in texts]
    newest = sorted({each.article_id for each in texts if each.is_newest})
    rows = connection.execute(_LOCK_ARTICLES, {"ids": newest}).all()
    before = indexed_now(connection, sorted({each.article_id for each in texts}))
    connection.execute(
        update(revisions).where(revisions.c.id.in_(ids)).values(
            body="", entries=[], evidence=[], lead_image_caption=None, erased_by=number, erased_at=now
        )
    )  # fmt: skip
    connection.execute(delete(readings).where(readings.c.revision_id.in_(ids)))
    index_articles(connection, indexed_now(connection, [each.article_id for each in before]), before)
    return [
        {
            "at": now,
            "kind": EventKind.ARTICLE_ERASED.value,
            "outlet_key": row.outlet_key,
            "article_id": row.id,
            "payload": {"url": row.url, "order": number},
        }
        for row in rows
    ]


def _mark(connection: Connection, number: int, digests: Sequence[str], now: datetime) -> None:
    marking = update(bodies).where(bodies.c.digest.in_(digests), bodies.c.deleted_by.is_(None))
    connection.execute(marking.values(deleted_by=number, deleted_at=now))
    mark_hops(connection, number, digests, now)


# ---------------------------------------------------------------------------------------- counting


@dataclass(slots=True)
class _Counts:
    """Counts by outlet: [pages, their bytes, texts, their size, {why: how many stay}, other answers, their bytes]."""

    by_outlet: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> _Counts:
        return cls({key: [*values[:4], dict(values[4]), *(values[5:] or (0, 0))] for key, values in found.items()})

    def to_json(self) -> dict[str, Any]:
        return self.by_outlet

    def add_pages(self, chosen: Iterable[PageChoice]) -> None:
        for each in chosen:
            self._add(each.outlet_key, 0, each.length, each.stay)

    def add_texts(self, chosen: Iterable[TextChoice]) -> None:
        for each in chosen:
            self._add(each.outlet_key, 2, each.size, each.stay)

    def add_answers(self, chosen: Iterable[AnswerChoice]) -> None:
        for each in chosen:
            self._add(each.outlet_key, 5, each.length, each.stay)

    def _add(self, outlet_key: str, column: int, size: int, stay: Stay | None) -> None:
        own = self.by_outlet.setdefault(outlet_key, [0, 0, 0, 0, {}, 0, 0])
        if stay is None:
            own[column] += 1
            own[column + 1] += size
        else:
            own[4][stay.value] = own[4].get(stay.value, 0) + 1


def _counts(found: Mapping[str, Any]) -> tuple[RetentionCount, ...]:
    return tuple(
        RetentionCount(
            outlet_key=key,
            pages=pages,
            page_bytes=page_bytes,
            texts=texts,
            text_chars=text_chars,
            stays={Stay(why): count for why, count in sorted(stays.items())},
            answers=others[0] if others else 0,
            answer_bytes=others[1] if others else 0,
        )
        for key, (pages, page_bytes, texts, text_chars, stays, *others) in sorted(found.items())
    )


# ------------------------------------------------------------------------------------------- parts


def _articles_after(connection: Connection, place: int) -> list[int]:
    return list(connection.execute(_ARTICLES, {"after": place}).scalars())


def _captures_after(connection: Connection, place: int) -> Sequence[Row[Any]]:
    return connection.execute(_CAPTURES, {"after": place}).all()


def _first_among(chosen: Iterable[PageChoice], found: Sequence[Row[Any]]) -> list[PageChoice]:
    """Each body is counted once: where its first capture comes by."""
    numbers = {row.id for row in found}
    return [each for each in chosen if each.first_id in numbers]


def _row(connection: Connection, number: int, *, is_locked: bool = False) -> Row[Any]:
    query = select(retention_orders).where(retention_orders.c.id == number)
    row = connection.execute(query.with_for_update() if is_locked else query).first()
    if row is None:
        raise UnknownRetentionOrder(
            f"there is no order {number} to delete; `presswatch retention list` shows those there are"
        )
    return row


def _change(connection: Connection, number: int, **values: Any) -> None:
    connection.execute(update(retention_orders).where(retention_orders.c.id == number).values(values))


def _order(row: Row[Any]) -> RetentionOrder:
    return RetentionOrder(
        id=row.id,
        by=row.by,
        why=row.why,
        state=RetentionState(row.state),
        planned_at=row.planned_at,
        changed_at=row.changed_at,
        rules=tuple(map(_rule_from_json, row.rules)),
        planned=_counts(row.planned),
        deleted=_counts(row.deleted),
    )


def _rule_to_json(rule: RetentionRule) -> list[str | None]:
    moments = (rule.pages_before, rule.texts_before)
    return [rule.outlet_key, *(moment.isoformat() if moment else None for moment in moments)]


def _rule_from_json(values: Sequence[str]) -> RetentionRule:
    key, pages, texts = values
    return RetentionRule(
        outlet_key=key,
        pages_before=datetime.fromisoformat(pages) if pages else None,
        texts_before=datetime.fromisoformat(texts) if texts else None,
    )


def _deletion(what: str, row: Row[Any]) -> Deletion:
    return Deletion(
        what=what,
        url=row.url,
        digest=row.digest,
        at=row.at,
        size=row.size,
        outlet_key=row.outlet_key,
        article_id=row.article_id,
        deleted_at=row.deleted_at,
    )


#: Stands for a digest in the cursor of deletions once all pages are told: it sorts behind any.
_TEXTS_NOW = "texts"
#: The same once all texts are told, too.
_ANSWERS_NOW = "texts, then answers"
_ARTICLES: Any = (
    select(articles.c.id).where(articles.c.id > bindparam("after")).order_by(articles.c.id).limit(_ARTICLES_A_STEP)
)
_CAPTURES: Any = (
    select(captures.c.id, captures.c.digest)
    .where(captures.c.id > bindparam("after"))
    .order_by(captures.c.id)
    .limit(_CAPTURES_A_STEP)
)
_LOCK_BODIES: Any = (
    select(bodies.c.digest)
    .where(bodies.c.digest.in_(bindparam("digests", expanding=True)))
    .order_by(bodies.c.digest)
    .with_for_update()
)
_LOCK_ARTICLES: Any = (
    select(articles.c.id, articles.c.url, articles.c.outlet_key)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(articles.c.key)
    .with_for_update(key_share=True)
)
_GONE_PAGES: Any = (
    select(
        captures.c.id,
        captures.c.digest,
        captures.c.url,
        captures.c.fetched_at.label("at"),
        captures.c.size,
        captures.c.article_id,
        bodies.c.deleted_at,
        func.coalesce(articles.c.outlet_key, candidates.c.outlet_key, "").label("outlet_key"),
    )
    .select_from(bodies)
    .join(captures, captures.c.digest == bodies.c.digest)
    .outerjoin(articles, articles.c.id == captures.c.article_id)
    .outerjoin(candidates, candidates.c.id == captures.c.candidate_id)
    .where(bodies.c.deleted_by == bindparam("order"))
    .where(tuple_(captures.c.digest, captures.c.id) > tuple_(bindparam("digest"), bindparam("id")))
    .order_by(captures.c.digest, captures.c.id)
    .limit(bindparam("most"))
)
_GONE_TEXTS: Any = (
    select(
        revisions.c.id,
        revisions.c.content_digest.label("digest"),
        articles.c.url,
        revisions.c.seen_at.label("at"),
        revisions.c.words.label("size"),
        revisions.c.article_id,
        revisions.c.erased_at.label("deleted_at"),
        articles.c.outlet_key,
    )
    .join(articles, articles.c.id == revisions.c.article_id)
    .where(revisions.c.erased_by == bindparam("order"), revisions.c.id > bindparam("id"))
    .order_by(revisions.c.id)
    .limit(bindparam("most"))
)
