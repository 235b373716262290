"""What may be deleted of answers that are no page of an article: sources, not-found pages, hops with their captures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, tuple_, update

from storage.records import RetentionRule, Stay
from storage.sql.answer_tables import IS_THERE, answers
from storage.sql.holds import Held
from storage.sql.schema import bodies, captures

_A_STEP = 500


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """One answer that is old enough."""

    id: int
    outlet_key: str
    length: int  # bytes in the archive
    stay: Stay | None  # None: it goes


def answers_after(connection: Connection, place: int) -> Sequence[Row[Any]]:
    """The next ones, of whatever age."""
    return connection.execute(_NEXT, {"after": place}).all()


def choose_answers(
    connection: Connection, rules: Mapping[str, RetentionRule], held: Held, found: Sequence[Row[Any]]
) -> list[AnswerChoice]:
    """What becomes of those of them that are old enough. A body that came again stands in its file once, so that the
    first one stays as long as one of those that refer to it does.
    """
    old = [row for row in found if row.capture_id is None and _is_old(row, rules)]
    places = sorted({(row.record_segment, row.digest) for row in old})
    same = connection.execute(_SAME, {"places": places}).all() if places else []
    young = {(row.record_segment, row.digest) for row in same if not _is_old(row, rules)}
    return [
        AnswerChoice(
            id=row.id,
            outlet_key=row.outlet_key,
            length=row.record_length or 0,
            stay=_stays(row, held, is_young=(row.record_segment, row.digest) in young),
        )
        for row in old
    ]


def mark_answers(connection: Connection, number: int, ids: Sequence[int], now: datetime) -> None:
    """Notes that an order deletes them."""
    if ids:
        connection.execute(update(answers).where(answers.c.id.in_(ids)).values(deleted_by=number, deleted_at=now))


def mark_hops(connection: Connection, number: int, digests: Iterable[str], now: datetime) -> None:
    """Notes that an order deletes the redirects that led to captures of these bodies, and their pictures."""
    theirs = select(captures.c.id).join(bodies, bodies.c.digest == captures.c.digest)
    theirs = theirs.where(captures.c.digest.in_(sorted(digests)), bodies.c.deleted_by == number)
    marking = update(answers).where(answers.c.capture_id.in_(theirs), IS_THERE)
    connection.execute(marking.values(deleted_by=number, deleted_at=now))


def _stays(row: Row[Any], held: Held, *, is_young: bool) -> Stay | None:
    if held.keeps(row.outlet_key, None):
        return Stay.HELD
    return Stay.YOUNGER if is_young else None


def _is_old(row: Row[Any], rules: Mapping[str, RetentionRule]) -> bool:
    rule = rules.get(row.outlet_key)
    return rule is not None and rule.pages_before is not None and row.fetched_at < rule.pages_before


_NEXT: Any = select(answers).where(answers.c.id > bindparam("after"), IS_THERE).order_by(answers.c.id).limit(_A_STEP)
_SAME: Any = select(answers.c.record_segment, answers.c.digest, answers.c.outlet_key, answers.c.fetched_at).where(
    tuple_(answers.c.record_segment, answers.c.digest).in_(bindparam("places", expanding=True)), IS_THERE
)
GONE_ANSWERS: Any = (
    select(
        answers.c.id,
        answers.c.kind,
        answers.c.digest,
        answers.c.url,
        answers.c.fetched_at.label("at"),
        answers.c.size,
        answers.c.outlet_key,
        captures.c.article_id,
        answers.c.deleted_at,
    )
    .select_from(answers)
    .outerjoin(captures, captures.c.id == answers.c.capture_id)
    .where(answers.c.deleted_by == bindparam("order"), answers.c.id > bindparam("id"))
    .order_by(answers.c.id)
    .limit(bindparam("most"))
)
