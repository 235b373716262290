"""What a pacer is told of visits, and what is kept of its answers, in the transactions that store them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.ports import Paced, Pacer, VisitToPace
from storage.records import Moment, Outlet, PublisherWords, VisitOutcome, VisitReport
from storage.sql.mapping import outlet_from_spec, pace_from_json, words_from_json, words_to_json
from storage.sql.prices import Prices, prices_in
from storage.sql.schema import outlets, paces
from storage.sql.subscriptions import is_pushed

_LEARNED = ("words", "memory", "demand", "why", "share_s")


def pace_visit(
    connection: Connection,
    pacer: Pacer,
    report: VisitReport,
    source: Any,
    arrived: Sequence[Moment | None],
    *,
    has_gap: bool = False,
) -> Paced:
    """Learns from a visit and plans the next one. `source` is its row of `sources`."""
    visit = replace(look_up(connection, report, source, arrived), has_gap=has_gap)
    paced = pacer.pace(visit)
    if report.outcome is VisitOutcome.PUSHED:  # it is learned from; the next visit stays when it is
        keep_pace(connection, source.id, {"memory": paced.memory})
        return paced
    values = {"words": words_to_json(visit.words), "memory": paced.memory, "demand": paced.demand}
    keep_plan(connection, source.id, paced, values, visits_more=int(paced.share_s > 0))
    return paced


def keep_paces(connection: Connection, kept: Sequence[tuple[VisitToPace, Paced]]) -> None:
    """Keeps what was learned from visits of different sources, and why the next ones are when they are."""
    rows = [
        {
            "source_id": visit.source_id,
            "words": words_to_json(visit.words),
            "memory": paced.memory,
            "demand": paced.demand,
            "why": paced.why,
            "share_s": paced.share_s,
            "visits": int(paced.share_s > 0),
        }
        for visit, paced in sorted(kept, key=lambda one: one[0].source_id)
    ]
    adding = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(paces)
    learned: dict[str, Any] = {name: adding.excluded[name] for name in _LEARNED}
    learned["visits"] = paces.c.visits + adding.excluded.visits
    connection.execute(adding.on_conflict_do_update(index_elements=["source_id"], set_=learned), rows)


def keep_marks(connection: Connection, report: VisitReport) -> None:
    """Keeps what this visit has read, for the next one, in the transaction that stores what it found."""
    if report.outcome is VisitOutcome.READ:
        keep_pace(connection, report.source_id, {"marks": report.marks})


def to_pace(
    report: VisitReport,
    source: Any,
    arrived: Sequence[Moment | None],
    *,
    row: Any,
    outlet: Outlet,
    is_pushed: bool,
    prices: Prices,
) -> VisitToPace:
    """What a pacer is told of a visit. `source` is its row of `sources`, `row` of `paces`, None where there is none."""
    price, least_gap_s = prices.of(source.domain)
    return VisitToPace(
        source_id=source.id,
        url=source.url,
        outlet=outlet,
        report=report,
        arrived=arrived,
        ordered=pace_from_json(row.ordered if row else None),
        paused_until=row.paused_until if row else None,
        words=_words(report, words_from_json(row.words if row else None)),
        price=price,
        least_gap_s=least_gap_s,
        memory=row.memory if row else None,
        is_pushed=is_pushed,
    )


def look_up(connection: Connection, report: VisitReport, source: Any, arrived: Sequence[Moment | None]) -> VisitToPace:
    """The same of one visit, read from the store."""
    pushed = is_pushed(source.id, report.finished_at).label("is_pushed")
    row = connection.execute(select(paces, pushed).where(paces.c.source_id == source.id)).first()
    spec = connection.execute(select(outlets.c.spec).where(outlets.c.key == source.outlet_key)).scalar_one()
    return to_pace(
        report,
        source,
        arrived,
        row=row,
        outlet=outlet_from_spec(spec),
        is_pushed=bool(row and row.is_pushed),
        prices=prices_in(connection),
    )


def _words(report: VisitReport, known: PublisherWords) -> PublisherWords:
    """What the publisher says now: a body that was read says all anew, an answer without one only its freshness."""
    if report.outcome is VisitOutcome.READ:
        return report.words
    if report.outcome is VisitOutcome.UNCHANGED:
        return replace(known, fresh_s=report.words.fresh_s)
    return known


def keep_plan(
    connection: Connection, source_id: int, paced: Paced, values: dict[str, Any], *, visits_more: int
) -> None:
    """Keeps why the next visit is when it is, beside other columns of its pace; counts budgeted visits."""
    keep_pace(connection, source_id, {**values, "why": paced.why, "share_s": paced.share_s})
    if visits_more:
        more = update(paces).where(paces.c.source_id == source_id)
        connection.execute(more.values(visits=paces.c.visits + visits_more))


def keep_pace(connection: Connection, source_id: int, values: dict[str, Any]) -> None:
    """Writes columns of a source's pace, which may be its first."""
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(paces)
    added = insert.values(source_id=source_id, **values)
    connection.execute(added.on_conflict_do_update(index_elements=["source_id"], set_=values))
