"""`presswatch hold`: legal holds, which no retention rule passes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict

import click

from control.choosing import named, opened
from control.cli_read import article_named
from control.printing import as_json, json_option, say
from control.settings import Settings
from control.who import by_option
from storage.records import Hold


@click.command("hold")
@click.argument("url", required=False)
@click.option("--outlet", metavar="OUTLET", help="Hold all of an outlet.")
@click.option("--story", type=int, metavar="STORY", help="Hold the articles of a story.")
@click.option("--why", metavar="TEXT", help="Why; it stays on record.")
@by_option
@click.option("--lift", type=int, metavar="NUMBER", help="End a hold.")
@click.option("--list", "is_list", is_flag=True, help="List the holds that stand.")
@click.option("--all", "with_lifted", is_flag=True, help="With --list: those that were lifted too.")
@json_option
@click.pass_obj
def hold_command(
    settings: Settings,
    *,
    url: str | None,
    outlet: str | None,
    story: int | None,
    why: str | None,
    by: str,
    lift: int | None,
    is_list: bool,
    with_lifted: bool,
    as_json_lines: bool,
) -> None:
    """Put an article (by URL or number), an outlet or a story on legal hold, so that nothing of it is deleted.

    Its pages and texts stay until the hold is lifted, whatever is ordered; `presswatch retention` tells how many do.
    """
    if sum((url is not None, outlet is not None, story is not None, lift is not None, is_list)) != 1:
        raise click.UsageError("name one of these: an article, --outlet or --story to hold, --lift NUMBER, --list")
    with opened(settings) as store:
        if is_list:
            _show(store.holds.holds(with_lifted=with_lifted), is_json=as_json_lines)
            return
        if not why:
            raise click.UsageError("say --why: who reads it in years must understand")
        order: _Order = {"why": why, "by": by, "now": datetime.now(UTC)}
        if lift is not None:
            hold = store.holds.lift(lift, **order)
        elif outlet is not None:
            hold = store.holds.place(outlet_key=named([outlet], store.outlets.outlets())[0].key, **order)
        elif story is not None:
            hold = store.holds.place(story_id=story, **order)
        else:
            hold = store.holds.place(article_id=article_named(store, url or "").summary.id, **order)
        _show([hold], is_json=as_json_lines)


class _Order(TypedDict):
    why: str
    by: str
    now: datetime


def _show(holds: list[Hold], *, is_json: bool) -> None:
    if is_json:
        click.echo(as_json(holds))
        return
    for hold in holds:
        say(f"{hold.id:>5}  {_what(hold)}, since {hold.placed_at:%Y-%m-%d %H:%M} UTC by {hold.by}: {hold.why}")
        if hold.lifted_at:
            say(f"       lifted {hold.lifted_at:%Y-%m-%d %H:%M} UTC by {hold.lifted_by}: {hold.lifted_why}")
    if not holds:
        say("nothing is on hold")


def _what(hold: Hold) -> str:
    if hold.outlet_key is not None:
        return f"outlet {hold.outlet_key}"
    return f"story {hold.story_id}" if hold.story_id is not None else f"article {hold.article_id} {hold.url}"
