"""`presswatch outlets check`: which sources of the outlets still work."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from control.choosing import named, opened
from control.own_outlets import OwnOutlets, mark_verified
from control.printing import as_json, json_option, say
from control.settings import Settings
from control.trial_lines import lists, progress
from storage.records import Outlet

if TYPE_CHECKING:  # Scrapy is loaded only where something is fetched
    from crawler.spiders.probe import Probe, Tried
    from crawler.spiders.survey import Checked

#: Outlets that are checked at the same time.
_AT_ONCE = 16


@click.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--write", is_flag=True, help='Note verified = "today" at the sources that work, in your outlet files.')
@json_option
@click.pass_obj
def check_command(settings: Settings, names: tuple[str, ...], write: bool, as_json_lines: bool) -> None:
    """Try each source of these outlets (of all that are not paused without a name), and say which work.

    A source that is dead is looked for on the outlet's home page. Fetches as politely as a visit, and stores
    nothing. Exit status 1 when a source is dead.
    """
    with opened(settings) as store:
        outlets = store.outlets.outlets()
        paused = {s.outlet.key for s in store.library.outlet_statuses(datetime.now(UTC)) if s.is_paused}
    chosen = named(names, outlets) if names else [outlet for outlet in outlets if outlet.key not in paused]
    if not names and paused:
        progress(f"{len(paused)} paused outlets are left out; name them to have them tried")
    results = _check(settings, chosen, is_silent=as_json_lines)
    states = [health.value for checked in results for _, health in checked.sources]
    if as_json_lines:
        click.echo(as_json([_as_dict(checked) for checked in results]))
    else:
        counts = {state: states.count(state) for state in ("alive", "moved", "dead", "not-tried")}
        told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        say(f"{len(results)} outlets, {len(states)} sources: {told or 'none tried'}")
    if states and all(tried.fetched.status is None for checked in results for tried, _ in checked.sources):
        progress("nothing could be reached at all: check the connection of this machine before you blame the sources")
    if write:
        _write_verified(settings, results)
    if "dead" in states:
        raise click.exceptions.Exit(1)


def _check(settings: Settings, outlets: list[Outlet], *, is_silent: bool) -> list[Checked]:
    from control.probing import probe  # noqa: PLC0415
    from crawler.spiders.survey import check_outlet  # noqa: PLC0415

    async def survey(probe: Probe) -> list[Checked]:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def check(outlet: Outlet) -> Checked:
            async with turns, probe.visitor() as visitor:
                tell = progress if len(outlets) == 1 else _nothing
                checked = await check_outlet(visitor, outlet, now=datetime.now(UTC), tell=tell)
            if not is_silent:
                _tell_checked(checked)
            return checked

        return list(await asyncio.gather(*map(check, outlets)))

    return probe(settings, survey)


def _tell_checked(checked: Checked) -> None:
    say(f"{checked.outlet.key}: {checked.outlet.name}")
    for tried, health in checked.sources:
        moved = f"now at {tried.fetched.moved_to}: " if tried.fetched.moved_to else ""
        what = lists(tried) if tried.is_alive else f"{tried.detail} ({tried.reason})"
        say(f"  {health.value:9} {tried.source.kind.value:8} {tried.source.url}  {moved}{what}")
    for tried in checked.replacements:
        place = tried.fetched.moved_to or tried.source.url
        say(f"  found     {tried.source.kind.value:8} {place}  {lists(tried)}")
    if checked.replacements:
        outlet = checked.outlet
        say(f"  to take what was found: presswatch outlets add {outlet.home_url} --key {outlet.key} --replace")


def _as_dict(checked: Checked) -> dict[str, Any]:
    return {
        "outlet": checked.outlet.key,
        "name": checked.outlet.name,
        "sources": [{"state": health.value, **_source_dict(tried)} for tried, health in checked.sources],
        "replacements": [_source_dict(tried) for tried in checked.replacements],
    }


def _source_dict(tried: Tried) -> dict[str, Any]:
    trial, fetched = tried.trial, tried.fetched
    return {
        "url": tried.source.url,
        "kind": tried.source.kind,
        "found_kind": trial and trial.kind,
        "status": fetched.status,
        "final_url": fetched.final_url,
        "moved_to": fetched.moved_to,
        "content_type": fetched.body and fetched.body.content_type,
        "listed": trial and trial.listed,
        "sitemaps": trial and trial.sitemaps,
        "newest": trial and trial.newest,
        "reason": tried.reason,
        "detail": tried.detail,
    }


def _write_verified(settings: Settings, results: list[Checked]) -> None:
    """Notes in the operator's files, in the data folder or in PRESSWATCH_CATALOGUE, which sources work."""
    own, day = OwnOutlets(settings), datetime.now(UTC).date().isoformat()
    marked = without_file = 0
    for checked in results:
        urls = {tried.source.url for tried, health in checked.sources if health.value == "alive"}
        path = _file_of(settings, own, checked.outlet.key)
        if path is None:
            without_file += 1
        elif urls:
            marked += mark_verified(path, urls, day)
    progress(f"{marked} sources were marked as verified on {day}")
    if without_file:
        progress(f"{without_file} outlets come from the shipped catalogue, which is not written to")


def _file_of(settings: Settings, own: OwnOutlets, key: str) -> Path | None:
    places = [own.path(key)]
    if settings.catalogue is not None:
        places.append(settings.catalogue / f"{key}.toml")
    return next((place for place in places if place.is_file()), None)


def _nothing(_text: str) -> None:
    """Of many outlets, only what came is told."""
