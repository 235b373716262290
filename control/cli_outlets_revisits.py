"""`presswatch outlets revisits`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from control.choosing import named, opened
from control.printing import ago, as_json, json_option, say
from control.refusal import WrongWords
from control.settings import Settings
from crawler.outlets.errors import BadOrder
from crawler.outlets.revisiting import MAX_A_DAY, ages_in, told_policy
from storage.records import RevisitCost, RevisitPolicy, RevisitStanding, RevisitWish
from storage.sql.orders import BY_COMMAND


@click.command("revisits")
@click.argument("outlet")
@click.option("--ages", metavar="AGES", help="At which ages articles are asked for again: 1h,6h,1d,7d,30d; or none.")
@click.option("--a-day", type=click.IntRange(0, MAX_A_DAY), help="Requests for it to one host a day, at most.")
@click.option("--as-filed", is_flag=True, help="Take the order back: the outlet's file and the settings hold again.")
@click.option("--yes", is_flag=True, help="Do not ask whether the cost is all right.")
@json_option
@click.pass_obj
def revisits_command(
    settings: Settings,
    *,
    outlet: str,
    ages: str | None,
    a_day: int | None,
    as_filed: bool,
    yes: bool,
    as_json_lines: bool,
) -> None:
    """Show when the articles of OUTLET are asked for again, or order it; what that costs is told before it is kept."""
    is_order = as_filed or ages is not None or a_day is not None
    if as_filed and (ages is not None or a_day is not None):
        raise click.UsageError("--as-filed takes the order back; leave --ages and --a-day out")
    with opened(settings) as store:
        chosen = named([outlet], store.outlets.outlets())[0]
        now = datetime.now(UTC)
        standing = store.revisits.standing(chosen.key, now)
        if not is_order:
            click.echo(as_json(standing)) if as_json_lines else _tell(standing)
            return
        wish = RevisitWish() if as_filed else _wish(standing.ordered, ages, a_day)
        if not as_json_lines:
            _tell_cost(store.revisits.cost(chosen.key, wish, now))
        if not yes:
            click.confirm("Order it?", abort=True)
        policy = store.revisits.order(chosen.key, wish, now, BY_COMMAND)
        if as_json_lines:
            click.echo(as_json(store.revisits.standing(chosen.key, now)))
        else:
            _say_policy(chosen.key, policy)


def _wish(ordered: RevisitWish, ages: str | None, a_day: int | None) -> RevisitWish:
    """The order with what was typed; what was not stays as it was ordered."""
    try:
        read = ordered.ages_s if ages is None else ages_in(ages)
    except BadOrder as bad:
        raise WrongWords(f"--ages: {bad}") from None
    return RevisitWish(ages_s=read, a_day=ordered.a_day if a_day is None else a_day)


def _tell(standing: RevisitStanding) -> None:
    _say_policy(standing.outlet_key, standing.policy)
    if standing.quickness < 1:
        say(f"sooner than that, at {standing.quickness:.0%} of these ages, as its articles are often changed")
    _tell_cost(standing.cost)
    late = f", the longest waiting since {ago(standing.due_since)}" if standing.due_since else ""
    say(f"{standing.articles} articles are looked after; {standing.due} are due now{late}")
    say(f"{standing.requests_today} requests today to the host with the most")


def _say_policy(key: str, policy: RevisitPolicy) -> None:
    say(f"{key}: {told_policy(policy)}")


def _tell_cost(cost: RevisitCost) -> None:
    say(
        f"in the next 30 days that asks for {cost.mean_a_day:.0f} requests a day, at most {cost.most_a_day} "
        f"(the outlet publishes {cost.articles_a_day:.0f} articles a day)"
    )
    if cost.is_over and cost.a_day:
        say(f"one host is sent no more than {cost.a_day} a day: where all are at one, some come late, none is left out")
