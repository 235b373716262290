"""Backfills in SQL: their pages, what was found, and its way to the candidates.

What a page lists is stored in the transaction that ends the page, so a crash costs at most the page that was
being read. Finds become candidates a few at a time: they are fetched in the order asked for, and what was asked
for last never stands behind a hundred thousand others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.backfills import (
    Backfill,
    BackfillProgress,
    BackfillStage,
    BackfillState,
    Find,
    PageKind,
    PageRead,
    PageToRead,
    PastFigures,
)
from storage.errors import UnknownBackfill, UnknownOutlet
from storage.records import GapState, Reason
from storage.sql.backfill_tables import backfill_finds, backfill_pages, backfills, gaps
from storage.sql.engine import reading, writing
from storage.sql.gaps import close_gap, give_up_gaps
from storage.sql.mapping import hints_to_json
from storage.sql.schema import IS_PENDING, articles, candidates, outlets

_CHUNK = 500
_GAPS_COUNTED = timedelta(days=30)
_UNFINISHED = [BackfillState.RUNNING.value, BackfillState.STOPPED.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlBackfillBook:
    """Implements `storage.ports.BackfillBook`. `domain_of` gives a URL's registrable domain."""

    engine: Engine
    domain_of: Callable[[str], str]

    # ------------------------------------------------------------------------------- what there is

    def start(
        self,
        outlet_key: str,
        since: datetime,
        until: datetime,
        now: datetime,
        *,
        is_oldest_first: bool = False,
        is_announced: bool = False,
        is_dry: bool = False,
    ) -> Backfill:
        """Begins a backfill, or goes on with the unfinished one of the same period."""
        asked = {"is_oldest_first": is_oldest_first, "is_announced": is_announced, "is_dry": is_dry}
        same = and_(
            backfills.c.outlet_key == outlet_key,
            backfills.c.since == since,
            backfills.c.until == until,
            backfills.c.is_dry == is_dry,
            backfills.c.is_oldest_first == is_oldest_first,  # its pages are ranked by that
            backfills.c.state.in_(_UNFINISHED),
        )
        with writing(self.engine) as connection:
            known = select(outlets.c.key).where(outlets.c.key == outlet_key, outlets.c.removed_at.is_(None))
            if connection.execute(known).first() is None:
                raise UnknownOutlet(
                    f"no outlet is called {outlet_key!r}; `presswatch outlets list` shows those there are"
                )
            again = {"state": BackfillState.RUNNING.value, "ended_at": None, "is_announced": is_announced}
            row = connection.execute(update(backfills).where(same).values(**again).returning(backfills)).first()
            if row is None:
                values: dict[str, Any] = {
                    **asked,
                    "outlet_key": outlet_key,
                    "since": since,
                    "until": until,
                    "state": BackfillState.RUNNING.value,
                    "stage": BackfillStage.FRONT.value,
                    "created_at": now,
                    "patterns": [],
                    "known": 0,
                }
                row = connection.execute(insert(backfills).values(**values).returning(backfills)).one()
        return _backfill(row)

    def running(self, outlet_keys: Collection[str] | None, limit: int) -> list[Backfill]:
        """Backfills to be worked on, the oldest first; an outlet's are worked on one after the other, what refills a
        gap before all.
        """
        turn = func.row_number().over(
            partition_by=backfills.c.outlet_key, order_by=(backfills.c.gap_id.is_(None), backfills.c.id)
        )
        ours = select(backfills.c.id, turn.label("turn")).join(outlets, outlets.c.key == backfills.c.outlet_key)
        ours = ours.where(
            backfills.c.state == literal_column("'running'"), ~outlets.c.is_paused, outlets.c.removed_at.is_(None)
        )
        if outlet_keys is not None:
            ours = ours.where(backfills.c.outlet_key.in_(list(outlet_keys)))
        in_turn = ours.subquery()
        query = select(backfills).join(in_turn, in_turn.c.id == backfills.c.id).where(in_turn.c.turn == 1)
        with reading(self.engine) as connection:
            return [_backfill(row) for row in connection.execute(query.order_by(backfills.c.id).limit(limit))]

    def backfills(self, outlet_key: str | None, limit: int, before_id: int | None = None) -> list[Backfill]:
        """Of one outlet or all, newest first by id; `before_id` goes on."""
        query = select(backfills).order_by(backfills.c.id.desc()).limit(limit)
        if before_id is not None:
            query = query.where(backfills.c.id < before_id)
        if outlet_key is not None:
            query = query.where(backfills.c.outlet_key == outlet_key)
        with reading(self.engine) as connection:
            return [_backfill(row) for row in connection.execute(query)]

    def backfill(self, backfill_id: int) -> Backfill:
        """One backfill as it is now. Raises UnknownBackfill."""
        with reading(self.engine) as connection:
            row = connection.execute(select(backfills).where(backfills.c.id == backfill_id)).first()
        if row is None:
            raise UnknownBackfill(f"there is no backfill {backfill_id}; `presswatch backfill --status` shows all")
        return _backfill(row)

    def stop(self, outlet_key: str | None, now: datetime) -> list[Backfill]:
        """Stops what runs of one outlet, or all."""
        ours = backfills.c.state == BackfillState.RUNNING.value
        if outlet_key is not None:
            ours = and_(ours, backfills.c.outlet_key == outlet_key)
        stopped = update(backfills).where(ours).values(state=BackfillState.STOPPED.value, ended_at=now)
        with writing(self.engine) as connection:
            rows = connection.execute(stopped.returning(backfills)).all()
            give_up_gaps(connection, [row.gap_id for row in rows if row.gap_id is not None])
        return [_backfill(row) for row in rows]

    def end(self, backfill_id: int, state: BackfillState, now: datetime, detail: str | None) -> None:
        """Ends a backfill that runs; one that was stopped meanwhile stays stopped."""
        ours = and_(backfills.c.id == backfill_id, backfills.c.state == BackfillState.RUNNING.value)
        with writing(self.engine) as connection:
            ended = update(backfills).where(ours).values(state=state.value, ended_at=now, detail=detail)
            gap_id = connection.execute(ended.returning(backfills.c.gap_id)).scalar()
            if gap_id is not None:
                close_gap(connection, gap_id, backfill_id, detail)

    # --------------------------------------------------------------------------------------- pages

    def next_page(self, backfill_id: int, now: datetime) -> PageToRead | None:
        """The page to be read next, if one may be read now."""
        query = (
            select(backfill_pages)
            .where(
                backfill_pages.c.backfill_id == backfill_id,
                ~backfill_pages.c.is_read,
                or_(backfill_pages.c.not_before.is_(None), backfill_pages.c.not_before <= now),
            )
            .order_by(backfill_pages.c.rank, backfill_pages.c.id)
            .limit(1)
        )
        with reading(self.engine) as connection:
            row = connection.execute(query).first()
        return _page(row) if row else None

    def page_counts(self, backfill_id: int) -> tuple[int, int]:
        """How many pages are read, and how many are left."""
        query = select(backfill_pages.c.is_read, func.count()).where(backfill_pages.c.backfill_id == backfill_id)
        with reading(self.engine) as connection:
            counts = {row[0]: row[1] for row in connection.execute(query.group_by(backfill_pages.c.is_read))}
        return counts.get(True, 0), counts.get(False, 0)

    def pages(self, backfill_id: int) -> list[tuple[PageToRead, str | None]]:
        """All pages with what went wrong with them, in the order in which they were found."""
        query = select(backfill_pages).where(backfill_pages.c.backfill_id == backfill_id).order_by(backfill_pages.c.id)
        with reading(self.engine) as connection:
            return [(_page(row), row.problem) for row in connection.execute(query)]

    def advance(
        self,
        backfill: Backfill,
        stage: BackfillStage,
        pages: Sequence[PageToRead],
    ) -> None:
        """Begins a stage with the pages that it starts from; nothing when another worker did."""
        ours = and_(backfills.c.id == backfill.id, backfills.c.stage == backfill.stage.value)
        with writing(self.engine) as connection:
            if connection.execute(update(backfills).where(ours).values(stage=stage.value)).rowcount:
                self._add_pages(connection, backfill.id, pages)

    def record(self, backfill_id: int, read: PageRead) -> None:
        """Stores what came of a page with all it listed, in one transaction."""
        values: dict[str, Any] = {"problem": read.problem, "listed": read.listed, "undated": read.undated}
        if read.retry_at is None:
            values |= {"is_read": True, "tries": backfill_pages.c.tries + 1, "not_before": None}
        else:
            values |= {"tries": backfill_pages.c.tries + 1, "not_before": read.retry_at}
        ours = and_(backfill_pages.c.id == read.page.id, ~backfill_pages.c.is_read)
        with writing(self.engine) as connection:
            if not connection.execute(update(backfill_pages).where(ours).values(**values)).rowcount:
                return
            self._add_pages(connection, backfill_id, read.pages)
            self._add_finds(connection, backfill_id, read.finds)
            if read.patterns:
                ours = backfills.c.id == backfill_id
                connection.execute(update(backfills).where(ours).values(patterns=list(read.patterns)))

    # --------------------------------------------------------------------------------------- finds

    def waiting(self, backfill_id: int, at_most: int | None = None) -> tuple[int, int]:
        """How many finds wait to become candidates, and how many candidates to be fetched; each up to `at_most`."""
        finds = select(backfill_finds.c.key).where(backfill_finds.c.backfill_id == backfill_id)
        pending = select(candidates.c.id).where(candidates.c.backfill_id == backfill_id, IS_PENDING)
        with reading(self.engine) as connection:
            waiting, fed = (
                connection.execute(select(func.count()).select_from(each.limit(at_most).subquery())).scalar_one()
                for each in (finds, pending)
            )
        return waiting, fed

    def has_found(self, backfill_id: int) -> bool:
        """Whether any address of the period was listed so far."""
        looks = (
            select(backfills.c.id).where(backfills.c.id == backfill_id, backfills.c.known > 0),
            select(backfill_finds.c.key).where(backfill_finds.c.backfill_id == backfill_id),
            select(candidates.c.id).where(candidates.c.backfill_id == backfill_id),
        )
        with reading(self.engine) as connection:
            return any(connection.execute(look.limit(1)).first() for look in looks)

    def feed(self, backfill: Backfill, now: datetime, most: int) -> int:
        """Makes finds candidates until `most` are pending; returns how many were. What is known stays as it is."""
        pending = (
            select(func.count()).select_from(candidates).where(candidates.c.backfill_id == backfill.id, IS_PENDING)
        )
        with writing(self.engine) as connection:
            room = most - connection.execute(pending).scalar_one()
            if room <= 0:
                return 0
            first = (
                select(backfill_finds)
                .where(backfill_finds.c.backfill_id == backfill.id)
                .order_by(backfill_finds.c.rank, backfill_finds.c.key)
                .limit(room)
                .with_for_update(skip_locked=True)
            )
            rows = connection.execute(first).all()
            if not rows:
                return 0
            added = self._add_candidates(connection, backfill, rows, now)
            keys = [row.key for row in rows]
            taken = and_(backfill_finds.c.backfill_id == backfill.id, backfill_finds.c.key.in_(keys))
            connection.execute(delete(backfill_finds).where(taken))
            ours = backfills.c.id == backfill.id
            known = backfills.c.known + len(rows) - added
            connection.execute(update(backfills).where(ours).values(known=known))
        return len(rows)

    def progress(self, backfill_id: int, now: datetime) -> BackfillProgress:
        """Counts of a backfill. Raises UnknownBackfill."""
        backfill = self.backfill(backfill_id)
        of_pages = backfill_pages.c.backfill_id == backfill_id
        failed = and_(backfill_pages.c.is_read, backfill_pages.c.problem.is_not(None))
        pages = select(
            func.count().filter(backfill_pages.c.is_read).label("read"),
            func.count().filter(failed).label("failed"),
            func.count().filter(~backfill_pages.c.is_read).label("left"),
            func.coalesce(func.sum(backfill_pages.c.listed), 0).label("listed"),
            func.coalesce(func.sum(backfill_pages.c.undated), 0).label("undated"),
        ).where(of_pages)
        wrong = select(backfill_pages.c.url, backfill_pages.c.problem).where(of_pages, failed)
        ended = (
            select(candidates.c.reason, func.count())
            .where(candidates.c.backfill_id == backfill_id, candidates.c.state == "done")
            .group_by(candidates.c.reason)
        )
        lately = select(func.count()).where(
            candidates.c.backfill_id == backfill_id,
            candidates.c.state == "done",
            candidates.c.finished_at > now - timedelta(hours=1),
        )
        with reading(self.engine) as connection:
            counted = connection.execute(pages).one()
            problems = connection.execute(wrong.order_by(backfill_pages.c.id).limit(10)).all()
            reasons = {reason: number for reason, number in connection.execute(ended)}  # noqa: C416 (rows)
            last_hour = connection.execute(lately).scalar_one()
            known = connection.execute(select(backfills.c.known).where(backfills.c.id == backfill_id)).scalar_one()
        finds, pending = self.waiting(backfill_id)
        if known:
            reasons[Reason.SEEN.value] = reasons.get(Reason.SEEN.value, 0) + known
        return BackfillProgress(
            backfill=backfill,
            pages_read=counted.read,
            pages_failed=counted.failed,
            pages_left=counted.left,
            listed=int(counted.listed),
            undated=int(counted.undated),
            found=finds + pending + sum(reasons.values()),
            waiting=finds + pending,
            ended=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
            last_hour=last_hour,
            problems=tuple((row.url, row.problem) for row in problems),
        )

    def figures(self, now: datetime) -> PastFigures:
        """Counts over all backfills and gaps."""
        states = select(backfills.c.state, func.count()).group_by(backfills.c.state)
        lately = select(gaps.c.state, func.count()).where(gaps.c.until > now - _GAPS_COUNTED).group_by(gaps.c.state)
        # Of each running one apart: asked for together, SQLite would walk all pages and finds there are.
        running = select(backfills.c.id).where(backfills.c.state == literal_column("'running'"))
        left = select(func.count()).where(~backfill_pages.c.is_read)
        found = select(func.count())
        pending = select(func.count()).where(IS_PENDING)
        with reading(self.engine) as connection:
            counts = {BackfillState(state): number for state, number in connection.execute(states)}
            gap_counts = {GapState(state): number for state, number in connection.execute(lately)}
            lists_left = waiting = 0
            for number in connection.execute(running).scalars().all():
                lists_left += connection.execute(left.where(backfill_pages.c.backfill_id == number)).scalar_one()
                waiting += connection.execute(found.where(backfill_finds.c.backfill_id == number)).scalar_one()
                waiting += connection.execute(pending.where(candidates.c.backfill_id == number)).scalar_one()
        return PastFigures(
            backfills=tuple((state, counts.get(state, 0)) for state in BackfillState),
            gaps=tuple((state, gap_counts.get(state, 0)) for state in GapState),
            lists_left=lists_left,
            waiting=waiting,
        )

    # --------------------------------------------------------------------------------------- parts

    @property
    def _insert(self) -> Callable[..., Any]:
        return sqlite.insert if self.engine.dialect.name == "sqlite" else postgresql.insert

    def _add_pages(self, connection: Connection, backfill_id: int, pages: Sequence[PageToRead]) -> None:
        rows = [
            {
                "backfill_id": backfill_id,
                "kind": page.kind.value,
                "url": page.url,
                "rank": page.rank,
                "depth": page.depth,
                "is_read": False,
                "tries": 0,
                "listed": 0,
                "undated": 0,
            }
            for page in pages
        ]
        if rows:
            connection.execute(self._insert(backfill_pages).on_conflict_do_nothing(), rows)

    def _add_finds(self, connection: Connection, backfill_id: int, finds: Sequence[Find]) -> None:
        """Those that are candidates of this backfill already were found on another page."""
        for start in range(0, len(finds), _CHUNK):
            chunk = {find.candidate.key: find for find in finds[start : start + _CHUNK]}
            ours = select(candidates.c.key).where(
                candidates.c.backfill_id == backfill_id, candidates.c.key.in_(list(chunk))
            )
            there = set(connection.execute(ours).scalars())
            rows = [_find_row(backfill_id, chunk[key]) for key in sorted(chunk.keys() - there)]
            if rows:
                connection.execute(self._insert(backfill_finds).on_conflict_do_nothing(), rows)

    def _add_candidates(
        self, connection: Connection, backfill: Backfill, rows: Sequence[Row[Any]], now: datetime
    ) -> int:
        keys = [row.key for row in rows]
        stored = select(articles.c.key, articles.c.id).where(articles.c.key.in_(keys))
        article_of: dict[int, int] = {key: number for key, number in connection.execute(stored)}  # noqa: C416 (rows)
        values = []
        for row in sorted(rows, key=lambda row: row.key):  # two writers must not block each other
            reason = Reason.SEEN.value if row.key in article_of and not row.reason else row.reason
            values.append(
                {
                    "outlet_key": backfill.outlet_key,
                    "key": row.key,
                    "url": row.url,
                    "found_url": row.found_url,
                    "domain": "" if row.reason == Reason.BAD_URL.value else self.domain_of(row.url),
                    "hints": row.hints,
                    "source_id": None,
                    "found_at": now,
                    "state": "done" if reason else "pending",
                    "tries": 0,
                    "reason": reason,
                    "detail": row.detail,
                    "article_id": article_of.get(row.key),
                    "finished_at": now if reason else None,
                    "backfill_id": backfill.id,
                    "backfill_rank": row.rank,
                }
            )
        added = self._insert(candidates).on_conflict_do_nothing().returning(candidates.c.id)
        return len(connection.execute(added, values).all())


