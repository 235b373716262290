"""What the operator is told of the health of sources, outlets' pages and the network, in SQL.

Each alert is an event, written in the transaction that notes that it was told; a condition on what was noted before
keeps two schedulers, and one that was killed and started again, from telling it twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.ports import Alarm, Alarms, SourceHealth
from storage.records import EventKind, NetworkTrouble, SourceState
from storage.sql.board import BY_OUTLET
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.health import state_in
from storage.sql.schema import IS_NEWS, articles, notes, outlets, sources

#: The note that tells when our own network failed last, as JSON.
NETWORK_NOTE = "network trouble"
#: Alerts of more outlets than this in one look are one alert, and an alert names at most so many sources.
_MOST_ALERTS, _MOST_NAMED = 10, 50


class SqlAlertBook:
    """Implements `storage.ports.AlertBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def tell(self, alarm: Alarm, now: datetime) -> int:
        """Writes what is to be told; see the port."""
        with reading(self._engine) as connection:
            trouble = network_trouble(connection)
            found = list(_sources(connection))
        since, until = (trouble.since, trouble.until) if trouble else (None, None)
        alarms = alarm.decide(found, now, since, until)
        if not (alarms.raised or alarms.ended or alarms.network_raised or alarms.network_ended):
            return 0
        with writing(self._engine) as connection:
            events = [*self._network(connection, alarms, trouble, now, len(found))]
            events += _told(self._marked(connection, alarms.raised, now), EventKind.ALERT_RAISED, now)
            events += _told(self._unmarked(connection, alarms.ended), EventKind.ALERT_ENDED, now)
            append_events(connection, events)
        return len(events)

    def outlets_with_news(self, since: datetime) -> list[tuple[str, datetime | None]]:
        """Outlets that an article was stored of since then; see the port."""
        lately = select(BY_OUTLET).where(articles.c.first_seen_at >= since, IS_NEWS).distinct()
        query = select(outlets.c.key, outlets.c.layout_since).where(
            outlets.c.key.in_(lately), outlets.c.removed_at.is_(None)
        )
        with reading(self._engine) as connection:
            return [(row.key, row.layout_since) for row in connection.execute(query)]

    def set_layout(self, outlet_key: str, sentence: str | None, now: datetime) -> bool:
        """Notes whether an outlet's pages are read worse than before, and tells it; see the port."""
        with writing(self._engine) as connection:
            own = outlets.c.key == outlet_key
            if sentence is None:
                change = update(outlets).where(own, outlets.c.layout_since.is_not(None))
                change = change.values(layout_since=None, layout_sentence=None)
            else:
                change = update(outlets).where(own, outlets.c.layout_since.is_(None))
                change = change.values(layout_since=now, layout_sentence=sentence)
            row = connection.execute(change.returning(outlets.c.name)).first()
            if row is None:
                return False
            append_events(connection, [_layout_event(outlet_key, row.name, sentence, now)])
            return True

    # ---------------------------------------------------------------------------------- parts

    def _network(
        self, connection: Connection, alarms: Alarms, trouble: NetworkTrouble | None, now: datetime, number: int
    ) -> Iterable[dict[str, Any]]:
        if not (alarms.network_raised or alarms.network_ended):
            return
        if alarms.network_raised:
            kind, told = (
                EventKind.ALERT_RAISED,
                "nearly all sources fail or are slow at once, so it is likely this machine's network",
            )
            value = NetworkTrouble(since=now)
        else:
            kind, told = EventKind.ALERT_ENDED, "sources answer again; what still fails is told one by one"
            value = NetworkTrouble(since=trouble.since if trouble else now, until=now)
        if self._swapped(connection, trouble, value):
            yield _event(kind, now, None, {"scope": "network", "sentence": told, "sources": []})

    def _swapped(self, connection: Connection, before: NetworkTrouble | None, after: NetworkTrouble) -> bool:
        """Puts the note in place of the one that was read; False where another process was faster."""
        if before is None:
            insert = self._insert(notes).values(name=NETWORK_NOTE, value=_note(after)).on_conflict_do_nothing()
            return connection.execute(insert.returning(notes.c.name)).first() is not None
        change = update(notes).where(notes.c.name == NETWORK_NOTE, notes.c.value == _note(before))
        return connection.execute(change.values(value=_note(after))).rowcount > 0

    @staticmethod
    def _marked(connection: Connection, ill: Sequence[SourceHealth], now: datetime) -> list[SourceHealth]:
        """Those that this transaction is the one to tell of."""
        ids = [one.source_id for one in ill]
        change = update(sources).where(sources.c.id.in_(ids), sources.c.alerted_at.is_(None)).values(alerted_at=now)
        done = set(connection.execute(change.returning(sources.c.id)).scalars()) if ids else set()
        return [one for one in ill if one.source_id in done]

    @staticmethod
    def _unmarked(connection: Connection, well: Sequence[SourceHealth]) -> list[SourceHealth]:
        ids = [one.source_id for one in well]
        change = update(sources).where(sources.c.id.in_(ids), sources.c.alerted_at.is_not(None))
        change = change.values(alerted_at=None)
        done = set(connection.execute(change.returning(sources.c.id)).scalars()) if ids else set()
        return [one for one in well if one.source_id in done]


def network_trouble(connection: Connection) -> NetworkTrouble | None:
    """When our own network failed last."""
    told = connection.execute(select(notes.c.value).where(notes.c.name == NETWORK_NOTE)).scalar()
    if told is None:
        return None
    times = json.loads(told)
    until = times["until"]
    return NetworkTrouble(
        since=datetime.fromisoformat(times["since"]), until=datetime.fromisoformat(until) if until else None
    )


def _note(trouble: NetworkTrouble) -> str:
    until = trouble.until.isoformat() if trouble.until else None
    return json.dumps({"since": trouble.since.isoformat(), "until": until})


def _sources(connection: Connection) -> Iterable[SourceHealth]:
    """Sources that are visited, those that answered 410, and those that an alert is in force of."""
    query = select(sources, outlets.c.name.label("outlet_name")).join(outlets, outlets.c.key == sources.c.outlet_key)
    query = query.where(
        (sources.c.is_active & sources.c.last_visit_at.is_not(None)) | sources.c.alerted_at.is_not(None)
    )
    return (_source(row) for row in connection.execute(query))


def _source(row: Row[Any]) -> SourceHealth:
    return SourceHealth(
        source_id=row.id,
        outlet_key=row.outlet_key,
        outlet_name=row.outlet_name,
        domain=row.domain,
        url=row.url,
        state=state_in(row),
        cause=row.cause or row.last_reason or "",
        sentence=row.sentence or row.last_detail or "",
        since=row.state_since or row.last_visit_at,
        failures=row.failures,
        slow_answers=row.slow_answers,
        last_visit_at=row.last_visit_at,
        alerted_at=row.alerted_at,
    )


def _told(found: Sequence[SourceHealth], kind: EventKind, now: datetime) -> Iterable[dict[str, Any]]:
    """An event an outlet; where there are many, one of them all."""
    by_outlet: Mapping[str, list[SourceHealth]] = defaultdict(list)
    for one in sorted(found, key=lambda each: (each.outlet_key, each.source_id)):
        by_outlet[one.outlet_key].append(one)
    if len(by_outlet) > _MOST_ALERTS:
        verb = "fell ill" if kind is EventKind.ALERT_RAISED else "are well again"
        told = f"{len(found)} sources of {len(by_outlet)} outlets {verb}"
        yield _event(kind, now, None, {"scope": "many", "sentence": told, "sources": _named(found)})
        return
    for key, own in by_outlet.items():
        payload = {"scope": "outlet", "sentence": _sentence(own, kind), "sources": _named(own)}
        yield _event(kind, now, key, payload)


def _sentence(own: Sequence[SourceHealth], kind: EventKind) -> str:
    first = own[0]
    more = f", and {len(own) - 1} more of its sources" if len(own) > 1 else ""
    if kind is EventKind.ALERT_ENDED:
        return f"{first.outlet_name}: {first.url}{more}: well again"
    return f"{first.outlet_name}: {first.url}{more}: {first.state.value}: {first.sentence}"


def _named(found: Sequence[SourceHealth]) -> list[dict[str, Any]]:
    return [
        {
            "outlet": one.outlet_key,
            "url": one.url,
            "state": one.state.value,
            "cause": one.cause,
            "sentence": one.sentence,
            "since": one.since.isoformat(),
        }
        for one in found[:_MOST_NAMED]
    ]


def _layout_event(outlet_key: str, name: str, sentence: str | None, now: datetime) -> dict[str, Any]:
    kind = EventKind.ALERT_RAISED if sentence else EventKind.ALERT_ENDED
    state = SourceState.LAYOUT.value
    told = f"{name}: {state}: {sentence}" if sentence else f"{name}: its pages are read as before again"
    return _event(kind, now, outlet_key, {"scope": "layout", "sentence": told, "sources": []})


def _event(kind: EventKind, now: datetime, outlet_key: str | None, payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"at": now, "kind": kind.value, "outlet_key": outlet_key, "article_id": None, "payload": payload}
