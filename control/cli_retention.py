"""`presswatch retention`: pages and texts that are kept no longer, counted first and then deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import click

from control.choosing import named, opened
from control.daily_retention import due_by
from control.deleting import carry_out
from control.printing import ago, as_json, json_option, say
from control.refusal import Refusal
from control.retaining import days_of, rules_for
from control.settings import Settings
from control.who import by_option
from storage.records import DailyRetention, RetentionCount, RetentionOrder, RetentionState
from storage.retention.compacting import Compacted
from storage.store import Store

_SHOWN = 20
_LISTED = 1_000
_number = click.argument("number", type=int)


@click.group("retention")
def retention_group() -> None:
    """Delete pages and texts that are old enough: a plan first, which deletes nothing, then the plan carried out.

    Never deleted is what is on hold, pinned as evidence, or cited by a revision whose text stays.
    """


@retention_group.command("plan")
@click.option("--outlet", "outlets", multiple=True, metavar="OUTLET", help="Only of these outlets.")
@click.option("--pages-days", type=click.IntRange(1, 36_500), help="Pages that were fetched longer ago go.")
@click.option("--texts-days", type=click.IntRange(1, 36_500), help="Texts that were seen longer ago go, too.")
@click.option("--why", default="as the settings and outlet files say", metavar="TEXT", help="Why; it stays on record.")
@by_option
@json_option
@click.pass_obj
def plan_command(
    settings: Settings,
    *,
    outlets: tuple[str, ...],
    pages_days: int | None,
    texts_days: int | None,
    why: str,
    by: str,
    as_json_lines: bool,
) -> None:
    """Count what would be deleted, by outlet; nothing is.

    Without --pages-days or --texts-days, as keep_pages_days and keep_texts_days of each outlet's file or the settings
    say.
    """
    now = datetime.now(UTC)
    with opened(settings) as store:
        known = list(store.outlets.outlets())
        chosen = named(outlets, known) if outlets else known
        rules = rules_for(chosen, settings, now, pages_days=pages_days, texts_days=texts_days)
        if not rules:
            raise Refusal(
                "all is kept for ever: give --pages-days or --texts-days, or set PRESSWATCH_KEEP_PAGES_DAYS, "
                "PRESSWATCH_KEEP_TEXTS_DAYS, or keep_pages_days and keep_texts_days in an outlet's file"
            )
        told = _Teller(is_silent=as_json_lines)
        order = store.deleting.plan(rules, why=why, by=by, now=now, progress=told.tell)
    if as_json_lines:
        click.echo(as_json(order))
        return
    for line in _lines(order):
        say(line)
    say(f"nothing is deleted; `presswatch retention run {order.id}` does it")


@retention_group.command("run")
@_number
@by_option
@click.option("--wait", "wait_s", default=60.0, show_default=True, type=click.FloatRange(0, 3600), metavar="SECONDS",
              help="How long readers may go on with a file that was written anew.")  # fmt: skip
@click.pass_obj
def run_command(settings: Settings, number: int, by: str, wait_s: float) -> None:
    """Carry out plan NUMBER: what is held or pinned since stays. Interrupted, the same command goes on.

    Files of the archive are written anew without what is deleted; the service may go on meanwhile. A file that a worker
    writes just now is left until it has ended: run the plan once more then.
    """
    with opened(settings) as store:
        waiting = 0
        for each in carry_out(store, settings, number, by=by, wait_s=wait_s):
            waiting += each.problem is not None
            say(_rewritten(each))
        for line in _lines(store.deleting.order(number)):
            say(line)
    if waiting:
        raise Refusal(f"{waiting} files still hold what was deleted; `presswatch retention run {number}` once more")


@retention_group.command("daily")
@click.option("--on", "is_on", is_flag=True, help="Order it, after a look at what would go now.")
@click.option("--off", "is_off", is_flag=True, help="Take the order back.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@by_option
@json_option
@click.pass_obj
def daily_command(
    settings: Settings, *, is_on: bool, is_off: bool, is_sure: bool, by: str, as_json_lines: bool
) -> None:
    """Show, order or take back that the scheduler deletes once a day what settings and outlet files let go.

    What would go now is counted and shown before the order is saved. Should they say fewer days later, or name an
    outlet that they did not, that waits until it is ordered again.
    """
    if is_on and is_off:
        raise click.UsageError("--on and --off contradict each other")
    now = datetime.now(UTC)
    with opened(settings) as store:
        if is_off and not store.daily_retention.end(by, now):
            raise Refusal("nothing is deleted daily")
        if is_on:
            _order_daily(store, settings, by, now, is_sure=is_sure, is_silent=as_json_lines)
        ordered = store.daily_retention.ordered()
        due = due_by(ordered, store.outlets.outlets(), settings, now) if ordered else None
    if as_json_lines:
        click.echo(as_json({"ordered": ordered, "waiting": due.waiting if due else ()}))
    elif ordered is None or due is None:
        say("nothing is deleted daily; `presswatch retention daily --on` shows what would be, and orders it")
    else:
        ran = f", last {ago(ordered.ran_at)}" if ordered.ran_at else ""
        say(f"{ordered.by} ordered {ago(ordered.ordered_at)} to delete daily{ran}")
        if due.waiting:
            say(
                f"left out, as less is to be kept of them than was ordered: {', '.join(due.waiting)}; "
                "`presswatch retention daily --on` shows what would go, and orders it"
            )


def _order_daily(store: Store, settings: Settings, by: str, now: datetime, *, is_sure: bool, is_silent: bool) -> None:
    outlets = list(store.outlets.outlets())
    rules = rules_for(outlets, settings, now, pages_days=None, texts_days=None)
    if not rules:
        raise Refusal(
            "all is kept for ever: set PRESSWATCH_KEEP_PAGES_DAYS, PRESSWATCH_KEEP_TEXTS_DAYS, or keep_pages_days and "
            "keep_texts_days in an outlet's file"
        )
    told = _Teller(is_silent=is_silent)
    plan = store.deleting.plan(rules, why="what a daily order would delete first", by=by, now=now, progress=told.tell)
    if not is_silent:
        for line in _lines(plan):
            say(line)
    if not is_sure and not click.confirm("Delete this, and each day what is old enough then?"):
        raise Refusal(f"nothing is ordered; `presswatch retention show {plan.id}` shows what would have gone")
    default = (settings.keep_pages_days, settings.keep_texts_days)
    own = {outlet.key: days for outlet in outlets if (days := days_of(outlet, settings)) != default}
    store.daily_retention.order(DailyRetention(by=by, ordered_at=now, default=default, outlets=own))


@retention_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List plans and deletions, the newest first."""
    with opened(settings) as store:
        found = store.deleting.orders(_SHOWN)
        history = store.retention.pruned()
    if as_json_lines:
        click.echo(as_json(found))
        return
    for order in found:
        say(_line(order))
    if not found:
        say("no page or text was ever deleted; `presswatch retention plan` tells what could be")
    told = ", ".join(f"{count} {name}" for name, count in asdict(history).items() if count)
    if told:
        say(f"of the history of what was done, as the settings say: {told}")


