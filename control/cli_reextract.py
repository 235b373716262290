"""`presswatch reextract`: stored pages read again by today's extractor, compared, and kept or not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import click

from control.choosing import named, opened
from control.cli_stories import catch_up
from control.printing import ago, as_json, json_option, say
from control.refusal import Refusal
from control.settings import Settings
from storage.records import FieldSample, Outlet, OutletReport, Reextraction, ReextractionState
from storage.sql.orders import BY_COMMAND
from storage.store import Store

#: Revisions that come into force in one transaction: other writers wait for no more.
_STEP = 50
_SHOWN = 20
_VALUE_CHARS = 70
#: Below the priority of a service on the same machine, so that visits go on.
_NICENESS = 10

_processes = click.option(
    "--processes", type=click.IntRange(1, 256), help="How many read at once.  [default: one a core]"
)
_number = click.argument("number", type=int)


@click.group("reextract", invoke_without_command=True)
@click.option("--outlet", "outlets", multiple=True, metavar="OUTLET", help="Whose pages; may be given several times.")
@click.option("--all", "is_all", is_flag=True, help="The pages of all outlets.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Only revisions seen since that day (UTC)."
)
@click.option("--keep", "is_kept", is_flag=True, help="Bring what was read into force at once, without a look at it.")
@_processes
@json_option
@click.pass_context
def reextract_group(
    context: click.Context,
    *,
    outlets: tuple[str, ...],
    is_all: bool,
    since: datetime | None,
    is_kept: bool,
    processes: int | None,
    as_json_lines: bool,
) -> None:
    """Read stored pages again with today's extractor and rules; nothing is fetched.

    What it reads differently is shown by outlet, and kept apart until `presswatch reextract keep NUMBER`; `undo NUMBER`
    brings back what was before. No revision and no alert comes of it. Interrupted, `continue NUMBER` goes on.
    """
    if context.invoked_subcommand is not None:
        if outlets or is_all or since or is_kept or processes:
            raise click.UsageError("--outlet, --all, --since, --keep and --processes begin another re-extraction")
        return
    if not outlets and not is_all:
        raise click.UsageError("name an outlet, as in `presswatch reextract --outlet jpost`, or use --all")
    from crawler.extract.article import EXTRACTOR_VERSION  # noqa: PLC0415 (to list and keep takes no extractor)

    settings: Settings = context.obj
    with opened(settings) as store:
        known = list(store.outlets.outlets())
        chosen = known if is_all else named(outlets, known)
        order = store.readings.begin(
            [outlet.key for outlet in chosen],
            since=since and since.replace(tzinfo=UTC),
            extractor=EXTRACTOR_VERSION,
            by=BY_COMMAND,
            now=datetime.now(UTC),
        )
        _read(store, order, processes, is_silent=as_json_lines)
        if is_kept:
            _exchange(settings, store, order.id, is_kept=True, is_silent=as_json_lines)
        _show(store, order.id, is_json=as_json_lines)


@reextract_group.command("continue")
@_number
@_processes
@json_option
@click.pass_obj
def continue_command(settings: Settings, number: int, processes: int | None, as_json_lines: bool) -> None:
    """Go on with re-extraction NUMBER, which was interrupted."""
    from crawler.extract.article import EXTRACTOR_VERSION  # noqa: PLC0415 (as above)

    with opened(settings) as store:
        order = store.readings.reextraction(number)
        if order.state is not ReextractionState.READING:
            raise Refusal(f"re-extraction {number} {_STATES[order.state]}: there is nothing left to read")
        if order.extractor != EXTRACTOR_VERSION:
            raise Refusal(
                f"re-extraction {number} was begun by {order.extractor}, and this is {EXTRACTOR_VERSION}; "
                f"begin another one, and `presswatch reextract drop {number}`"
            )
        _read(store, order, processes, is_silent=as_json_lines)
        _show(store, number, is_json=as_json_lines)


@reextract_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List re-extractions, the newest first."""
    with opened(settings) as store:
        found = store.readings.reextractions(_SHOWN)
    if as_json_lines:
        click.echo(as_json(found))
        return
    for order in found:
        say(_line(order))
    if not found:
        say("nothing was read again yet; `presswatch reextract --outlet OUTLET` does")


@reextract_group.command("show")
@_number
@json_option
@click.pass_obj
def show_command(settings: Settings, number: int, as_json_lines: bool) -> None:
    """Show what re-extraction NUMBER found: by outlet and field, with samples."""
    with opened(settings) as store:
        _show(store, number, is_json=as_json_lines)


@reextract_group.command("keep")
@_number
@click.pass_obj
def keep_command(settings: Settings, number: int) -> None:
    """Bring what re-extraction NUMBER read into force: on pages, in feeds, in search and in stories."""
    with opened(settings) as store:
        _exchange(settings, store, number, is_kept=True, is_silent=False)


@reextract_group.command("undo")
@_number
@click.pass_obj
def undo_command(settings: Settings, number: int) -> None:
    """Bring back what was in force before re-extraction NUMBER was kept."""
    with opened(settings) as store:
        _exchange(settings, store, number, is_kept=False, is_silent=False)


@reextract_group.command("drop")
@_number
@click.pass_obj
def drop_command(settings: Settings, number: int) -> None:
    """Delete what re-extraction NUMBER holds aside; it can neither be kept nor undone then."""
    with opened(settings) as store:
        while store.readings.drop(number, _STEP * 20, by=BY_COMMAND, now=datetime.now(UTC)):
            pass
    say(f"re-extraction {number} holds nothing any more; what is in force stays so")


