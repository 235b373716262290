"""Stored articles that are not where they were: noted, told once they were missed twice, and told when they are back.

All of it happens in the transaction of the verdicts that say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, insert, or_, select, update

from storage.records import Absence, ChangeKind, EventKind, Pin, Verdict
from storage.sql.change_book import absence_from_row
from storage.sql.change_tables import absences, article_changes
from storage.sql.pins import add_pins
from storage.sql.schema import articles, candidates, captures, revisions
from storage.vanishing import Missing, Step, step_of

#: Reasons of pins.
VANISHED, EVIDENCE = "vanished", "evidence"


@dataclass(slots=True)
class _Noted:
    verdict: Verdict
    missing: Missing
    step: Step


@dataclass
class AbsenceBatch:
    """The absences that one batch of verdicts is about. `confirm_after`: how far apart two answers must be."""

    connection: Connection
    confirm_after: timedelta
    known: dict[int, Absence] = field(default_factory=dict)  # those that last, by article
    _own: set[int] = field(default_factory=set)  # candidates that are their article's own address
    _noted: dict[int, _Noted] = field(default_factory=dict)  # by article
    _back: dict[int, Verdict] = field(default_factory=dict)

    def read(self, verdicts: Iterable[Verdict]) -> None:
        """Reads what is known of the articles that are asked for again."""
        again = [v.pending for v in verdicts if v.pending.article_id is not None]
        if not again:
            return
        ids = sorted({pending.article_id for pending in again if pending.article_id is not None})
        rows = self.connection.execute(_OPEN, {"ids": ids})
        self.known = {row.article_id: absence_from_row(row) for row in rows}
        self._own = set(self.connection.execute(_OWN, {"candidates": sorted({p.id for p in again})}).scalars())

    def miss(self, verdict: Verdict, missing: Missing) -> Verdict:
        """Notes that an article was missed: the verdict as it is, or with the time of the second look."""
        article_id = verdict.pending.article_id
        if article_id is None or verdict.pending.id not in self._own:
            return verdict  # another address that led to it once says nothing of the article
        known = self.known.get(article_id)
        step = step_of(known, verdict.at, self.confirm_after)
        self._noted[article_id] = _Noted(verdict, missing, step)
        if step in {Step.TELL, Step.KNOWN}:
            return verdict
        first_at = known.first_at if known else verdict.at
        again_at = first_at + self.confirm_after
        detail = f"{missing.detail}; looked at again from {again_at:%Y-%m-%d %H:%M:%S} UTC on, before it is told"
        return replace(verdict, retry_at=again_at, is_try=False, detail=detail, reason=None)

    def meet(self, verdict: Verdict, article_id: int) -> None:
        """Notes that an article is there."""
        if article_id in self.known:
            self._back[article_id] = verdict

    def write(self, capture_ids: Mapping[int, int]) -> list[dict[str, Any]]:
        """Stores what was noted; returns the events that tell of it."""
        told = [article_id for article_id, noted in self._noted.items() if noted.step is Step.TELL]
        back = [article_id for article_id in self._back if self.known[article_id].told_at is not None]
        passed = sorted(set(self._back) - set(back))
        if passed:  # missed once, and there again: nothing that anybody is told
            self.connection.execute(_FORGET, {"ids": passed})
        for article_id, noted in sorted(self._noted.items()):
            self._write_noted(article_id, noted, capture_ids.get(noted.verdict.pending.id))
        if not told and not back:
            return []
        facts: dict[int, Any] = {
            row.id: row for row in self.connection.execute(_FACTS, {"ids": sorted({*told, *back})})
        }
        events = [self._tell(facts[article_id], capture_ids) for article_id in sorted(told) if article_id in facts]
        return events + [
            self._return(facts[article_id], capture_ids) for article_id in sorted(back) if article_id in facts
        ]

    def _write_noted(self, article_id: int, noted: _Noted, capture_id: int | None) -> None:
        verdict, missing = noted.verdict, noted.missing
        if noted.step is Step.FIRST:
            row = {
                "article_id": article_id,
                "kind": missing.kind.value,
                "detail": missing.detail,
                "first_at": verdict.at,
                "last_at": verdict.at,
                "answers": 1,
                "first_capture_id": capture_id,
                "last_capture_id": capture_id,
            }
            self.connection.execute(insert(absences), [row])
            return
        now = {
            "article": article_id,
            "kind_now": missing.kind.value,
            "detail_now": missing.detail,
            "at": verdict.at,
            "told": verdict.at if noted.step is Step.TELL else self.known[article_id].told_at,
            "capture": capture_id,
        }
        self.connection.execute(_MISSED_AGAIN, [now])

    def _tell(self, facts: Any, capture_ids: Mapping[int, int]) -> dict[str, Any]:
        noted, known = self._noted[facts.id], self.known[facts.id]
        verdict, missing = noted.verdict, noted.missing
        capture_id = capture_ids.get(verdict.pending.id)
        pinned = (
            [Pin(digest=facts.digest, reason=VANISHED, since=verdict.at, article_id=facts.id)] if facts.digest else []
        )
        pinned += [Pin(digest=d, reason=EVIDENCE, since=verdict.at, article_id=facts.id) for d in self._evidence(noted)]
        add_pins(self.connection, pinned)
        self._add_change(facts, ChangeKind.VANISHED, verdict, missing, capture_id)
        return _event(
            facts,
            EventKind.ARTICLE_VANISHED,
            verdict,
            absence=missing.kind.value,
            detail=missing.detail,
            first_missed_at=known.first_at.isoformat(),
            answers=known.answers + 1,
            evidence=verdict.capture.digest if verdict.capture and verdict.body_ref else None,
            last_good=facts.digest,
        )

    def _evidence(self, noted: _Noted) -> set[str]:
        """Digests of both answers, of those that were kept."""
        first = self.known[noted.verdict.pending.article_id or 0].first_capture_id
        found = set[str]()
        if first is not None:
            found.update(self.connection.execute(_DIGEST, {"capture": first}).scalars())
        if noted.verdict.capture and noted.verdict.body_ref:
            found.add(noted.verdict.capture.digest)
        return found

    def _return(self, facts: Any, capture_ids: Mapping[int, int]) -> dict[str, Any]:
        verdict, known = self._back[facts.id], self.known[facts.id]
        self.connection.execute(_END, [{"article": facts.id, "at": verdict.at}])
        missing = Missing(kind=known.kind, detail=known.detail)
        self._add_change(facts, ChangeKind.RETURNED, verdict, missing, capture_ids.get(verdict.pending.id))
        return _event(
            facts,
            EventKind.ARTICLE_RETURNED,
            verdict,
            absence=known.kind.value,
            first_missed_at=known.first_at.isoformat(),
            last_missed_at=known.last_at.isoformat(),
        )

    def _add_change(
        self, facts: Any, kind: ChangeKind, verdict: Verdict, missing: Missing, capture_id: int | None
    ) -> None:
        row = {
            "at": verdict.at,
            "kind": kind.value,
            "outlet_key": facts.outlet_key,
            "article_id": facts.id,
            "number": facts.revision_count,
            "revision": None,
            "differences": [],
            "is_stealth": False,
            "absence": missing.kind.value,
            "detail": missing.detail,
            "capture_id": capture_id,
        }
        self.connection.execute(insert(article_changes), [row])


def _event(facts: Any, kind: EventKind, verdict: Verdict, **told: Any) -> dict[str, Any]:
    return {
        "at": verdict.at,
        "kind": kind.value,
        "outlet_key": facts.outlet_key,
        "article_id": facts.id,
        "payload": {"url": facts.url, "title": facts.title, "language": facts.language, **told},
    }


_LASTS = absences.c.ended_at.is_(None)
_OPEN = select(absences).where(_LASTS, absences.c.article_id.in_(bindparam("ids", expanding=True)))
_FORGET = delete(absences).where(_LASTS, absences.c.article_id.in_(bindparam("ids", expanding=True)))
_END = update(absences).where(_LASTS, absences.c.article_id == bindparam("article")).values(ended_at=bindparam("at"))
_MISSED_AGAIN = (
    update(absences)
    .where(_LASTS, absences.c.article_id == bindparam("article"))
    .values(
        kind=bindparam("kind_now"),
        detail=bindparam("detail_now"),
        last_at=bindparam("at"),
        answers=absences.c.answers + 1,
        last_capture_id=bindparam("capture"),
        told_at=bindparam("told"),
    )
)
_FACTS = (
    select(
        articles.c.id,
        articles.c.outlet_key,
        articles.c.url,
        articles.c.language,
        articles.c.revision_count,
        revisions.c.title,
        captures.c.digest,  # of the last good capture
    )
    .join(revisions, and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count))
    .outerjoin(captures, captures.c.id == revisions.c.capture_id)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
)
_DIGEST = select(captures.c.digest).where(captures.c.id == bindparam("capture"))
#: A candidate is its article's own address by its fingerprint, or because the article was read there.
_OWN = (
    select(candidates.c.id)
    .join(articles, articles.c.id == candidates.c.article_id)
    .where(
        candidates.c.id.in_(bindparam("candidates", expanding=True)),
        or_(
            candidates.c.key == articles.c.key,
            exists().where(
                captures.c.candidate_id == candidates.c.id,
                captures.c.article_id == articles.c.id,
                captures.c.status.between(200, 299),
            ),
        ),
    )
)
