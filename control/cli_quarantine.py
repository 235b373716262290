"""`presswatch quarantine`: what is no longer read, since child processes died of it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import click

from control.opening import open_from
from control.printing import ago, as_json, json_option, say
from control.settings import Settings
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url
from storage.records import Quarantined


@click.group("quarantine")
def quarantine_group() -> None:
    """Pages and sources of which three child processes died: they are not read any more, until you say so."""


@quarantine_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List what is in quarantine, the newest first, and why."""
    with closing(open_from(settings)) as store:
        held = store.quarantine.held()
    if as_json_lines:
        click.echo(as_json(held))
        return
    for each in held:
        say(told(each))
    if not held:
        say("nothing is in quarantine")


@quarantine_group.command("retry")
@click.argument("url")
@click.pass_obj
def retry_command(settings: Settings, url: str) -> None:
    """Forget the deaths at URL and read it again: a page at its host's next turn, a source at once."""
    with closing(open_from(settings)) as store:
        store.quarantine.retry(spellings(url), datetime.now(UTC))
    say(f"{url} is read again; `presswatch explain` tells what comes of it")


@quarantine_group.command("drop")
@click.argument("url")
@click.pass_obj
def drop_command(settings: Settings, url: str) -> None:
    """Take URL off the list and never read it again; `retry` takes that back."""
    with closing(open_from(settings)) as store:
        store.quarantine.drop(spellings(url), datetime.now(UTC))
    say(f"{url} is off the list and stays unread")


def spellings(url: str) -> list[str]:
    """A URL as given and in its canonical form: sources are kept as written, pages canonical."""
    try:
        return list(dict.fromkeys((url, canonical_url(url))))
    except BadUrl:
        return [url]


def told(each: Quarantined) -> str:
    """One line of the list."""
    state = "dropped" if each.dropped_at else f"{each.deaths} deaths, the last {ago(each.last_at)}"
    return f"{each.kind:6} {each.url} of {each.outlet_key}: {state}; {each.detail or 'no reason known'}"
