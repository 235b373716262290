"""Deaths of child processes by page and source, and what is kept out of reading because of them.

Counted in the transaction that stores the failure, so that all workers know of each, over restarts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import NotQuarantined
from storage.records import Quarantined, Reason
from storage.sql.engine import reading, writing
from storage.sql.schema import candidates, quarantine, sources

PAGE, SOURCE = "page", "source"
#: So many deaths of a child put a page or source in quarantine.
MOST_DEATHS = 3

#: Whether a row of `sources` is in quarantine.
SOURCE_IS_HELD = exists().where(
    quarantine.c.kind == SOURCE,
    quarantine.c.outlet_key == sources.c.outlet_key,
    quarantine.c.url == sources.c.url,
    quarantine.c.deaths >= MOST_DEATHS,
)


def count_deaths(
    connection: Connection, *, kind: str, outlet_key: str, url: str, deaths: int, at: datetime, detail: str | None
) -> bool:
    """Adds deaths to those of a URL; returns whether it is in quarantine now."""
    insert = (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(quarantine)
    first = insert.values(
        outlet_key=outlet_key, kind=kind, url=url, deaths=deaths, first_at=at, last_at=at, detail=detail
    )
    more = first.on_conflict_do_update(
        index_elements=["outlet_key", "kind", "url"],
        set_={"deaths": quarantine.c.deaths + deaths, "last_at": at, "detail": detail},
    )
    total: int = connection.execute(more.returning(quarantine.c.deaths)).scalar_one()
    return total >= MOST_DEATHS


def held_detail(detail: str | None) -> str:
    """The sentence that a person reads of what has just come into quarantine."""
    return f"in quarantine after {MOST_DEATHS} child processes died of it; the last time: {detail or 'no reason known'}"


class SqlQuarantineBook:
    """Implements `storage.ports.QuarantineBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def held(self) -> list[Quarantined]:
        """What is in quarantine and was not dropped, the newest first."""
        query = select(quarantine).where(quarantine.c.deaths >= MOST_DEATHS, quarantine.c.dropped_at.is_(None))
        with reading(self._engine) as connection:
            return [_record(row) for row in connection.execute(query.order_by(quarantine.c.last_at.desc()))]

    def known(self, urls: Collection[str]) -> list[Quarantined]:
        """What is known of deaths at these URLs, in quarantine or not."""
        query = select(quarantine).where(quarantine.c.url.in_(list(urls))).order_by(quarantine.c.last_at)
        with reading(self._engine) as connection:
            return [_record(row) for row in connection.execute(query)]

    def held_of(self, outlet_key: str, urls: Collection[str]) -> set[str]:
        """Which of an outlet's sources, or of the sitemaps that they name, are in quarantine, dropped or not."""
        query = select(quarantine.c.url).where(
            quarantine.c.outlet_key == outlet_key,
            quarantine.c.kind == SOURCE,
            quarantine.c.url.in_(list(urls)),
            quarantine.c.deaths >= MOST_DEATHS,
        )
        with reading(self._engine) as connection:
            return set(connection.execute(query).scalars())

    def retry(self, urls: Collection[str], now: datetime) -> int:
        """Forgets the deaths of these URLs and has them read again. Raises NotQuarantined."""
        places = list(urls)
        with writing(self._engine) as connection:
            gone = connection.execute(delete(quarantine).where(quarantine.c.url.in_(places))).rowcount
            if not gone:
                raise NotQuarantined(_unknown(places))
            page = and_(candidates.c.url.in_(places), candidates.c.reason == Reason.QUARANTINED.value)
            again = {"state": "pending", "tries": 0, "not_before": None, "reason": None}
            connection.execute(update(candidates).where(page, candidates.c.state == "done").values(**again))
            connection.execute(update(sources).where(sources.c.url.in_(places)).values(next_due_at=now))
        return gone

    def drop(self, urls: Collection[str], now: datetime) -> int:
        """Takes these URLs off the list; they stay unread until `retry`. Raises NotQuarantined."""
        places = list(urls)
        is_held = and_(quarantine.c.url.in_(places), quarantine.c.deaths >= MOST_DEATHS)
        with writing(self._engine) as connection:
            dropped = connection.execute(update(quarantine).where(is_held).values(dropped_at=now)).rowcount
            if not dropped:
                raise NotQuarantined(_unknown(places))
        return dropped

    def count(self) -> int:
        """How many are in quarantine and were not dropped."""
        query = select(func.count()).where(quarantine.c.deaths >= MOST_DEATHS, quarantine.c.dropped_at.is_(None))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()


def _unknown(urls: list[str]) -> str:
    return f"{urls[0]} is not in quarantine; `presswatch quarantine list` shows what is"


def _record(row: Any) -> Quarantined:
    return Quarantined(**row._mapping)  # noqa: SLF001 (SQLAlchemy's documented name)
