"""How an outlet stands with us: the robots.txt files in force for its hosts, hosts that asked for rest, and
what it kept us out of.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection, Select, func, select, text

from storage.records import HostWait, Outlet, OutletStanding, RobotsCopy
from storage.sql.gaps import gaps_in
from storage.sql.host_tables import host_waits, robots
from storage.sql.schema import KEPT_OUT, candidates
from storage.sql.subscriptions import subscriptions_in

_MOST = 20
_DAY = timedelta(days=1)
_GAPS_SHOWN = timedelta(days=30)


def standing_of(connection: Connection, outlet: Outlet, now: datetime) -> OutletStanding:
    """What is known of the hosts of an outlet's home page and sources, of its further hosts, and of those below."""
    urls = [outlet.home_url, *(source.url for source in outlet.sources)]
    hosts = {_host(url) for url in urls} | set(outlet.hosts)
    own = {host.removeprefix("www.") for host in hosts if host}
    origins = [each for each in connection.execute(select(robots.c.origin)).scalars() if _is_below(_host(each), own)]
    copies = connection.execute(select(robots).where(robots.c.origin.in_(sorted(origins)[:_MOST])))
    waits = connection.execute(select(host_waits).where(host_waits.c.not_before > now))
    kept_out = connection.execute(_kept_out(outlet.key, now)).all()
    return OutletStanding(
        subscriptions=tuple(subscriptions_in(connection, [outlet.key])),
        gaps=tuple(gaps_in(connection, now - _GAPS_SHOWN, outlet.key, _MOST)),
        kept_out=tuple(sorted(((row.reason, row.number) for row in kept_out), key=lambda each: (-each[1], each[0]))),
        robots=tuple(sorted((RobotsCopy(**row._mapping) for row in copies), key=lambda copy: copy.origin)),  # noqa: SLF001
        waits=tuple(
            HostWait(**row._mapping)  # noqa: SLF001
            for row in waits
            if _is_below(row.host.removeprefix("*."), own)
        ),
    )


def _kept_out(outlet_key: str, now: datetime) -> Select[tuple[str, int]]:
    """How many candidates of an outlet ended in a day because it kept us out, by reason."""
    counted = select(candidates.c.reason, func.count().label("number"))
    own = counted.where(candidates.c.outlet_key == outlet_key, candidates.c.finished_at > now - _DAY, text(KEPT_OUT))
    return own.group_by(candidates.c.reason)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _is_below(host: str, own: Collection[str]) -> bool:
    return any(host == each or host.endswith(f".{each}") for each in own)
