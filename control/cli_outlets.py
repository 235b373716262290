"""`presswatch outlets`: which outlets are monitored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from control.choosing import named, opened
from control.cli_subscriptions import subscription_row
from control.commands import OUTLETS_COMMANDS
from control.given_credentials import credential_file
from control.later import LaterGroup
from control.opening import catalogue_files, load_catalogue
from control.own_outlets import OwnOutlets
from control.printing import ago, as_json, json_option, say
from control.refusal import WrongWords
from control.settings import Settings
from control.standing_lines import standing_lines
from crawler.discovery.urls import sites_of
from crawler.outlets.catalogue import read_catalogue
from delivery.web.wording import source_moved
from storage.records import OutletStanding, OutletStatus, RobotsCopy, Source, SourceState


@click.group("outlets", cls=LaterGroup)
def outlets_group() -> None:
    """The outlets that are monitored: list, try, add, pause and remove them.

    They come from the catalogue, and from outlet files of your own in the folder `outlets` of the data folder, which
    win over the catalogue. Both are read at each start of Presswatch and by these commands.
    """


outlets_group.add_later(OUTLETS_COMMANDS)


@outlets_group.command("list")
@click.option("--failing", is_flag=True, help="Only outlets of which something is ill.")
@click.option("--paused", is_flag=True, help="Only outlets that are paused.")
@json_option
@click.pass_obj
def list_command(settings: Settings, failing: bool, paused: bool, as_json_lines: bool) -> None:
    """List outlets: key, state, sources, articles, last and next visit, name."""
    now = datetime.now(UTC)
    with opened(settings) as store:
        statuses = store.library.outlet_statuses(now)
    if failing or paused:
        statuses = [each for each in statuses if (failing and _is_failing(each)) or (paused and each.is_paused)]
    sites = credential_file(settings).origins()
    if as_json_lines:
        rows = [{**_row(status), "with_credentials": _has_credentials(status, sites)} for status in statuses]
        click.echo(as_json(rows))
        return
    say(f"{'KEY':24} {'STATE':11} {'SOURCES':>7} {'ARTICLES':>8}  {'LAST VISIT':12} {'NEXT VISIT':12} NAME")
    for status in statuses:
        say(
            f"{status.outlet.key:24} {status.state.value:11} {len(status.sources):7} {status.articles:8}  "
            f"{ago(status.last_visit_at, now):12} {_ahead(status.next_visit_at, now):12} {status.outlet.name}"
            f"{', with credentials' if _has_credentials(status, sites) else ''}"
        )


@outlets_group.command("show")
@click.argument("key")
@click.option("--robots", "with_robots", is_flag=True, help="Print the robots.txt files in force, too.")
@json_option
@click.pass_obj
def show_command(settings: Settings, key: str, with_robots: bool, as_json_lines: bool) -> None:
    """Show all of an outlet: its sources with state, last and next visit and why they failed, its hosts, its rules."""
    now = datetime.now(UTC)
    with opened(settings) as store:
        statuses = store.library.outlet_statuses(now)
        (outlet,) = named([key], (status.outlet for status in statuses))
        standing = store.library.standing(outlet.key, now)
    (status,) = (status for status in statuses if status.outlet.key == outlet.key)
    own = OwnOutlets(settings)
    file = str(own.path(outlet.key)) if outlet.key in own.keys else None
    if as_json_lines:
        click.echo(as_json({**_row(status), "file": file, "status": status, **_standing_row(standing)}))
        return
    _show(status, file, now)
    if sent := sites_of(outlet) & credential_file(settings).origins():
        say(f"  credentials  are kept for {', '.join(sorted(sent))}; `presswatch credentials remove` forgets them")
    for line in standing_lines(standing, now, with_text=with_robots):
        say(line)


@outlets_group.command("pause")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.pass_obj
def pause_command(settings: Settings, keys: tuple[str, ...]) -> None:
    """Stop visiting outlets, until they are resumed. Articles found already are still fetched."""
    _set_paused(settings, keys, is_paused=True)


@outlets_group.command("resume")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.pass_obj
def resume_command(settings: Settings, keys: tuple[str, ...]) -> None:
    """Visit paused outlets again, those that are due at once."""
    _set_paused(settings, keys, is_paused=False)


@outlets_group.command("remove")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove_command(settings: Settings, keys: tuple[str, ...], yes: bool) -> None:
    """Stop monitoring outlets. Their articles stay; `presswatch outlets restore KEY` takes it back."""
    own = OwnOutlets(settings)
    with opened(settings) as store:
        chosen = named(keys, store.outlets.outlets())
        names = ", ".join(f"{outlet.name} ({outlet.key})" for outlet in chosen)
        if not yes:
            say(f"{names} will no longer be visited. What is stored stays.")
            click.confirm("Remove?", abort=True)
        for outlet in chosen:
            own.set_aside(outlet.key)
            store.outlets.remove(outlet.key, datetime.now(UTC))
        load_catalogue(settings, store)
    for outlet in chosen:
        say(f"removed {outlet.key}; its articles stay. To take it back: presswatch outlets restore {outlet.key}")


@outlets_group.command("restore")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.pass_obj
def restore_command(settings: Settings, keys: tuple[str, ...]) -> None:
    """Monitor outlets again that were removed: from your own file that was set aside, or from the catalogue."""
    own = OwnOutlets(settings)
    with opened(settings) as store:
        monitored = {outlet.key for outlet in store.outlets.outlets()}
        catalogue = {outlet.key: outlet for outlet in read_catalogue(catalogue_files(settings))}
        for key in keys:
            if key in monitored:
                say(f"{key} is monitored already")
            elif own.bring_back(key):
                load_catalogue(settings, store)
                say(f"restored {key} from {own.path(key)}")
            elif key in catalogue:
                store.outlets.load([catalogue[key]], "shipped", datetime.now(UTC), is_wanted=True)
                say(f"restored {key} from the catalogue")
            else:
                remedy = "`presswatch outlets add https://...` adds an outlet"
                raise WrongWords(f"{key!r} is neither in the catalogue nor removed before; {remedy}")
        paused = {status.outlet.key for status in store.library.outlet_statuses(datetime.now(UTC)) if status.is_paused}
    for key in keys:
        if key in paused:
            say(f"{key} is paused, as it was; `presswatch outlets resume {key}` lets it be visited")


def _set_paused(settings: Settings, keys: tuple[str, ...], *, is_paused: bool) -> None:
    now = datetime.now(UTC)
    with opened(settings) as store:
        chosen = named(keys, store.outlets.outlets())
        before = {status.outlet.key for status in store.library.outlet_statuses(now) if status.is_paused}
        for outlet in chosen:
            if (outlet.key in before) != is_paused:
                store.outlets.set_paused(outlet.key, is_paused, now)
    for outlet in chosen:
        if (outlet.key in before) == is_paused:
            say(f"{outlet.key} is {'paused already' if is_paused else 'not paused'}")
        elif is_paused:
            say(f"paused {outlet.key}; `presswatch outlets resume {outlet.key}` goes on")
        else:
            say(f"resumed {outlet.key}; it is visited when it is due")


def _is_failing(status: OutletStatus) -> bool:
    return status.is_ill and not status.is_paused


def _has_credentials(status: OutletStatus, sites: frozenset[str]) -> bool:
    return bool(sites) and not sites.isdisjoint(sites_of(status.outlet))


def _row(status: OutletStatus) -> dict[str, Any]:
    return {
        "key": status.outlet.key,
        "name": status.outlet.name,
        "state": status.state.value,
        "trouble": status.trouble,
        "origin": status.origin,
        "sources": len(status.sources),
        "articles": status.articles,
        "articles_24h": status.articles_24h,
        "pending": status.pending,
        "last_visit_at": status.last_visit_at,
        "next_visit_at": status.next_visit_at,
    }


def _standing_row(standing: OutletStanding) -> dict[str, Any]:
    copies = [
        {name: getattr(copy, name) for name in RobotsCopy.__slots__ if name != "body"} | {"text": copy.text}
        for copy in standing.robots
    ]
    told = {"robots": copies, "waits": standing.waits, "kept_out": dict(standing.kept_out), "gaps": standing.gaps}
    return told | {"subscriptions": [subscription_row(each) for each in standing.subscriptions]}


def _show(status: OutletStatus, file: str | None, now: datetime) -> None:
    outlet = status.outlet
    say(f"{outlet.name} ({outlet.key}): {status.state.value}")
    told: dict[str, Any] = {
        "home page": outlet.home_url,
        "comes from": file or ("the catalogue" if status.origin == "shipped" else "a file that is no longer there"),
        "country": outlet.country,
        "languages": ", ".join(outlet.languages),
        "time zone": outlet.timezone,
        "other names": ", ".join(outlet.aliases),
        "own hosts": ", ".join(outlet.hosts),
        "delay": None if outlet.delay_s is None else f"{outlet.delay_s:g} s between requests",
        "interval": None if outlet.interval_s is None else f"{outlet.interval_s} s between visits",
        "include": "  ".join(outlet.include),
        "exclude": "  ".join(outlet.exclude),
        "kept": ", ".join(outlet.keep_parameters),
        "dropped": ", ".join(outlet.drop_parameters),
        "note": outlet.note,
        "articles": f"{status.articles}, {status.articles_24h} in the last 24 h; {status.pending} candidates wait",
    }
    for name, value in told.items():
        if value:
            say(f"  {name:12} {value}")
    if status.layout_since:
        say(f"  {'layout':12} changed {ago(status.layout_since, now)}: {status.layout_sentence}")
    for source in status.sources:
        _show_source(source, now)


def _show_source(source: Source, now: datetime) -> None:
    say(f"  {source.kind.value:8} {source.state.value:11} {source.url}")
    if source.moved_to:
        say(f"           {source_moved(source)}")
    last = f"last visit {ago(source.last_visit_at, now)}"
    if source.state is SourceState.GONE:
        say(f"           {last}; answered that it is gone for good, so it is not visited any more")
        return
    following = "none while it is paused" if source.is_paused else _ahead(source.next_due_at, now)
    say(f"           {last}; next visit {following}{f' ({source.due_why})' if source.due_why else ''}")
    if source.sentence and not source.failures and source.state is not SourceState.OK:
        since = f" since {source.state_since:%Y-%m-%d %H:%M} UTC" if source.state_since else ""
        say(f"           {source.state.value}{since}: {source.sentence}")
    if source.failures:
        times = f"failed {source.failures} times in a row" if source.failures > 1 else "failed"
        say(f"           {times}: {source.last_detail or source.last_reason}; last well {ago(source.last_ok_at, now)}")


def _ahead(moment: datetime | None, now: datetime) -> str:
    """In how long something is; what is due already is now."""
    if moment is None:
        return "-"
    return "now" if moment <= now else ago(moment, now)
