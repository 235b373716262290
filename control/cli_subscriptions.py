"""`presswatch subscriptions`: which hubs push our sources (WebSub)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from control.choosing import named, opened
from control.printing import as_json, json_option, say
from control.settings import Settings
from delivery.web.wording import subscription_words
from storage.records import Subscription

_SECRETS = frozenset({"path", "secret"})


@click.command("subscriptions")
@click.argument("outlets", nargs=-1, metavar="[OUTLET]...")
@json_option
@click.pass_obj
def subscriptions_command(settings: Settings, outlets: tuple[str, ...], as_json_lines: bool) -> None:
    """List the hubs that feeds name: whether they push, until when, what they pushed last and what was not believed.

    Hubs are asked only where PRESSWATCH_WEBSUB_URL says how they reach this service.
    """
    now = datetime.now(UTC)
    with opened(settings) as store:
        keys = {outlet.key for outlet in named(outlets, store.outlets.outlets())} if outlets else None
        found = store.subscriptions.subscriptions(keys)
    if as_json_lines:
        click.echo(as_json([subscription_row(each) for each in found]))
        return
    if not found:
        say("no feed that was read names a hub")
    for each in found:
        say(f"{each.outlet_key}: {each.source_url}")
        say(f"    {subscription_words(each, now)}")


def subscription_row(subscription: Subscription) -> dict[str, Any]:
    """A subscription without what only its hub may know."""
    return {name: getattr(subscription, name) for name in Subscription.__slots__ if name not in _SECRETS}
