"""`presswatch backfill`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import click

from control.choosing import named
from control.opening import load_catalogue, open_from, upgrade_store
from control.printing import ago, as_json, json_option, say
from control.settings import Settings
from control.working import crawl_here, has_worker
from storage.backfills import Backfill, BackfillProgress, BackfillStage, BackfillState
from storage.records import Outlet
from storage.store import Store

_FIRST_YEAR = 1995
_SHOWN = 20
_TELL_EVERY_S = 2.0
_DAY = click.DateTime(["%Y-%m-%d"])
_EXAMPLE = "presswatch backfill jpost --from 2020-05-01 --to 2020-05-31"


@click.command("backfill")
@click.argument("outlet", required=False, metavar="[OUTLET]")
@click.option("--from", "first", type=_DAY, metavar="DAY", help="First day, as 2020-05-01, in the outlet's time zone.")
@click.option("--to", "last", type=_DAY, metavar="DAY", help="Last day, which is included.")
@click.option("--oldest-first", is_flag=True, help="Begin with the first day; the last comes first otherwise.")
@click.option("--announce", is_flag=True, help="Send what is found to channels, as if it were new.")
@click.option("--dry-run", is_flag=True, help="Read sitemaps and archives, say what there is, fetch no article.")
@click.option("--no-wait", is_flag=True, help="Leave it to the service and come back at once.")
@click.option("--status", "is_status", is_flag=True, help="Show backfills and how far they are.")
@click.option("--stop", "is_stop", is_flag=True, help="Stop the outlet's backfills (all without a name).")
@json_option
@click.pass_obj
def backfill_command(
    settings: Settings,
    *,
    outlet: str | None,
    first: datetime | None,
    last: datetime | None,
    oldest_first: bool,
    announce: bool,
    dry_run: bool,
    no_wait: bool,
    is_status: bool,
    is_stop: bool,
    as_json_lines: bool,
) -> None:
    """Fetch an outlet's articles of past days, from its sitemaps and archives by date.

    A running service does the work, news first, and this command shows how far it is; Ctrl-C leaves it going. Without
    one the work is done here, and Ctrl-C interrupts it. The same command goes on where it was stopped or killed.
    """
    upgrade_store(settings)
    store = open_from(settings)
    try:
        load_catalogue(settings, store)
        if is_status or is_stop:
            chosen = None if outlet is None else _one(store, outlet).key
            _stop(store, chosen) if is_stop else _show(store, chosen, is_json=as_json_lines)
            return
        if outlet is None or first is None or last is None:
            raise click.UsageError(f"name an outlet, the first and the last day, as in `{_EXAMPLE}`; or use --status")
        chosen_outlet = _one(store, outlet)
        since, until = _window(chosen_outlet, first, last)
        backfill = store.backfills.start(
            chosen_outlet.key,
            since,
            until,
            datetime.now(UTC),
            is_oldest_first=oldest_first,
            is_announced=announce,
            is_dry=dry_run,
        )
        if no_wait and not has_worker(store):
            say(f"backfill {backfill.id} waits: no worker is running; start one with `presswatch up`")
        elif no_wait:
            say(f"backfill {backfill.id} is the service's now; `presswatch backfill --status` shows how far it is")
        else:
            _follow(settings, store, backfill, is_silent=as_json_lines)
            _finish(store, backfill, is_json=as_json_lines)
    finally:
        store.close()


def _one(store: Store, name: str) -> Outlet:
    return named([name], store.outlets.outlets())[0]


def _window(outlet: Outlet, first: datetime, last: datetime) -> tuple[datetime, datetime]:
    zone: tzinfo = ZoneInfo(outlet.timezone) if outlet.timezone else UTC
    today = datetime.now(zone).date()
    if first > last:
        raise click.UsageError(
            f"--from {first:%Y-%m-%d} is later than --to {last:%Y-%m-%d}; the earlier goes first, as in `{_EXAMPLE}`"
        )
    if last.date() > today:
        raise click.UsageError(f"--to {last:%Y-%m-%d} is in the future; today is {today:%Y-%m-%d} at {outlet.name}")
    if first.year < _FIRST_YEAR:
        raise click.UsageError(f"--from {first:%Y-%m-%d} is before the first newspapers on the web, {_FIRST_YEAR}")
    since = first.replace(tzinfo=zone).astimezone(UTC)
    until = (last + timedelta(days=1)).replace(tzinfo=zone).astimezone(UTC)
    return since, min(until, datetime.now(UTC)) if last.date() == today else until


def _follow(settings: Settings, store: Store, backfill: Backfill, *, is_silent: bool) -> None:
    """Shows how far it is until it ends; where no worker runs, or none any more, does the work."""
    told = _Teller(store, backfill.id, is_silent=is_silent)
    try:
        while has_worker(store):
            if store.backfills.backfill(backfill.id).state is not BackfillState.RUNNING:
                return
            told.tell()
            time.sleep(_TELL_EVERY_S)
    except KeyboardInterrupt:
        say(f"\nbackfill {backfill.id} goes on in the service; `presswatch backfill --stop` stops it")
        return
    crawl_here(settings, "backfill", [backfill.outlet_key], told.follow)


class _Teller:
    """Prints a line whenever something has changed."""

    def __init__(self, store: Store, backfill_id: int, *, is_silent: bool) -> None:
        self._store = store
        self._backfill_id = backfill_id
        self._is_silent = is_silent
        self._last = ""

    def follow(self, crawler: object) -> None:
        """Looks from the crawler's own loop."""
        from scrapy import signals  # noqa: PLC0415
        from scrapy.utils.asyncio import create_looping_call  # noqa: PLC0415

        loop = create_looping_call(self.tell)
        connect = crawler.signals.connect  # type: ignore[attr-defined]  # a scrapy.Crawler, which is not loaded yet
        connect(lambda: loop.start(_TELL_EVERY_S, now=False), signal=signals.engine_started, weak=False)
        connect(lambda: loop.stop() if loop.running else None, signal=signals.engine_stopped, weak=False)

    def tell(self) -> None:
        """Prints how far it is."""
        line = _line(self._store.backfills.progress(self._backfill_id, datetime.now(UTC)))
        if line != self._last and not self._is_silent:
            say(line)
        self._last = line


