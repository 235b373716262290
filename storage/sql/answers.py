"""Answers that are no page of an article, written and read in the transaction that is under way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from storage.records import Answer, AnswerKind, KeptAnswer, RecordRef
from storage.sql.answer_tables import IS_THERE, answers

_CHUNK = 500


def answer_row(
    answer: Answer, outlet_key: str, *, capture_id: int | None = None, source_id: int | None = None
) -> dict[str, Any]:
    """An answer to be noted."""
    capture, record = answer.capture, answer.record
    return {
        "kind": answer.kind.value,
        "outlet_key": outlet_key,
        "capture_id": capture_id,
        "source_id": source_id,
        "url": capture.final_url,
        "status": capture.status,
        "fetched_at": capture.fetched_at,
        "digest": capture.digest,
        "size": len(capture.body),
        "record_segment": record.segment,
        "record_offset": record.offset,
        "record_length": record.length,
    }


def write_answers(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Notes answers."""
    if rows:
        connection.execute(insert(answers), list(rows))


def hops_of(connection: Connection, capture_ids: Iterable[int]) -> Mapping[int, tuple[KeptAnswer, ...]]:
    """The redirects that led to captures, in order; those that retention deleted are among them."""
    found: defaultdict[int, list[KeptAnswer]] = defaultdict(list)
    ids = sorted(capture_ids)
    for start in range(0, len(ids), _CHUNK):
        query = select(answers).where(answers.c.capture_id.in_(ids[start : start + _CHUNK])).order_by(answers.c.id)
        for row in connection.execute(query):
            found[row.capture_id].append(kept_answer(row))
    return {capture_id: tuple(hops) for capture_id, hops in found.items()}


def answers_in_file(connection: Connection, name: str) -> list[KeptAnswer]:
    """Answers whose record lies in a file, by offset."""
    query = select(answers).where(answers.c.record_segment == name, IS_THERE).order_by(answers.c.record_offset)
    return [kept_answer(row) for row in connection.execute(query)]


def kept_answer(row: Row[Any]) -> KeptAnswer:
    """A row of `answers`."""
    record = None
    if row.record_segment is not None:
        record = RecordRef(segment=row.record_segment, offset=row.record_offset, length=row.record_length)
    return KeptAnswer(
        id=row.id,
        kind=AnswerKind(row.kind),
        outlet_key=row.outlet_key,
        capture_id=row.capture_id,
        source_id=row.source_id,
        url=row.url,
        status=row.status,
        fetched_at=row.fetched_at,
        digest=row.digest,
        size=row.size,
        record=record,
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by,
    )
