"""`presswatch sources`: when each source is visited, and orders about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from control.choosing import named, opened
from control.orders import check_bounds, mode_of, pause_end
from control.printing import ago, as_json, json_option, say
from control.refusal import WrongWords
from control.settings import Settings
from crawler.outlets.cadence.schedule import check_span
from crawler.outlets.cadence.windows import check_windows
from crawler.outlets.errors import BadOrder
from crawler.outlets.values import same_address
from storage.errors import NotMoved
from storage.records import Outlet, Pace, Source, SourceState
from storage.store import Store

_source = click.argument("words", nargs=-1, required=True, metavar="URL|NUMBER|OUTLET...")


@click.group("sources")
def sources_group() -> None:
    """When each source is visited: list, order, pause, resume and visit now.

    A source is named by its address, by its number in the list, or, all of them, by their outlet. Orders given here win
    over outlet files, until `presswatch sources pace ... --as-file`. docs/cadence.md tells how visits are chosen.
    """


@sources_group.command("list")
@click.argument("outlets", nargs=-1, metavar="[OUTLET]...")
@json_option
@click.pass_obj
def list_command(settings: Settings, outlets: tuple[str, ...], as_json_lines: bool) -> None:
    """List sources: number, outlet, last and next visit and why then."""
    now = datetime.now(UTC)
    with opened(settings) as store:
        statuses = store.library.outlet_statuses(now)
    if outlets:
        keys = {outlet.key for outlet in named(outlets, [status.outlet for status in statuses])}
        statuses = [status for status in statuses if status.outlet.key in keys]
    sources = [source for status in statuses for source in status.sources]
    if as_json_lines:
        click.echo(as_json(sources))
        return
    say(f"{'NUMBER':>6} {'OUTLET':24} {'LAST VISIT':12} {'NEXT VISIT':12} ADDRESS, AND WHY THEN")
    for source in sources:
        visited = f"{ago(source.last_visit_at, now):12} {_next(source, now):12}"
        say(f"{source.id:6} {source.outlet_key:24} {visited} {source.url}")
        say(f"{'':57} {source.due_why or 'not visited yet'}")
        if source.has_moved:
            say(f"{'':57} has moved to {source.moved_to}; `presswatch sources accept {source.id}` accepts that")
        elif source.accepted_url:
            say(f"{'':57} asked for at {source.accepted_url}; `accept --back {source.id}` takes that back")


@sources_group.command("pace")
@_source
@click.option("--adaptive", "is_adaptive", is_flag=True, help="When something new is expected.")
@click.option("--every", metavar="SPAN", help="At a steady interval, such as 20m or 6h.")
@click.option("--cron", metavar="LINE", help='By a cron line in the outlet\'s time zone, such as "*/20 6-22 * * *".')
@click.option("--not-between", multiple=True, metavar="WINDOW", help='No visits then, such as "00:00-05:00".')
@click.option("--floor", metavar="SPAN", help="Adaptive: no visit sooner.")
@click.option("--ceiling", metavar="SPAN", help="Adaptive: no visit later.")
@click.option("--heed-publisher/--overrule-publisher", default=None, help="Whether ttl, skipHours and such are bounds.")
@click.option("--as-file", is_flag=True, help="Take all orders given here back: as the outlet file says.")
@click.pass_obj
def pace_command(settings: Settings, /, words: tuple[str, ...], as_file: bool, **given: Any) -> None:
    """Order how sources are visited. What is not named stays as it was."""
    changes = _changes(given)
    if as_file == bool(changes):
        raise WrongWords("say what to change, such as --every 20m, or --as-file alone to take orders back")

    def order(store: Store, source: Source, now: datetime) -> Source:
        try:
            pace = Pace() if as_file else check_bounds(replace(source.ordered, **changes))
        except BadOrder as bad:
            raise WrongWords(str(bad)) from None
        return store.paces.order(source.id, pace, now)

    _each(settings, words, order)


@sources_group.command("pause")
@_source
@click.option("--until", required=True, metavar="TIME", help="2026-12-01, 2026-12-01T08:00 (UTC), or a span: 3d.")
@click.pass_obj
def pause_command(settings: Settings, words: tuple[str, ...], until: str) -> None:
    """Visit sources no more until a time. `presswatch outlets pause` knows no end."""
    try:
        end = pause_end(until, datetime.now(UTC))
    except BadOrder as bad:
        raise WrongWords(str(bad)) from None
    _each(settings, words, lambda store, source, now: store.paces.pause(source.id, end, now))


@sources_group.command("resume")
@_source
@click.pass_obj
def resume_command(settings: Settings, words: tuple[str, ...]) -> None:
    """End a pause now."""
    _each(settings, words, lambda store, source, now: store.paces.pause(source.id, None, now))


@sources_group.command("visit")
@_source
@click.pass_obj
def visit_command(settings: Settings, words: tuple[str, ...]) -> None:
    """Have sources visited now by the running service; the host's pauses hold all the same."""
    _each(settings, words, lambda store, source, now: store.paces.make_due(source.id, now))


