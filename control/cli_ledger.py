"""`presswatch ledger`: what outlets were asked, in a form that can be shown to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

import click

from control.choosing import named
from control.opening import open_from
from control.printing import ago, as_json, json_option, say
from control.settings import Settings
from crawler.discovery.urls import is_within
from storage.records import HostTraffic, Outlet, RobotsCopy
from storage.store import Store

_HEADINGS = f"{'REQUESTS':>8} {'ROBOTS':>6} {'304':>5} {'REFUSED':>7} {'FAILED':>6} {'KB':>9} {'LEAST GAP':>9}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLedger:
    """One host over the time asked for."""

    host: str
    hours: tuple[HostTraffic, ...]  # by hour
    total: HostTraffic  # its hour is the first one
    robots: tuple[RobotsCopy, ...]  # copies in force, without their bodies


@click.command("ledger")
@click.argument("names", nargs=-1, metavar="[OUTLET|HOST]...")
@click.option(
    "--days", default=7.0, show_default=True, type=click.FloatRange(min=0, min_open=True), help="How far back."
)
@click.option("--hours", "is_by_hour", is_flag=True, help="A line an hour, instead of one a host.")
@json_option
@click.pass_obj
def ledger_command(
    settings: Settings, names: tuple[str, ...], days: float, is_by_hour: bool, as_json_lines: bool
) -> None:
    """Show what was asked of hosts: requests, the share answered with 304, refusals, bytes, the least pause
    between two requests, and the robots.txt in force.

    Without a name all hosts that were asked something, most requests first. Workers write every ten seconds.
    """
    since = (datetime.now(UTC) - timedelta(days=min(days, 36_500))).replace(minute=0, second=0, microsecond=0)
    store = open_from(settings)
    try:
        ledgers = [_ledger(store, host, since) for host in _hosts(store, names, since)]
    finally:
        store.close()
    if as_json_lines:
        click.echo(as_json(ledgers))
        return
    if not ledgers:
        say(f"nothing was asked of {', '.join(names) or 'any host'} since {since:%Y-%m-%d %H:%M} UTC")
        return
    for ledger in ledgers:
        _tell(ledger, is_by_hour=is_by_hour)


def _hosts(store: Store, names: tuple[str, ...], since: datetime) -> list[str]:
    """Hosts that were asked something: those named, and those of outlets named."""
    asked = store.traffic.hosts(since)
    if not names:
        return asked
    plain = {name.lower() for name in names} & set(asked)
    outlets = named([name for name in names if name.lower() not in plain], store.outlets.outlets())
    return [host for host in asked if host in plain or any(_is_of(outlet, host) for outlet in outlets)]


def _is_of(outlet: Outlet, host: str) -> bool:
    return any(is_within(outlet, f"{scheme}://{host}/") for scheme in ("https", "http"))


def _ledger(store: Store, host: str, since: datetime) -> HostLedger:
    hours = store.traffic.of_hosts([host], since)
    copies = [store.hosts.robots(f"{scheme}://{host}") for scheme in ("https", "http")]
    return HostLedger(
        host=host,
        hours=tuple(hours),
        total=_total(hours),
        robots=tuple(replace(copy, body=b"") for copy in copies if copy is not None),
    )


def _total(hours: Iterable[HostTraffic]) -> HostTraffic:
    rows = list(hours)
    gaps = [row.least_gap_ms for row in rows if row.least_gap_ms is not None]
    return HostTraffic(
        host=rows[0].host,
        hour=rows[0].hour,
        requests=sum(row.requests for row in rows),
        robots=sum(row.robots for row in rows),
        not_modified=sum(row.not_modified for row in rows),
        refused=sum(row.refused for row in rows),
        failed=sum(row.failed for row in rows),
        bytes_received=sum(row.bytes_received for row in rows),
        least_gap_ms=min(gaps, default=None),
        took_ms=sum(row.took_ms for row in rows),
    )


def _tell(ledger: HostLedger, *, is_by_hour: bool) -> None:
    say(ledger.host)
    for copy in ledger.robots:
        answered = f"answered {copy.status}" if copy.status is not None else "could not be fetched"
        detail = f" ({copy.detail})" if copy.detail else ""
        say(f"  {copy.origin}/robots.txt: {copy.verdict}, {answered}{detail}, read {ago(copy.fetched_at)}")
    say(f"  {'':16} {_HEADINGS}")
    if is_by_hour:
        for day, hours in groupby(ledger.hours, key=lambda row: row.hour.date()):
            for row in hours:
                say(f"  {day} {row.hour:%H:%M} {_cells(row)}")
    say(f"  {'in all':16} {_cells(ledger.total)}")


def _cells(row: HostTraffic) -> str:
    answered = row.requests - row.robots
    share = f"{row.not_modified * 100 // answered}%" if answered > 0 else "-"
    gap = f"{row.least_gap_ms / 1000:.1f} s" if row.least_gap_ms is not None else "-"
    answer = f"{row.mean_answer_s:.2f} s" if row.mean_answer_s is not None else "-"
    kilobytes = f"{row.bytes_received / 1000:,.0f}"
    return (
        f"{row.requests:8} {row.robots:6} {share:>5} {row.refused:7} {row.failed:6} {kilobytes:>9} {gap:>9} {answer:>7}"
    )
