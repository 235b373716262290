"""Which files of the archive hold what was deleted, and where everything lies once they were written anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from storage.records import BodyRef
from storage.sql.answer_tables import answers
from storage.sql.schema import IS_KEPT, bodies, captures

_CHUNK = 500
_NOWHERE = ""  # the place of a body whose bytes are gone


class Revived(Exception):
    """What was to go is wanted again: the same bytes were fetched meanwhile."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the store knows of one file."""

    staying: list[tuple[BodyRef, str]]  # bodies with their digests
    going: frozenset[int]  # places of responses and revisits whose body was deleted
    answers: frozenset[int]  # places of responses that are no page of an article, and stay


def files_with_deleted(connection: Connection) -> list[str]:
    """Names of files that hold bodies, or records, of what was deleted."""
    own = select(bodies.c.segment).where(_IS_DELETED, bodies.c.segment != _NOWHERE).distinct()
    later = (
        select(captures.c.record_segment)
        .join(bodies, bodies.c.digest == captures.c.digest)
        .where(_IS_DELETED, captures.c.record_segment.is_not(None))
        .distinct()
    )
    others = select(answers.c.record_segment).where(answers.c.deleted_by.is_not(None)).distinct()
    queries = (own, later, others)
    return sorted({name for query in queries for name in connection.execute(query).scalars() if name})


def contents_of(connection: Connection, name: str) -> Contents:
    """What is to stay in a file, and what is to go."""
    kept = connection.execute(select(bodies).where(bodies.c.segment == name, IS_KEPT)).all()
    gone = connection.execute(select(bodies.c.offset).where(bodies.c.segment == name, _IS_DELETED)).scalars().all()
    records = connection.execute(_RECORDS, {"name": name}).scalars().all()
    found = connection.execute(select(answers.c.record_offset, answers.c.deleted_by).where(_answers_of(name))).all()
    return Contents(
        staying=[(BodyRef(segment=name, offset=row.offset, length=row.length), row.digest) for row in kept],
        going=frozenset({*gone, *records, *(row.record_offset for row in found if row.deleted_by is not None)}),
        answers=frozenset(row.record_offset for row in found if row.deleted_by is None),
    )


def deleted_among(connection: Connection, digests: Collection[str]) -> set[str]:
    """Those of these bodies that were deleted."""
    wanted, found = sorted(digests), set[str]()
    for start in range(0, len(wanted), _CHUNK):
        query = select(bodies.c.digest).where(_IS_DELETED, bodies.c.digest.in_(wanted[start : start + _CHUNK]))
        found.update(connection.execute(query).scalars())
    return found


def switch(connection: Connection, name: str, new: str, moves: Mapping[int, int], gone: Collection[int]) -> None:
    """Has all that lay in a file lie in the new one, and what is gone nowhere. Raises Revived, and nothing is done."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(bodies.c.digest).where(bodies.c.segment == name).with_for_update())
    if contents_of(connection, name).going - set(gone):
        raise Revived("more was deleted of it meanwhile")
    rows = [{"old": old, "new": place} for old, place in sorted(moves.items())]
    if rows:
        # Of a record that goes there is no move, so its row keeps the old name, by which it is found below.
        connection.execute(_MOVE_BODY.where(bodies.c.segment == name).values(segment=new), rows)
        connection.execute(_MOVE_RECORD.where(captures.c.record_segment == name).values(record_segment=new), rows)
        connection.execute(_MOVE_ANSWER.where(_answers_of(name)).values(record_segment=new), rows)
    nowhere = update(bodies).where(bodies.c.segment == name, _IS_DELETED)
    connection.execute(nowhere.values(segment=_NOWHERE, offset=0, length=0))
    records = select(captures.c.id).join(bodies, bodies.c.digest == captures.c.digest)
    lost = records.where(captures.c.record_segment == name, _IS_DELETED)
    forgotten = update(captures).where(captures.c.id.in_(lost))
    connection.execute(forgotten.values(record_segment=None, record_offset=None, record_length=None))
    forgotten = update(answers).where(_answers_of(name), answers.c.deleted_by.is_not(None))
    connection.execute(forgotten.values(record_segment=None, record_offset=None, record_length=None))
    if is_referred_to(connection, name):
        raise Revived("something of it was fetched again meanwhile")


def is_referred_to(connection: Connection, name: str) -> bool:
    """Whether anything lies in a file."""
    queries: tuple[Any, ...] = (
        select(bodies.c.digest).where(bodies.c.segment == name),
        select(captures.c.id).where(captures.c.record_segment == name),
        select(answers.c.id).where(_answers_of(name)),
    )
    return any(connection.execute(query.limit(1)).first() is not None for query in queries)


def _answers_of(name: str) -> Any:
    return answers.c.record_segment == name


_IS_DELETED = bodies.c.deleted_by.is_not(None)
_RECORDS = (
    select(captures.c.record_offset)
    .join(bodies, bodies.c.digest == captures.c.digest)
    .where(captures.c.record_segment == bindparam("name"), _IS_DELETED)
)
_MOVE_BODY = update(bodies).where(bodies.c.offset == bindparam("old")).values(offset=bindparam("new"))
_MOVE_RECORD = (
    update(captures).where(captures.c.record_offset == bindparam("old")).values(record_offset=bindparam("new"))
)
_MOVE_ANSWER = update(answers).where(answers.c.record_offset == bindparam("old")).values(record_offset=bindparam("new"))
