"""Storing what became of candidates: the one place where articles and revisions are born.

A batch of verdicts is one transaction. Whether an article is new is decided by the constraint on its
fingerprint: when another worker stored it in between, the transaction is undone and run again, and then sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from storage.records import EventKind, Extraction, Reason, Stored, Verdict
from storage.search import document, index_revisions
from storage.sql.engine import writing
from storage.sql.events import append_events
from storage.sql.mapping import content_digest, revision_columns
from storage.sql.schema import articles, bodies, candidates, captures, revisions

_TRIES = 5


def record_verdicts(engine: Engine, verdicts: Sequence[Verdict]) -> list[Stored]:
    """Stores a batch; one answer a verdict, in order. See `storage.ports.CrawlStore.record_verdicts`."""
    if not verdicts:
        return []
    for attempt in range(1, _TRIES + 1):
        try:
            with writing(engine) as connection:
                return _Batch(connection, verdicts).run()
        except IntegrityError:
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


@dataclass
class _Known:
    """An article as the batch knows it."""

    id: int
    outlet_key: str
    revision_count: int
    content_digest: str
    title: str
    authors: list[str]
    body: str
    is_indexed: bool  # whether the words above are in the search index already


@dataclass
class _Batch:
    connection: Connection
    verdicts: Sequence[Verdict]
    events: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    index: dict[int, tuple[int, str, str, str]] = field(default_factory=dict)
    replaced: dict[int, tuple[int, str]] = field(default_factory=dict)

    def run(self) -> list[Stored]:
        done = self._already_done()
        open_verdicts = [v for v in self.verdicts if v.pending.id not in done]
        self._keep_bodies(open_verdicts)
        known = self._known_articles([_key(v) for v in open_verdicts if v.extraction or v.reason is Reason.SEEN])
        answers: dict[int, Stored] = dict(done)
        for verdict in open_verdicts:
            if verdict.pending.id not in answers:  # a candidate twice in one batch counts once
                answers[verdict.pending.id] = self._store(verdict, known)
        self._end_candidates()
        index_revisions(self.connection, list(self.index.values()), list(self.replaced.values()))
        append_events(self.connection, self.events)
        return [answers[v.pending.id] for v in self.verdicts]

    def _already_done(self) -> dict[int, Stored]:
        ids = {v.pending.id for v in self.verdicts}
        query = select(candidates.c.id, candidates.c.reason, candidates.c.article_id, candidates.c.key).where(
            candidates.c.id.in_(ids), candidates.c.state == "done"
        )
        rows = self.connection.execute(query)
        return {
            row.id: Stored(
                candidate_id=row.id,
                reason=Reason(row.reason),
                article_id=row.article_id,
                keys=(row.key,),
            )
            for row in rows
        }

    def _keep_bodies(self, verdicts: Sequence[Verdict]) -> None:
        rows = {
            v.capture.digest: {
                "digest": v.capture.digest,
                "segment": v.body_ref.segment,
                "offset": v.body_ref.offset,
                "length": v.body_ref.length,
            }
            for v in verdicts
            if v.capture and v.body_ref
        }
        if rows:
            insert = sqlite.insert if self.connection.dialect.name == "sqlite" else postgresql.insert
            self.connection.execute(insert(bodies).on_conflict_do_nothing(), list(rows.values()))

    def _known_articles(self, keys: Sequence[int]) -> dict[int, _Known]:
        newest = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
        query = (
            select(
                articles.c.id,
                articles.c.key,
                articles.c.outlet_key,
                articles.c.revision_count,
                revisions.c.content_digest,
                revisions.c.title,
                revisions.c.authors,
                revisions.c.body,
            )
            .join(revisions, newest)
            .where(articles.c.key.in_(set(keys)))
        )
        return {
            row.key: _Known(
                id=row.id,
                outlet_key=row.outlet_key,
                revision_count=row.revision_count,
                content_digest=row.content_digest,
                title=row.title,
                authors=row.authors,
                body=row.body,
                is_indexed=True,
            )
            for row in self.connection.execute(query)
        }

    def _store(self, verdict: Verdict, known: dict[int, _Known]) -> Stored:
        if verdict.retry_at is not None:
            self._add_capture(verdict, None)
            return self._postpone(verdict)
        if verdict.extraction is None:
            self._add_capture(verdict, None)
            seen = known.get(_key(verdict)) if verdict.reason is Reason.SEEN else None
            return self._end(verdict, verdict.reason or Reason.FAILED, seen.id if seen else None)
        article = known.get(_key(verdict))
        if article is None:
            article, reason = self._add_article(verdict), Reason.STORED
            known[_key(verdict)] = article
            capture_id = self._add_capture(verdict, article.id)
            self._add_revision(verdict, article, capture_id)
        else:
            capture_id = self._add_capture(verdict, article.id)
            reason = self._revise(verdict, article, capture_id)
        return self._end(verdict, reason, article.id)

    def _add_article(self, verdict: Verdict) -> _Known:
        extraction = _extraction(verdict)
        values = {
            "key": _key(verdict),
            "outlet_key": verdict.pending.outlet_key,
            "url": verdict.article_url or verdict.pending.candidate.url,
            "first_seen_at": verdict.at,
            "updated_at": verdict.at,
            "language": extraction.language,
            "revision_count": 1,
        }
        article_id = self.connection.execute(articles.insert().values(**values).returning(articles.c.id)).scalar_one()
        self._tell(verdict, EventKind.ARTICLE_STORED, article_id)
        return _Known(
            id=article_id,
            outlet_key=verdict.pending.outlet_key,
            revision_count=1,
            content_digest=content_digest(extraction),
            title=extraction.title,
            authors=list(extraction.authors),
            body=extraction.body,
            is_indexed=False,
        )

    def _revise(self, verdict: Verdict, article: _Known, capture_id: int | None) -> Reason:
        """A new revision if the words changed. Only the article's own page may change it, no variant or other outlet."""
        extraction = _extraction(verdict)
        digest = content_digest(extraction)
        is_foreign = verdict.is_variant or verdict.pending.outlet_key != article.outlet_key
        if digest == article.content_digest or is_foreign:
            return Reason.UNCHANGED
        if article.is_indexed:
            self.replaced[article.id] = (article.id, document(article.title, " ".join(article.authors), article.body))
        article.revision_count += 1
        article.content_digest, article.is_indexed = digest, False
        article.title, article.authors, article.body = extraction.title, list(extraction.authors), extraction.body
        values = {"revision_count": article.revision_count, "updated_at": verdict.at, "language": extraction.language}
        self.connection.execute(update(articles).where(articles.c.id == article.id).values(**values))
        self._add_revision(verdict, article, capture_id)
        self._tell(verdict, EventKind.ARTICLE_REVISED, article.id)
        return Reason.REVISED

    def _add_revision(self, verdict: Verdict, article: _Known, capture_id: int | None) -> None:
        row = revision_columns(_extraction(verdict))
        row |= {
            "article_id": article.id,
            "number": article.revision_count,
            "seen_at": verdict.at,
            "capture_id": capture_id,
        }
        self.connection.execute(revisions.insert().values(**row))
        self.index[article.id] = (article.id, article.title, " ".join(article.authors), article.body)

    def _add_capture(self, verdict: Verdict, article_id: int | None) -> int | None:
        capture = verdict.capture
        if capture is None or verdict.body_ref is None:
            return None
        values = {
            "candidate_id": verdict.pending.id,
            "article_id": article_id,
            "url": capture.url,
            "final_url": capture.final_url,
            "fetched_at": capture.fetched_at,
            "status": capture.status,
            "headers": [list(pair) for pair in capture.headers],
            "digest": capture.digest,
            "size": len(capture.body),
        }
        capture_id: int = self.connection.execute(
            captures.insert().values(**values).returning(captures.c.id)
        ).scalar_one()
        return capture_id

    def _postpone(self, verdict: Verdict) -> Stored:
        tries = candidates.c.tries + 1 if verdict.is_try else candidates.c.tries
        values = {"tries": tries, "not_before": verdict.retry_at, "detail": verdict.detail}
        self.connection.execute(update(candidates).where(candidates.c.id == verdict.pending.id).values(**values))
        return Stored(candidate_id=verdict.pending.id, reason=None)

    def _end(self, verdict: Verdict, reason: Reason, article_id: int | None) -> Stored:
        self.ended.append(
            {
                "candidate": verdict.pending.id,
                "reason": reason.value,
                "detail": verdict.detail,
                "article_id": article_id,
                "finished_at": verdict.at,
            }
        )
        keys = {verdict.pending.candidate.key} | ({_key(verdict)} if article_id is not None else set())
        return Stored(candidate_id=verdict.pending.id, reason=reason, article_id=article_id, keys=tuple(sorted(keys)))

    def _end_candidates(self) -> None:
        if self.ended:
            statement = (
                update(candidates)
                .where(candidates.c.id == bindparam("candidate"), candidates.c.state == "pending")
                .values(
                    state="done",
                    tries=candidates.c.tries + 1,
                    reason=bindparam("reason"),
                    detail=bindparam("detail"),
                    article_id=bindparam("article_id"),
                    finished_at=bindparam("finished_at"),
                )
            )
            self.connection.execute(statement, self.ended)

    def _tell(self, verdict: Verdict, kind: EventKind, article_id: int) -> None:
        extraction = _extraction(verdict)
        payload = {
            "url": verdict.article_url or verdict.pending.candidate.url,
            "title": extraction.title,
            "language": extraction.language,
        }
        self.events.append(
            {
                "at": verdict.at,
                "kind": kind.value,
                "outlet_key": verdict.pending.outlet_key,
                "article_id": article_id,
                "payload": payload,
            }
        )


def _key(verdict: Verdict) -> int:
    return verdict.article_key if verdict.article_key is not None else verdict.pending.candidate.key


def _extraction(verdict: Verdict) -> Extraction:
    if verdict.extraction is None:
        raise TypeError(f"the verdict on candidate {verdict.pending.id} has no extraction to store")
    return verdict.extraction