@retention_group.command("show")
@_number
@json_option
@click.pass_obj
def show_command(settings: Settings, number: int, as_json_lines: bool) -> None:
    """Show plan NUMBER, and all that it deleted: addresses, digests, times."""
    with opened(settings) as store:
        order = store.deleting.order(number)
        if as_json_lines:
            click.echo(as_json(order))
        else:
            for line in _lines(order):
                say(line)
        after = ("", 0)
        while found := store.deleting.deletions(number, after, _LISTED):
            after = found[-1][0]
            for _, each in found:
                if as_json_lines:
                    click.echo(as_json(each))
                else:
                    when = f"{each.at:%Y-%m-%d %H:%M} UTC"
                    say(f"{each.what}  {each.digest}  {when}  {each.url}")


def _rewritten(done: Compacted) -> str:
    if done.problem:
        return f"{done.name}: {done.problem}"
    return f"{done.name}: {done.gone} records out, {done.freed / 1e6:.1f} MB less"


class _Teller:
    """Prints how far it is, in tenths."""

    def __init__(self, *, is_silent: bool) -> None:
        self._is_silent = is_silent
        self._told = 0

    def tell(self, done: int, total: int) -> None:
        """What was looked at."""
        tenth = 10 * done // max(1, total)
        if tenth > self._told and not self._is_silent:
            self._told = tenth
            click.echo(f"  {tenth * 10} % looked at", err=True)


def _line(order: RetentionOrder) -> str:
    counts = order.deleted or order.planned
    pages, texts = sum(each.pages for each in counts), sum(each.texts for each in counts)
    return (
        f"{order.id:>5}  {_STATES[order.state]} {ago(order.changed_at)} by {order.by}: "
        f"{pages} pages, {texts} texts ({order.why})"
    )


def _lines(order: RetentionOrder) -> Iterator[str]:
    yield _line(order)
    for counts, words in ((order.planned, "to go"), (order.deleted, "gone")):
        for each in counts:
            yield f"  {each.outlet_key}: {_told(each)} {words}{_stays(each)}"


def _told(count: RetentionCount) -> str:
    parts = [f"{count.pages} pages ({count.page_bytes / 1e6:.1f} MB)"]
    if count.texts:
        parts.append(f"{count.texts} texts ({count.text_chars / 1e6:.1f} million characters)")
    if count.answers:
        parts.append(f"{count.answers} bodies of sources ({count.answer_bytes / 1e6:.1f} MB)")
    return ", ".join(parts)


def _stays(count: RetentionCount) -> str:
    told = ", ".join(f"{number} {_WHY[why]}" for why, number in count.stays.items())
    return f"; old enough, but staying: {told}" if told else ""


_STATES = {
    RetentionState.PLANNED: "planned",
    RetentionState.RUNNING: "begun",
    RetentionState.DONE: "done",
}
_WHY = {
    "held": "on hold",
    "pinned": "pinned as evidence",
    "cited": "cited by a revision",
    "younger": "the same bytes as a later page",
}