@sources_group.command("accept")
@_source
@click.option("--back", is_flag=True, help="Take it back: the address that the outlet file names holds again.")
@click.pass_obj
def accept_command(settings: Settings, words: tuple[str, ...], back: bool) -> None:
    """Accept the new address of sources that have moved: it becomes their own.

    A source has moved when it answered ten times in a row that it moved for good. Of an outlet, those that have.
    """
    now = datetime.now(UTC)
    done = 0
    with opened(settings) as store:
        statuses = store.library.outlet_statuses(now)
        sources = [source for status in statuses for source in status.sources]
        for source in _chosen(words, sources, [status.outlet for status in statuses]):
            try:
                address = (store.moves.take_back if back else store.moves.accept)(source.id, now)
            except NotMoved:
                continue
            done += 1
            say(f"{source.url}: asked for at {address} from now on")
    if not done:
        what = "no move of them was accepted" if back else "none of them has moved for good"
        raise WrongWords(f"{what}; `presswatch sources list` tells which were")


def _each(settings: Settings, words: tuple[str, ...], act: Callable[[Store, Source, datetime], Source]) -> None:
    now = datetime.now(UTC)
    with opened(settings) as store:
        statuses = store.library.outlet_statuses(now)
        outlets = [status.outlet for status in statuses]
        sources = [source for status in statuses for source in status.sources]
        for source in _chosen(words, sources, outlets):
            changed = act(store, source, now)
            say(f"{changed.url}: next visit {_next(changed, now)} ({changed.due_why})")


def _chosen(words: tuple[str, ...], sources: list[Source], outlets: list[Outlet]) -> list[Source]:
    """The sources that words name, each once. Raises WrongWords."""
    chosen: dict[int, Source] = {}
    for word in words:
        if "://" in word:
            found = [source for source in sources if same_address(source.url) == _address(word)]
        elif word.isascii() and word.isdigit():
            found = [source for source in sources if source.id == int(word)]
        else:
            (outlet,) = named([word], outlets)
            found = [source for source in sources if source.outlet_key == outlet.key]
        if not found:
            raise WrongWords(f"no source is {word!r}; `presswatch sources list` shows those there are")
        chosen |= {source.id: source for source in found}
    return list(chosen.values())


def _address(word: str) -> str:
    try:
        return same_address(word)
    except ValueError:
        raise WrongWords(f"{word!r} is no address, such as https://www.example.org/feed") from None


def _changes(given: dict[str, Any]) -> dict[str, Any]:
    """What an order changes. Raises WrongWords."""
    modes = [name for name in ("is_adaptive", "every", "cron") if given[name]]
    if len(modes) > 1:
        raise WrongWords("--adaptive, --every and --cron are three ways; choose one")
    try:
        changes = mode_of(**{name: given[name] or None for name in ("every", "cron")}, is_adaptive=given["is_adaptive"])
        if given["not_between"]:
            changes["not_between"] = check_windows(given["not_between"])
        for option, name in (("floor", "floor_s"), ("ceiling", "ceiling_s")):
            if given[option]:
                changes[name] = check_span(given[option])
    except BadOrder as bad:
        raise WrongWords(str(bad)) from None
    if given["heed_publisher"] is not None:
        changes["heed_publisher"] = given["heed_publisher"]
    return changes


def _next(source: Source, now: datetime) -> str:
    if source.is_paused or source.state is SourceState.GONE or source.next_due_at is None:
        return "none"
    return "now" if source.next_due_at <= now else ago(source.next_due_at, now)