# --------------------------------------------------------------------------------------------- work


def _read(store: Store, order: Reextraction, processes: int | None, *, is_silent: bool) -> None:
    from control.reextracting import Reextractor  # noqa: PLC0415 (as above)

    os.nice(_NICENESS)
    _say_unless(is_silent, f"re-extraction {order.id}: {order.articles - order.done} articles to read")
    keys = set(order.outlets)
    outlets: list[Outlet] = [outlet for outlet in store.outlets.outlets() if outlet.key in keys]
    told = _Teller(is_silent=is_silent)
    work = Reextractor(store, order, processes or os.cpu_count() or 1, told.tell)
    try:
        asyncio.run(work.run(outlets, lambda: datetime.now(UTC)))
    except KeyboardInterrupt:
        raise Refusal(
            f"re-extraction {order.id} was interrupted; `presswatch reextract continue {order.id}` goes on with it"
        ) from None


def _exchange(settings: Settings, store: Store, number: int, *, is_kept: bool, is_silent: bool) -> None:
    store.readings.turn(number, is_kept=is_kept, by=BY_COMMAND, now=datetime.now(UTC))
    exchanged = overtaken = 0
    while True:
        step = store.readings.exchange(number, _STEP, datetime.now(UTC))
        exchanged, overtaken = exchanged + step.exchanged, overtaken + step.overtaken
        if step.is_done:
            break
    catch_up(settings, store)
    what = "in force now" if is_kept else "as they were before it"
    _say_unless(is_silent, f"re-extraction {number}: {exchanged} revisions are {what}")
    if overtaken:
        _say_unless(is_silent, f"{overtaken} were left as they are: a later re-extraction has read them since")


class _Teller:
    """Prints how far it is, at most once in a hundredth of the way."""

    def __init__(self, *, is_silent: bool) -> None:
        self._is_silent = is_silent
        self._told = -1

    def tell(self, done: int, total: int) -> None:
        """What is done, of how many articles."""
        hundredth = 100 * done // max(1, total)
        if hundredth != self._told:
            self._told = hundredth
            _say_unless(self._is_silent, f"  {done} of {total} articles read ({hundredth} %)")


def _say_unless(is_silent: bool, text: str) -> None:
    """Prints a line for people."""
    if not is_silent:
        say(text)


# ------------------------------------------------------------------------------------------ telling


def _show(store: Store, number: int, *, is_json: bool) -> None:
    order, reports = store.readings.reextraction(number), store.readings.report(number)
    if is_json:
        click.echo(as_json({"reextraction": order, "outlets": reports}))
        return
    say(_line(order))
    for report in reports:
        for line in _report_lines(report):
            say(line)
    if order.state is ReextractionState.READ:
        say(f"nothing of it is in force; `presswatch reextract keep {number}` brings it into force")


def _line(order: Reextraction) -> str:
    few = ", ".join(order.outlets[:3]) + (f" and {len(order.outlets) - 3} more" if len(order.outlets) > 3 else "")  # noqa: PLR2004
    since = f" since {order.since:%Y-%m-%d}" if order.since else ""
    far = f"{order.done} of {order.articles} articles by {order.extractor}"
    return f"{order.id:>5}  {few}{since}: {far}, {_STATES[order.state]} {ago(order.changed_at)}"


def _report_lines(report: OutletReport) -> Iterator[str]:
    read = f"{report.revisions} revisions of {report.done} articles"
    yield f"{report.outlet_key}: {read}, {report.changed} read differently"
    for field, counts in report.fields.items():
        told = ", ".join(f"{count} {change}" for change, count in counts.items())
        yield f"  {field:10} {told}"
    for why, left in report.unread.items():
        yield f"  {left} stay as they are: {_UNREAD[why]}"
    for sample in report.samples:
        yield from _sample_lines(sample)


def _sample_lines(sample: FieldSample) -> Iterator[str]:
    yield f"  {sample.field} {sample.change}: {sample.url}"
    before, after = _differing(sample.before, sample.after)
    yield f"    - {before}"
    yield f"    + {after}"


def _differing(before: str, after: str) -> tuple[str, str]:
    """Both from a little before where they begin to differ."""
    pairs = enumerate(zip(before, after, strict=False))
    common = next((place for place, (one, other) in pairs if one != other), min(len(before), len(after)))
    start = max(0, common - _VALUE_CHARS // 3)
    return _cut(before, start), _cut(after, start)


def _cut(value: str, start: int) -> str:
    flat = " ".join(value[start : start + _VALUE_CHARS].split())
    return ("…" if start else "") + (flat or "nothing") + ("…" if len(value) > start + _VALUE_CHARS else "")


_STATES = {
    ReextractionState.READING: "not read to its end, begun",
    ReextractionState.READ: "read",
    ReextractionState.KEEPING: "half kept (`keep` goes on)",
    ReextractionState.KEPT: "kept",
    ReextractionState.UNDOING: "half undone (`undo` goes on)",
    ReextractionState.DROPPED: "dropped",
}
_UNREAD = {
    "no-page": "no page of them is kept",
    "damaged": "their page is not in the archive as it was; `presswatch doctor` looks at it",
    "rejected": "today's extractor takes them for no articles",
    "failed": "they could not be read",
}
