"""`presswatch retry`: what came to nothing is fetched again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from control.choosing import named
from control.opening import open_from
from control.printing import say
from control.settings import Settings
from storage.records import LOST_REASONS, Reason

#: What lies in quarantine has commands of its own.
_RETRIED = sorted(reason.value for reason in LOST_REASONS if reason is not Reason.QUARANTINED)


@click.command("retry", epilog=f"REASON is one of {', '.join(_RETRIED)}.")
@click.argument("reasons", nargs=-1, required=True, metavar="REASON...", type=click.Choice(_RETRIED))
@click.option("--outlet", "outlets", multiple=True, metavar="NAME", help="Only of this outlet; may be repeated.")
@click.option("--hours", default=24.0, show_default=True, type=click.FloatRange(0, min_open=True), help="How far back.")
@click.pass_obj
def retry_command(settings: Settings, reasons: tuple[str, ...], outlets: tuple[str, ...], hours: float) -> None:
    """Fetch again what ended with one of REASONS in the last hours, such as `retry failed unreadable`.

    Use it once what caused them has been put right. Hosts are asked as politely as ever; robots.txt holds.
    """
    now = datetime.now(UTC)
    store = open_from(settings)
    try:
        keys = [outlet.key for outlet in named(outlets, store.outlets.outlets())] if outlets else None
        since = now - timedelta(hours=min(hours, 24 * 36_500))
        again = store.crawl.retry_lost({Reason(reason) for reason in reasons}, since, keys, now=now)
    finally:
        store.close()
    say(f"{again} candidates wait to be fetched again" if again else "nothing ended so in that time")
