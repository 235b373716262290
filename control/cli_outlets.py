"""`presswatch outlets`: which outlets are monitored."""

from __future__ import annotations

import click

from control.opening import open_from
from control.printing import as_json, json_option, say
from control.settings import Settings


@click.group("outlets")
def outlets_group() -> None:
    """The outlets that are monitored."""


@outlets_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List all outlets."""
    store = open_from(settings)
    outlets = store.outlets.outlets()
    store.close()
    if as_json_lines:
        click.echo(as_json(outlets))
        return
    for outlet in outlets:
        say(f"{outlet.key:24} {outlet.name}")