def _finish(store: Store, backfill: Backfill, *, is_json: bool) -> None:
    progress = store.backfills.progress(backfill.id, datetime.now(UTC))
    if is_json:
        click.echo(as_json(progress))
    else:
        _tell(progress)
    if progress.backfill.state is BackfillState.FAILED:
        raise click.exceptions.Exit(1)


def _show(store: Store, outlet_key: str | None, *, is_json: bool) -> None:
    now = datetime.now(UTC)
    shown = [store.backfills.progress(each.id, now) for each in store.backfills.backfills(outlet_key, _SHOWN)]
    if is_json:
        click.echo(as_json(shown))
    elif not shown:
        say(f"no backfill yet; begin one with `{_EXAMPLE}`")
    else:
        for progress in shown:
            _tell(progress)


def _stop(store: Store, outlet_key: str | None) -> None:
    stopped = store.backfills.stop(outlet_key, datetime.now(UTC))
    for backfill in stopped:
        say(f"stopped {_name(backfill)}; the same command as before goes on where it was")
    if not stopped:
        say(f"no backfill of {outlet_key} is running" if outlet_key else "no backfill is running")


def _tell(progress: BackfillProgress) -> None:
    backfill = progress.backfill
    say(f"{_name(backfill)}: {backfill.state.value}, begun {ago(backfill.created_at)}")
    say(f"  {_line(progress)}")
    if progress.ended:
        say("  " + ", ".join(f"{count} {reason}" for reason, count in progress.ended))
    if progress.undated:
        say(f"  nothing tells when {progress.undated} of {progress.listed} addresses are from: they were left out")
    for url, problem in progress.problems:
        say(f"  not read: {url}: {problem}")
    if backfill.detail:
        say(f"  {backfill.detail}")


def _name(backfill: Backfill) -> str:
    last = backfill.until - timedelta(microseconds=1)
    dry = ", dry run" if backfill.is_dry else ""
    days = f"{backfill.since:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    return f"backfill {backfill.id} of {backfill.outlet_key}, {days}{dry}"


def _line(progress: BackfillProgress) -> str:
    pages = f"{progress.pages_read} lists read" + (f", {progress.pages_left} left" if progress.pages_left else "")
    parts = [pages, f"{progress.found} articles found", f"{progress.done} done"]
    if progress.waiting:
        parts.append(f"{progress.waiting} left")
    now = datetime.now(UTC)
    pace, end = progress.pace_told(now), progress.ends_at(now)
    if pace is not None and end is not None:
        is_last = progress.backfill.stage is BackfillStage.ARTICLES
        parts += [pace, f"{'done about' if is_last else 'not before'} {end:%Y-%m-%d %H:%M} UTC"]
    return ", ".join(parts)