def _find_row(backfill_id: int, find: Find) -> dict[str, Any]:
    found = find.candidate
    return {
        "backfill_id": backfill_id,
        "key": found.key,
        "rank": find.rank,
        "url": found.url,
        "found_url": found.found_url,
        "hints": hints_to_json(found.hints),
        "reason": found.reason.value if found.reason else None,
        "detail": found.detail,
    }


def _backfill(row: Row[Any]) -> Backfill:
    return Backfill(
        id=row.id,
        outlet_key=row.outlet_key,
        since=row.since,
        until=row.until,
        is_oldest_first=row.is_oldest_first,
        is_announced=row.is_announced,
        is_dry=row.is_dry,
        state=BackfillState(row.state),
        stage=BackfillStage(row.stage),
        created_at=row.created_at,
        ended_at=row.ended_at,
        detail=row.detail,
        patterns=tuple(row.patterns),
    )


def _page(row: Row[Any]) -> PageToRead:
    return PageToRead(id=row.id, kind=PageKind(row.kind), url=row.url, rank=row.rank, depth=row.depth, tries=row.tries)


def announced(connection: Connection, backfill_ids: Collection[int]) -> set[int]:
    """Those of these backfills whose articles channels get as new ones."""
    if not backfill_ids:
        return set()
    query = select(backfills.c.id).where(backfills.c.id.in_(list(backfill_ids)), backfills.c.is_announced)
    return set(connection.execute(query).scalars())
