"""What scheduler and workers read and write, in SQL: due sources, visits, pending candidates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Text, and_, bindparam, cast, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import LeaseLost, UnknownOutlet
from storage.jobs.sql import acknowledge
from storage.ports import BodyStore, Examined, Examiner, Paced, Pacer
from storage.records import (
    Candidate,
    Outlet,
    PendingCandidate,
    Reason,
    Source,
    Stored,
    Validators,
    Verdict,
    VisitReport,
    VisitSummary,
)
from storage.sql.answers import answer_row, write_answers
from storage.sql.changes import reopen_failed, reopen_modified
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.floods import count_taken, without_flood
from storage.sql.gaps import note_overlap, sooner
from storage.sql.health import state_events
from storage.sql.job_tables import visit_jobs
from storage.sql.losses import retry_lost
from storage.sql.mapping import (
    hints_to_json,
    outlet_from_spec,
    outlet_from_text,
    pending_from_row,
    source_from_row,
)
from storage.sql.orders import BY_COMMAND, event_of
from storage.sql.quarantine import SOURCE, SOURCE_IS_HELD, count_deaths, held_detail
from storage.sql.quiet_visits import record_quiet
from storage.sql.revisit_tables import revisits_open
from storage.sql.schema import IS_PENDING, articles, candidates, captures, outlets, paces, sightings, sources, visits
from storage.sql.source_states import source_columns
from storage.sql.subscriptions import forget_push, note_hub
from storage.sql.validation import validators_in
from storage.sql.verdicts import record_verdicts
from storage.sql.visit_pacing import keep_marks, pace_visit
from storage.sql.visit_rows import visit_from_row, visit_row

#: Rows a statement, so that no database meets its limit of parameters.
_CHUNK = 500


class SqlCrawlStore:
    """Implements `storage.ports.CrawlStore`.

    `domain_of` gives a URL's registrable domain; `interval_s` holds where an outlet sets none; an
    article that its source calls modified is fetched again at most once in `again_after_s` seconds. `pacer` chooses
    when a source is visited next; without one, it is when the visit's report says. `examiner` tells its state; without
    one, only whether it fails. A stored article that is missed is told once a second answer says so, `confirm_gone_s`
    seconds or more after the first. At most `new_a_day` new addresses of an outlet are taken a day (`floods`).
    """

    def __init__(
        self,
        engine: Engine,
        bodies: BodyStore,
        domain_of: Callable[[str], str],
        interval_s: int,
        again_after_s: int = 3600,
        *,
        pacer: Pacer | None = None,
        examiner: Examiner | None = None,
        new_a_day: int = 2_000,
        confirm_gone_s: int = 3600,
    ) -> None:
        self._confirm_after = timedelta(seconds=confirm_gone_s)
        self._new_a_day = new_a_day
        self._examiner = examiner
        self._pacer = pacer
        self._engine = engine
        self._bodies = bodies
        self._domain_of = domain_of
        self._interval_s = interval_s
        self._again_after_s = again_after_s
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def due_sources(self, now: datetime, limit: int) -> list[Source]:
        """Sources that are due and not queued."""
        query = (
            select(sources, outlets.c.spec)
            .join(outlets, outlets.c.key == sources.c.outlet_key)
            .where(sources.c.is_active, ~sources.c.is_gone, sources.c.next_due_at <= now)
            .where(~exists().where(visit_jobs.c.source_id == sources.c.id), ~SOURCE_IS_HELD)
            .order_by(sources.c.next_due_at)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [self._source(row) for row in connection.execute(query)]

    def next_due_at(self) -> datetime | None:
        """When the next source is due."""
        query = select(func.min(sources.c.next_due_at)).where(sources.c.is_active, ~sources.c.is_gone, ~SOURCE_IS_HELD)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def source(self, source_id: int) -> Source | None:
        """One source, or None when it was removed or is in quarantine."""
        query = select(sources, outlets.c.spec).join(outlets, outlets.c.key == sources.c.outlet_key)
        with reading(self._engine) as connection:
            row = connection.execute(query.where(sources.c.id == source_id, ~SOURCE_IS_HELD)).first()
        return self._source(row) if row else None

    def sources(self, source_ids: Sequence[int]) -> tuple[Mapping[int, Source], Mapping[str, Outlet]]:
        """Those of these sources that may be visited, by id, and their outlets by key."""
        found: dict[int, Source] = {}
        owners: dict[str, Outlet] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(source_ids), _CHUNK):
                for row in connection.execute(_THESE_SOURCES, {"ids": list(source_ids[start : start + _CHUNK])}):
                    outlet = owners[row.outlet_key] = outlet_from_text(row.spec)
                    found[row.id] = source_from_row(row, outlet.interval_s or self._interval_s)
        return found, owners

    def sources_of(self, outlet_keys: Iterable[str]) -> list[Source]:
        """All sources of these outlets that may be visited."""
        query = select(sources, outlets.c.spec).join(outlets, outlets.c.key == sources.c.outlet_key)
        query = query.where(sources.c.outlet_key.in_(list(outlet_keys)), sources.c.is_active, ~sources.c.is_gone)
        query = query.where(~SOURCE_IS_HELD)
        with reading(self._engine) as connection:
            return [self._source(row) for row in connection.execute(query.order_by(sources.c.id))]

    def outlet_of(self, key: str) -> Outlet:
        """One outlet, removed ones included. Raises UnknownOutlet."""
        with reading(self._engine) as connection:
            row = connection.execute(select(outlets.c.spec).where(outlets.c.key == key)).first()
        if row is None:
            raise UnknownOutlet(f"no outlet is called {key!r}; `presswatch outlets list` shows those there are")
        return outlet_from_spec(row.spec)

    def marks_of(self, source_id: int) -> bytes | None:
        """By which a visit knows what the last one has read; see the port."""
        with reading(self._engine) as connection:
            return connection.execute(select(paces.c.marks).where(paces.c.source_id == source_id)).scalar()

    def record_visit(self, report: VisitReport) -> tuple[VisitSummary, list[PendingCandidate]]:
        """Stores a visit with all it found; see the port."""
        if report.answers:
            self._bodies.sync()
        with writing(self._engine) as connection:
            if report.job is not None and not acknowledge(connection, report.job):
                raise LeaseLost(f"the visit of source {report.source_id} was taken over by another worker")
            own = select(sources).where(sources.c.id == report.source_id).with_for_update(key_share=True)
            row = connection.execute(own).one()
            report = _with_deaths(connection, report, row)
            is_first = row.last_ok_at is None
            report = without_flood(connection, report, row.outlet_key, self._new_a_day, is_first=is_first)
            new = self._add_candidates(connection, report, row)
            count_taken(connection, report, row.outlet_key, self._new_a_day, set(new.values()))
            new_ids = list(new)
            visit = self._add_visit(connection, report, row.outlet_key, len(new_ids))
            of_source = (answer_row(each, row.outlet_key, source_id=row.id) for each in report.answers)
            write_answers(connection, list(of_source))
            has_gap = note_overlap(connection, report, row, visit.id)
            sighted = self._add_sightings(connection, report, row.outlet_key, visit.id)
            keep_marks(connection, report)
            paced = self._paced(connection, report, row, set(new.values()), has_gap=has_gap)
            note_hub(connection, report, row, is_new=sighted > 0)
            forget_push(connection, report)
            found = self._update_source(connection, report, row, visit.id, paced, is_new=sighted > 0)
            again_ids = reopen_modified(connection, report, row.outlet_key, self._again_after_s)
            again_ids += reopen_failed(connection, report, row.outlet_key)
            pending = self._pending_of(connection, new_ids + again_ids)
            append_events(connection, state_events(found, report, row))
        return visit, pending

    def record_quiet(self, reports: Sequence[VisitReport]) -> list[bool]:
        """Stores visits that found nothing new, in one transaction; see the port."""
        if any(report.answers for report in reports):
            self._bodies.sync()
        with writing(self._engine) as connection:
            return record_quiet(connection, reports, self._pacer, self._examiner)

    def pending(
        self,
        domains: Sequence[str],
        now: datetime,
        limit_per_domain: int,
        exclude: Iterable[int] = (),
        outlet_keys: Collection[str] | None = None,
    ) -> list[PendingCandidate]:
        """Candidates of these domains (and outlets) that may be fetched now, oldest first."""
        left_out = set(exclude)
        most = limit_per_domain + min(len(left_out), 2 * limit_per_domain)  # a domain's share of what is left out
        found: list[PendingCandidate] = []
        with reading(self._engine) as connection:
            for domain in domains:
                query = _WITH_REVISITS.where(candidates.c.domain == domain, self._may_be_fetched(now))
                if outlet_keys is not None:
                    query = query.where(candidates.c.outlet_key.in_(list(outlet_keys)))
                rows = connection.execute(query.order_by(candidates.c.id).limit(most))
                fresh = [pending_from_row(row) for row in rows if row.id not in left_out]
                found.extend(fresh[:limit_per_domain])
        return found

    def domains_pending(self, now: datetime, limit: int, outlet_keys: Collection[str] | None = None) -> list[str]:
        """Domains with candidates (of these outlets) that may be fetched now."""
        query = select(candidates.c.domain).where(self._may_be_fetched(now)).group_by(candidates.c.domain)
        if outlet_keys is not None:
            query = query.where(candidates.c.outlet_key.in_(list(outlet_keys)))
        with reading(self._engine) as connection:
            oldest_first = query.order_by(func.min(candidates.c.id)).limit(limit)
            return list(connection.execute(oldest_first).scalars())

    def pending_count(self, outlet_keys: Iterable[str] | None = None) -> tuple[int, datetime | None]:
        """How many candidates wait, and when the earliest that must wait may be fetched."""
        query = select(func.count(), func.min(candidates.c.not_before)).where(IS_PENDING)
        if outlet_keys is not None:
            query = query.where(candidates.c.outlet_key.in_(list(outlet_keys)))
        with reading(self._engine) as connection:
            count, earliest = connection.execute(query).one()
        return count, earliest

    def validators_of(self, candidate_id: int) -> Validators | None:
        """What the newest answer that an article was read from can be asked about again with.

        Of no other answer: a 404 or a log-in form that has not changed would be taken for the article.
        """
        newest = select(captures.c.final_url, captures.c.headers).where(
            captures.c.candidate_id == candidate_id,
            captures.c.article_id.is_not(None),
            captures.c.status.between(200, 299),
        )
        with reading(self._engine) as connection:
            row = connection.execute(newest.order_by(captures.c.id.desc()).limit(1)).first()
        return validators_in(row.final_url, row.headers) if row else None

    def record_verdicts(self, verdicts: Sequence[Verdict]) -> list[Stored]:
        """Stores what became of candidates; see the port."""
        self._bodies.sync()
        return record_verdicts(self._engine, verdicts, self._confirm_after)

    def known_keys(self, keys: Sequence[int], outlet_key: str | None = None) -> set[int]:
        """Those of these fingerprints that an article or a candidate (of this outlet) has."""
        known: set[int] = set()
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _CHUNK):
                chunk = list(keys[start : start + _CHUNK])
                listed = select(candidates.c.key).where(candidates.c.key.in_(chunk))
                if outlet_key is not None:
                    listed = listed.where(candidates.c.outlet_key == outlet_key)
                known.update(connection.execute(listed).scalars())
                known.update(connection.execute(select(articles.c.key).where(articles.c.key.in_(chunk))).scalars())
        return known

    def retry_lost(
        self,
        reasons: Collection[Reason],
        since: datetime,
        outlet_keys: Collection[str] | None = None,
        *,
        now: datetime,
        by: str = BY_COMMAND,
    ) -> int:
        """Makes candidates that came to nothing pending again; see the port."""
        with writing(self._engine) as connection:
            count = retry_lost(connection, reasons, since, outlet_keys)
            keys = sorted(outlet_keys) if outlet_keys is not None else []
            told = {"reasons": sorted(reasons), "since": since.isoformat(), "outlets": keys, "candidates": count}
            append_events(connection, [event_of("retry", by, now, keys[0] if len(keys) == 1 else None, **told)])
        return count

    def known_articles(self, keys: Sequence[int]) -> Mapping[int, int]:
        """Article id of each fingerprint that leads to a stored article."""
        found: dict[int, int] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _CHUNK):
                chunk = list(keys[start : start + _CHUNK])
                aliases = select(candidates.c.key, candidates.c.article_id).where(
                    candidates.c.key.in_(chunk), candidates.c.article_id.is_not(None)
                )
                found.update((key, article_id) for key, article_id in connection.execute(aliases))
                own = select(articles.c.key, articles.c.id).where(articles.c.key.in_(chunk))
                found.update((key, article_id) for key, article_id in connection.execute(own))
        return found

    # ---------------------------------------------------------------------------------- parts

    def _source(self, row: Any) -> Source:
        return source_from_row(row, row.spec.get("interval_s") or self._interval_s)

    @staticmethod
    def _may_be_fetched(now: datetime) -> Any:
        waits_no_more = or_(candidates.c.not_before.is_(None), candidates.c.not_before <= now)
        paused = select(outlets.c.key).where(or_(outlets.c.is_paused, outlets.c.removed_at.is_not(None)))
        return and_(IS_PENDING, waits_no_more, candidates.c.outlet_key.not_in(paused))

    def _paced(self, connection: Connection, report: VisitReport, row: Any, new: set[int], *, has_gap: bool) -> Paced:
        """When the source is due next; `new` are the fingerprints that no visit has found before."""
        if self._pacer is None:
            due = sooner(report.finished_at, report.next_due_at) if has_gap else report.next_due_at
            return Paced(next_due_at=due, why="", memory=None, demand=0.0, share_s=0)
        arrived = [found.hints.published for found in report.candidates if found.reason is None and found.key in new]
        return pace_visit(connection, self._pacer, report, row, arrived, has_gap=has_gap)

    def _add_candidates(self, connection: Connection, report: VisitReport, source: Any) -> dict[int, int]:
        """Adds those that are new; returns their fingerprints by id."""
        in_order = sorted(report.candidates, key=lambda found: found.key)  # two visits must not block each other
        rows = [self._candidate_row(report, source, found) for found in in_order]
        added: dict[int, int] = {}
        insert = self._insert(candidates).on_conflict_do_nothing().returning(candidates.c.id, candidates.c.key)
        for start in range(0, len(rows), _CHUNK):
            added.update((row.id, row.key) for row in connection.execute(insert, rows[start : start + _CHUNK]))
        return added

    def _candidate_row(self, report: VisitReport, source: Any, found: Candidate) -> dict[str, Any]:
        is_done = found.reason is not None
        return {
            "outlet_key": source.outlet_key,
            "key": found.key,
            "url": found.url,
            "found_url": found.found_url,
            "domain": "" if found.reason is Reason.BAD_URL else self._domain_of(found.url),
            "hints": hints_to_json(found.hints),
            "source_id": report.source_id,
            "found_at": report.finished_at,
            "absent_at": source.last_ok_at,
            "state": "done" if is_done else "pending",
            "tries": 0,
            "reason": found.reason.value if found.reason else None,
            "detail": found.detail,
            "finished_at": report.finished_at if is_done else None,
        }

    def _add_visit(self, connection: Connection, report: VisitReport, outlet_key: str, new: int) -> VisitSummary:
        added = visits.insert().values(**visit_row(report, outlet_key, new)).returning(visits.c.id)
        visit_id = connection.execute(added).scalar_one()
        query = select(visits, sources.c.url.label("source_url")).join(sources, sources.c.id == visits.c.source_id)
        return visit_from_row(connection.execute(query.where(visits.c.id == visit_id)).one())

    def _add_sightings(self, connection: Connection, report: VisitReport, outlet_key: str, visit_id: int) -> int:
        """Adds what the source lists for the first time; returns how much that is."""
        keys = [found.key for found in report.candidates]
        added = 0
        insert = self._insert(sightings).on_conflict_do_nothing().returning(sightings.c.candidate_id)
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            ids = select(candidates.c.id).where(candidates.c.outlet_key == outlet_key, candidates.c.key.in_(chunk))
            base = {"source_id": report.source_id, "visit_id": visit_id, "seen_at": report.finished_at}
            rows = [{"candidate_id": found, **base} for found in connection.execute(ids).scalars()]
            if rows:
                added += len(connection.execute(insert, rows).all())
        return added

    def _pending_of(self, connection: Connection, ids: Sequence[int]) -> list[PendingCandidate]:
        found: list[PendingCandidate] = []
        for start in range(0, len(ids), _CHUNK):
            query = select(candidates).where(
                candidates.c.id.in_(ids[start : start + _CHUNK]), candidates.c.state == "pending"
            )
            found.extend(pending_from_row(row) for row in connection.execute(query.order_by(candidates.c.id)))
        return found

    def _update_source(
        self, connection: Connection, report: VisitReport, row: Any, visit_id: int, paced: Paced, *, is_new: bool
    ) -> Examined | None:
        """Changes a source by its visit; returns how it is now, None where the visit says nothing of it."""
        values, found = source_columns(report, row, visit_id, paced, self._examiner, is_new=is_new)
        if values:
            connection.execute(update(sources).where(sources.c.id == row.id).values(**values))
        return found


_THESE_SOURCES = (
    select(sources, cast(outlets.c.spec, Text).label("spec"))
    .join(outlets, outlets.c.key == sources.c.outlet_key)
    .where(sources.c.id.in_(bindparam("ids", expanding=True)), ~SOURCE_IS_HELD)
)
_WITH_REVISITS = select(
    candidates, revisits_open.c.candidate_id.is_not(None).label("is_revisit"), revisits_open.c.a_day
).outerjoin(revisits_open, revisits_open.c.candidate_id == candidates.c.id)


def _with_deaths(connection: Connection, report: VisitReport, row: Any) -> VisitReport:
    """The report, with its reason changed where its deaths put the source in quarantine.

    Deaths of a sitemap that an index names are that sitemap's own.
    """
    for part in report.part_deaths:
        count_deaths(
            connection,
            kind=SOURCE,
            outlet_key=row.outlet_key,
            url=part.url,
            deaths=part.deaths,
            at=report.finished_at,
            detail=part.detail,
        )
    if not report.deaths:
        return report
    is_held = count_deaths(
        connection,
        kind=SOURCE,
        outlet_key=row.outlet_key,
        url=row.url,
        deaths=report.deaths,
        at=report.finished_at,
        detail=report.detail,
    )
    return replace(report, reason="quarantined", detail=held_detail(report.detail)) if is_held else report
