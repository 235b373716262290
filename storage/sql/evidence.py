"""Which record of the archive each capture is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, bindparam, func, or_, select, update

from storage.errors import UnknownCapture
from storage.records import AnswerKind, BodyRef, KeptAnswer, KeptCapture, Provenance, RecordRef, RevisionLink
from storage.sql.answer_tables import answers
from storage.sql.answers import answers_in_file, hops_of
from storage.sql.captures import kept_page
from storage.sql.engine import reading, writing
from storage.sql.schema import IS_KEPT, bodies, candidates, captures, revisions, sources
from storage.sql.words import is_as_read


class SqlEvidenceBook:
    """Implements `storage.ports.EvidenceBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_article(self, article_id: int) -> tuple[list[RevisionLink], list[KeptCapture]]:
        """Revisions and captures, oldest first."""
        own = select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.number)
        kept = _kept().where(captures.c.article_id == article_id).order_by(captures.c.id)
        with reading(self._engine) as connection:
            links = [_link(row) for row in connection.execute(own)]
            return links, _with_hops(connection, kept)

    def capture(self, capture_id: int) -> KeptCapture:
        """One capture, deleted or not. Raises UnknownCapture."""
        found = self._captures(_kept().where(captures.c.id == capture_id))
        if not found:
            raise UnknownCapture(f"no capture has the number {capture_id}")
        return found[0]

    def in_file(self, name: str) -> list[KeptCapture]:
        """Captures of a file, by offset."""
        return self._captures(
            _kept().where(captures.c.record_segment == name, IS_KEPT).order_by(captures.c.record_offset)
        )

    def answers_in_file(self, name: str) -> list[KeptAnswer]:
        """Answers that are no page, of a file, by offset."""
        with reading(self._engine) as connection:
            return answers_in_file(connection, name)

    def in_segments(self, after_id: int, limit: int) -> list[KeptCapture]:
        """Captures without a record, by id."""
        left = _kept().where(captures.c.record_segment.is_(None), IS_KEPT, captures.c.id > after_id)
        return self._captures(left.order_by(captures.c.id).limit(limit))

    def kept(
        self,
        after_id: int,
        limit: int,
        *,
        outlet_keys: Collection[str] = (),
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> list[KeptCapture]:
        """Captures whose bodies are kept, by id; see the port."""
        query = _kept().where(captures.c.id > after_id, IS_KEPT)
        if outlet_keys:
            query = query.where(candidates.c.outlet_key.in_(sorted(outlet_keys)))
        if since is not None:
            query = query.where(captures.c.fetched_at >= since)
        if before is not None:
            query = query.where(captures.c.fetched_at < before)
        return self._captures(query.order_by(captures.c.id).limit(limit))

    def names(self) -> set[str]:
        """Files that are referred to."""
        return set(extents(self._engine))

    def extents(self) -> dict[str, int]:
        """How far the store refers into each file."""
        return extents(self._engine)

    def broken_links(self, limit: int) -> list[RevisionLink]:
        """Revisions whose capture is not there, or is another article's."""
        joined = select(revisions).outerjoin(captures, captures.c.id == revisions.c.capture_id)
        is_wrong = or_(captures.c.id.is_(None), captures.c.article_id != revisions.c.article_id)
        with reading(self._engine) as connection:
            found = joined.where(revisions.c.capture_id.is_not(None), is_wrong).limit(limit)
            return [_link(row) for row in connection.execute(found)]

    def capture_count(self) -> int:
        """How many captures there are."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(captures)).scalar_one()

    def deleted_count(self) -> int:
        """How many retention deleted."""
        gone = select(func.count()).select_from(bodies).join(captures, captures.c.digest == bodies.c.digest)
        with reading(self._engine) as connection:
            return connection.execute(gone.where(bodies.c.deleted_by.is_not(None))).scalar_one()

    def moved(self, places: Sequence[tuple[KeptCapture, BodyRef]]) -> None:
        """Notes where captures and bodies lie now; see the port."""
        with writing(self._engine) as connection:
            for kept, body in places:
                record = body.revisit or body
                connection.execute(
                    _MOVE_CAPTURE,
                    {"number": kept.capture.id, "name": record.segment, "begin": record.offset, "bytes": record.length},
                )
                connection.execute(
                    _MOVE_BODY,
                    {
                        "hash": kept.capture.digest,
                        "former": kept.body.segment,
                        "name": body.segment,
                        "begin": body.offset,
                        "bytes": body.length,
                    },
                )

    def _captures(self, query: Select[Any]) -> list[KeptCapture]:
        with reading(self._engine) as connection:
            return _with_hops(connection, query)


def extents(engine: Engine) -> dict[str, int]:
    """How far the database refers into each file of the archive, in bytes."""
    kept, records = bodies.c, captures.c
    far = select(kept.segment, func.max(kept.offset + kept.length)).where(kept.segment != "").group_by(kept.segment)
    own = select(records.record_segment, func.max(records.record_offset + records.record_length))
    own = own.where(records.record_segment.is_not(None)).group_by(records.record_segment)
    others = select(answers.c.record_segment, func.max(answers.c.record_offset + answers.c.record_length))
    others = others.where(answers.c.record_segment.is_not(None)).group_by(answers.c.record_segment)
    ends: dict[str, int] = {}
    with reading(engine) as connection:
        for name, end in (*connection.execute(far), *connection.execute(own), *connection.execute(others)):
            ends[name] = max(end, ends.get(name, 0))
    return ends


_MOVE_CAPTURE = (
    update(captures)
    .where(captures.c.id == bindparam("number"), captures.c.record_segment.is_(None))
    .values(record_segment=bindparam("name"), record_offset=bindparam("begin"), record_length=bindparam("bytes"))
)
_MOVE_BODY = (
    update(bodies)
    .where(bodies.c.digest == bindparam("hash"), bodies.c.segment == bindparam("former"))
    .values(segment=bindparam("name"), offset=bindparam("begin"), length=bindparam("bytes"))
)


def _kept() -> Select[Any]:
    return (
        select(
            captures,
            bodies.c.segment,
            bodies.c.offset,
            bodies.c.length,
            bodies.c.deleted_at,
            bodies.c.deleted_by,
            candidates.c.outlet_key,
            candidates.c.found_url,
            candidates.c.source_id,
            sources.c.url.label("source_url"),
        )
        .join(bodies, bodies.c.digest == captures.c.digest)
        .outerjoin(candidates, candidates.c.id == captures.c.candidate_id)
        .outerjoin(sources, sources.c.id == candidates.c.source_id)
    )


def _with_hops(connection: Connection, query: Select[Any]) -> list[KeptCapture]:
    found = [_capture(row) for row in connection.execute(query)]
    hops = hops_of(connection, [kept.capture.id for kept in found])
    return [_joined(kept, hops.get(kept.capture.id, ())) for kept in found]


def _joined(kept: KeptCapture, own: Sequence[KeptAnswer]) -> KeptCapture:
    if not own:
        return kept
    of_kind = (tuple(each for each in own if each.kind is kind) for kind in (AnswerKind.HOP, AnswerKind.PICTURE))
    hops, pictures = of_kind
    return replace(kept, hops=hops, pictures=pictures)


def _capture(row: Row[Any]) -> KeptCapture:
    page = kept_page(row)
    record = None
    if row.record_segment is not None:
        record = RecordRef(segment=row.record_segment, offset=row.record_offset, length=row.record_length)
    found = Provenance(
        outlet_key=row.outlet_key or "",
        candidate_id=row.candidate_id,
        candidate_url=row.found_url,
        source_id=row.source_id,
        source_url=row.source_url,
    )
    return KeptCapture(
        capture=page.capture,
        record=record,
        body=page.ref,
        found=found,
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by,
    )


def _link(row: Row[Any]) -> RevisionLink:
    return RevisionLink(
        article_id=row.article_id,
        number=row.number,
        seen_at=row.seen_at,
        title=row.title,
        extractor=row.extractor,
        content_digest=row.content_digest,
        capture_id=row.capture_id,
        is_as_read=is_as_read(row._mapping),  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)
    )
