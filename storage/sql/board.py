"""All outlets, each a line: what the list of outlets shows, read in a few queries whatever their number."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, cast, func, literal_column, or_, select

from storage.records import URGENCY, Delay, OutletLine, SourceState
from storage.sql.health import state_in
from storage.sql.schema import IS_NEWS, IS_PENDING, article_days, articles, candidates, outlets, sources
from storage.sql.tallies import day_of, totals_query

_DAY = timedelta(days=1)
#: The delay shown is the mean of so many days.
_DELAY_DAYS = 7
#: Grouped by an expression, SQLite reads a day from its index; by the column, it would walk all articles of outlets.
BY_OUTLET: ColumnElement[str] = literal_column("articles.outlet_key || ''", String)
#: What is read of an outlet's row.
_OF_OUTLETS = (
    outlets.c.key,
    outlets.c.name,
    outlets.c.spec,
    outlets.c.is_paused,
    outlets.c.layout_since,
    outlets.c.layout_sentence,
)
#: States in which no visit is to come.
_UNVISITED = {SourceState.PAUSED, SourceState.GONE}


def outlet_lines(connection: Connection, now: datetime, days: int) -> list[OutletLine]:
    """All outlets that are monitored, by name; the articles of so many days, today last."""
    own = select(*_OF_OUTLETS).where(outlets.c.removed_at.is_(None)).order_by(outlets.c.name)
    grouped, sentences = _sources_by_outlet(connection), _sentences(connection)
    totals, lately = _counted(connection, totals_query()), _counted(connection, lately_query(now))
    pending = _counted(connection, pending_query())
    by_day, delays = _days(connection, now, days)
    return [
        _line(
            row,
            grouped.get(row.key, []),
            sentences.get(row.key, {}),
            {
                "articles": totals.get(row.key, 0),
                "articles_24h": lately.get(row.key, 0),
                "pending": pending.get(row.key, 0),
                "by_day": tuple(by_day.get(row.key) or [0] * days),
                "delay": delays.get(row.key),
            },
        )
        for row in connection.execute(own).all()
    ]


def lately_query(now: datetime) -> Select[str, int]:
    """How much news of each outlet was first seen in the last 24 hours."""
    lately = select(BY_OUTLET, func.count()).where(articles.c.first_seen_at >= now - _DAY, IS_NEWS)
    return lately.group_by(BY_OUTLET)


def pending_query() -> Select[str, int]:
    """How many candidates of each outlet wait to be fetched."""
    return select(candidates.c.outlet_key, func.count()).where(IS_PENDING).group_by(candidates.c.outlet_key)


def _counted(connection: Connection, query: Select[str, int]) -> dict[str, int]:
    return {key: number for key, number in connection.execute(query)}  # noqa: C416 (mypy needs it spelled out)


def _sources_by_outlet(connection: Connection) -> dict[str, list[Any]]:
    """Sources that are alike for this list, counted; each row has what `state_in` asks for."""
    alike = (
        sources.c.outlet_key,
        sources.c.is_active,
        sources.c.is_gone,
        sources.c.state,
        (sources.c.failures > 0).label("failures"),
    )
    query = select(
        *alike,
        func.max(sources.c.last_visit_at).label("last_visit_at"),
        func.min(sources.c.next_due_at).label("next_due_at"),
        func.count().label("number"),
    )
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query.group_by(*alike, sources.c.last_visit_at.is_(None))).all():
        grouped[row.outlet_key].append(row)
    return grouped


def _sentences(connection: Connection) -> dict[str, dict[SourceState, str]]:
    """Why sources are ill: the sentence of the first of each state, by outlet."""
    ill = [state.value for state in SourceState if state.is_ill]
    query = select(sources).where(sources.c.is_active, or_(sources.c.state.in_(ill), sources.c.failures > 0))
    told: dict[str, dict[SourceState, str]] = defaultdict(dict)
    for row in connection.execute(query.order_by(sources.c.id)):
        told[row.outlet_key].setdefault(state_in(row), row.sentence or row.last_detail or row.last_reason)
    return told


def _days(connection: Connection, now: datetime, days: int) -> tuple[dict[str, list[int]], dict[str, Delay]]:
    """Articles by day, and the mean delay, of each outlet that brought some."""
    first = day_of(now) - days + 1
    # A text an outlet: a row a day would be most of the work of the whole list.
    place, number = cast(article_days.c.day - first, String), cast(article_days.c.articles, String)
    packed = select(article_days.c.outlet_key, func.aggregate_strings(place + ":" + number, " "))
    packed = packed.where(article_days.c.day >= first).group_by(article_days.c.outlet_key)
    by_day = {key: _unpacked(text, days) for key, text in connection.execute(packed)}
    sums = select(
        article_days.c.outlet_key,
        func.sum(article_days.c.timed).label("timed"),
        func.sum(article_days.c.least_s).label("least_s"),
        func.sum(article_days.c.most_s).label("most_s"),
    ).where(article_days.c.day > day_of(now) - _DELAY_DAYS)
    delays = {
        row.outlet_key: Delay(
            least=timedelta(seconds=int(row.least_s / row.timed)), most=timedelta(seconds=int(row.most_s / row.timed))
        )
        for row in connection.execute(sums.group_by(article_days.c.outlet_key))
        if row.timed
    }
    return by_day, delays


def _unpacked(text: str, days: int) -> list[int]:
    """The numbers at their places; what lies past the last day (a clock that was ahead) is left out."""
    numbers = [0] * days
    for each in text.split():
        place, _, number = each.partition(":")
        if int(place) < days:
            numbers[int(place)] = int(number)
    return numbers


def _line(row: Any, grouped: list[Any], sentences: dict[SourceState, str], counts: dict[str, Any]) -> OutletLine:
    # What is inactive of an outlet that is visited is not named by it any more.
    named = [(state_in(group), group) for group in grouped if group.is_active or row.is_paused]
    numbers: dict[SourceState, int] = defaultdict(int)
    for state, group in named:
        numbers[state] += group.number
    next_visits = (group.next_due_at for state, group in named if state not in _UNVISITED)
    return OutletLine(
        key=row.key,
        name=row.name,
        country=row.spec.get("country"),
        languages=tuple(row.spec.get("languages", ())),
        is_paused=row.is_paused,
        sources=tuple((state, numbers[state]) for state in URGENCY if state in numbers),
        sentences=sentences,
        layout_sentence=row.layout_sentence if row.layout_since else None,
        last_visit_at=max((group.last_visit_at for _, group in named if group.last_visit_at), default=None),
        next_visit_at=min(next_visits, default=None),
        **counts,
    )
