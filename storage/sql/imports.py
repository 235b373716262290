"""Imports in SQL: pages of the past become articles and revisions, and the place in their file moves, at once.

How far a file is stands among the notes, by its digest: there are few, and they are asked for by nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from storage.errors import ImportTaken
from storage.imports import Import, ImportedPage
from storage.ports import BodyStore
from storage.ports.imports import After
from storage.records import Capture, Extraction, KeptPage, PendingCandidate, Reason, Stored, Verdict
from storage.sql.absences import AbsenceBatch
from storage.sql.captures import kept_page
from storage.sql.engine import reading, writing
from storage.sql.outcomes import Outcome, article_key, event_row
from storage.sql.schema import IS_KEPT, bodies, candidates, captures, notes
from storage.sql.verdicts import Batch

_TRIES = 5
_SHOWN = 100
_OLDER = "captured before the newest revision: it is kept, and makes no revision"


class SqlImportBook:
    """Implements `storage.ports.ImportBook`. `domain_of` gives a URL's registrable domain."""

    def __init__(self, engine: Engine, bodies: BodyStore, domain_of: Callable[[str], str]) -> None:
        self._engine = engine
        self._bodies = bodies
        self._domain_of = domain_of
        self._insert: Any = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def state(self, digest: str) -> Import:
        """How far a file is; see the port."""
        asked = Import(digest=digest)
        with reading(self._engine) as connection:
            value = connection.execute(select(notes.c.value).where(notes.c.name == _name(asked))).scalar()
        if value is None:
            return asked
        told = json.loads(value)
        return replace(asked, position=told["position"], counts=told["counts"])

    def known(self, captures_: Sequence[Capture]) -> list[bool]:
        """Which captures are stored; see the port."""
        digests = sorted({capture.digest for capture in captures_})
        query = select(captures.c.digest, captures.c.final_url, captures.c.fetched_at).where(
            captures.c.digest.in_(digests), captures.c.article_id.is_not(None)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all() if digests else []
        found = {(row.digest, row.final_url, row.fetched_at.replace(microsecond=0)) for row in rows}
        return [(c.digest, c.final_url, c.fetched_at.replace(microsecond=0)) in found for c in captures_]

    def pages_at(self, outlet_key: str, key: int) -> list[KeptPage]:
        """What an address was answered with, newest first; see the port."""
        own = select(candidates.c.id).where(candidates.c.outlet_key == outlet_key, candidates.c.key == key)
        query = _PAGES.where(captures.c.candidate_id.in_(own)).order_by(captures.c.id.desc())
        with reading(self._engine) as connection:
            return [kept_page(row) for row in connection.execute(query.limit(_SHOWN))]

    def page_with(self, digest: str) -> KeptPage | None:
        """A page whose body has this SHA-256; see the port."""
        with reading(self._engine) as connection:
            row = connection.execute(_PAGES.where(captures.c.digest == digest).limit(1)).first()
        return kept_page(row) if row else None

    def record(
        self, pages: Sequence[ImportedPage], before: Sequence[Import], after: After, now: datetime
    ) -> list[Stored]:
        """Stores pages and places; see the port."""
        self._bodies.sync()
        for attempt in range(1, _TRIES + 1):
            try:
                with writing(self._engine) as connection:
                    stored = self._store(connection, pages, now)
                    self._move(connection, before, after(stored))
                    return stored
            except IntegrityError:  # a worker stored the same candidate or article meanwhile
                if attempt == _TRIES:
                    raise
        raise AssertionError("unreachable")

    def _move(self, connection: Connection, before: Sequence[Import], after: Sequence[Import]) -> None:
        """Raises ImportTaken."""
        for old, new in zip(before, after, strict=True):
            if _told(old) == _told(new):
                continue
            name = _name(old)
            begun = self._insert(notes).values(name=name, value=_told(old)).on_conflict_do_nothing()
            if not old.position and not old.counts:
                connection.execute(begun)
            moved = update(notes).where(notes.c.name == name, notes.c.value == _told(old)).values(value=_told(new))
            if not connection.execute(moved).rowcount:
                raise ImportTaken("another process takes the same file in; wait for its end, then run this again")

    def _store(self, connection: Connection, pages: Sequence[ImportedPage], now: datetime) -> list[Stored]:
        if not pages:
            return []
        added, ids = self._candidates(connection, pages)
        verdicts = [_verdict(page, ids[page.outlet_key, page.candidate.key]) for page in pages]
        absences = AbsenceBatch(connection, timedelta(0))
        return _Batch(connection, verdicts, absences, now=now, added=added).run()

    def _candidates(
        self, connection: Connection, pages: Sequence[ImportedPage]
    ) -> tuple[set[int], dict[tuple[str, int], int]]:
        """Ids of those that are new, and of all; a new one ends in the same transaction, so that none waits."""
        rows = [
            {
                "outlet_key": page.outlet_key,
                "key": page.candidate.key,
                "url": page.candidate.url,
                "found_url": page.candidate.found_url,
                "domain": self._domain_of(page.candidate.url),
                "found_at": page.capture.fetched_at,
                "state": "pending",
                "tries": 0,
            }
            for page in sorted(pages, key=lambda page: page.candidate.key)
        ]
        insert = self._insert(candidates).on_conflict_do_nothing().returning(candidates.c.id)
        added = set(connection.execute(insert, rows).scalars())
        keys = [page.candidate.key for page in pages]
        query = select(candidates.c.id, candidates.c.outlet_key, candidates.c.key).where(candidates.c.key.in_(keys))
        return added, {(row.outlet_key, row.key): row.id for row in connection.execute(query)}


@dataclass
class _Batch(Batch):
    """Verdicts on pages of the past: their candidates may have ended long ago, and nobody is told of them as news."""

    now: datetime = field(kw_only=True)
    added: set[int] = field(kw_only=True)  # candidates that this batch made
    _ended: set[int] = field(default_factory=set)  # candidates that ended before without an article

    def _answered_before(self) -> dict[int, Stored]:
        """What waits to be fetched and was never stored is news: a page of the past must not take it away."""
        ids = sorted({verdict.pending.id for verdict in self.verdicts})
        query = select(candidates.c.id, candidates.c.state, candidates.c.article_id)
        query = query.where(candidates.c.id.in_(ids)).order_by(candidates.c.id)
        if self.connection.dialect.name == "postgresql":
            query = query.with_for_update(key_share=True)
        rows = [row for row in self.connection.execute(query) if row.id not in self.added and row.article_id is None]
        self._ended = {row.id for row in rows if row.state == "done"}
        return {row.id: Stored(candidate_id=row.id, reason=None) for row in rows if row.state == "pending"}

    def _decide_read(self, verdict: Verdict, extraction: Extraction) -> Outcome:
        article = self.articles.get(article_key(verdict))
        if article is not None and article.state is not None and verdict.at < article.state.seen_at:
            return Outcome(replace(verdict, detail=_OLDER), Reason.UNCHANGED, article)
        outcome = super()._decide_read(verdict, extraction)
        outcome.is_news = False
        if outcome.reason is Reason.STORED and outcome.article is not None:
            outcome.article.is_news = False
        return outcome

    def _event(self, outcome: Outcome) -> dict[str, Any]:
        row = event_row(outcome)
        told = {"is_news": False, "captured_at": outcome.verdict.at.isoformat()}
        return {**row, "at": self.now, "payload": {**row["payload"], **told}}

    def _write_ends(self, outcomes: Sequence[Outcome]) -> None:  # type: ignore[override]
        """A candidate that led to an article before stays as it is; one that came to nothing leads to one now."""
        super()._write_ends([outcome for outcome in outcomes if outcome.verdict.pending.id in self.added])
        rows = [
            {
                "candidate": outcome.verdict.pending.id,
                "reason_now": outcome.reason,
                "detail_now": outcome.verdict.detail,
                "article_now": outcome.article.id,
                "at": outcome.verdict.at,
            }
            for outcome in outcomes
            if outcome.verdict.pending.id in self._ended and outcome.article and outcome.verdict.extraction
        ]
        if rows:
            self.connection.execute(_LEAD, rows)


def _verdict(page: ImportedPage, candidate_id: int) -> Verdict:
    pending = PendingCandidate(
        id=candidate_id, outlet_key=page.outlet_key, source_id=None, domain="", candidate=page.candidate
    )
    return Verdict(
        pending=pending,
        at=page.capture.fetched_at,
        capture=page.capture if page.body_ref else None,
        body_ref=page.body_ref,
        extraction=page.extraction,
        article_url=page.article_url,
        article_key=page.article_key,
        is_variant=page.is_variant,
        base=page.base,
        hops=page.pictures,
        further=page.further,
    )


def _name(imported: Import) -> str:
    return f"import {imported.digest}"


def _told(imported: Import) -> str:
    return json.dumps({"position": imported.position, "counts": imported.counts}, sort_keys=True)


_PAGES = (
    select(captures, bodies.c.segment, bodies.c.offset, bodies.c.length)
    .join(bodies, bodies.c.digest == captures.c.digest)
    .where(captures.c.status.between(200, 299), IS_KEPT)
)
_LEAD = (
    update(candidates)
    .where(candidates.c.id == bindparam("candidate"))
    .values(
        reason=bindparam("reason_now"),
        detail=bindparam("detail_now"),
        article_id=bindparam("article_now"),
        finished_at=bindparam("at"),
    )
)
