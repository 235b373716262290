"""`presswatch feeds`: outlets and searches as feeds at secret addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import click

from control.choosing import opened
from control.printing import as_json, json_option, say
from control.refusal import Refusal
from control.settings import Settings
from control.watching import explainer_from
from delivery.watching.saving import BadWatchlist, checked_name, new_token
from delivery.watchlists.query import QueryError
from storage.records import ReaderFeed
from storage.store import Store

_FORMS = ("rss", "atom", "json")
_MOST_CHARS = 400


@click.group("feeds")
def feeds_group() -> None:
    """Outlets and searches as feeds for a reader, each at a secret address."""


@feeds_group.command("add")
@click.argument("name")
@click.option("--outlet", "outlet_key", metavar="KEY", help="Only articles of this outlet.")
@click.option("--search", "words", metavar="QUERY", help="Only articles that answer this search.")
@click.option("--language", metavar="XX", help="Only articles in this language, such as en or fa.")
@click.option("--summary", "is_summary", is_flag=True, help="Only the beginning of each text.")
@click.pass_obj
def add_command(
    settings: Settings, *, name: str, outlet_key: str | None, words: str | None, language: str | None, is_summary: bool
) -> None:
    """Make a feed, and print its addresses."""
    if language is not None and not re.fullmatch(r"[a-z]{2,3}", language := language.lower()):
        raise Refusal(f"{language!r} is no language; give its ISO 639-1 code, such as en, fa, ar or he")
    if words is not None and len(words) > _MOST_CHARS:
        raise Refusal(f"the search has more than {_MOST_CHARS} characters; save it as a watchlist, which has feeds too")
    try:
        name = checked_name(name)
    except BadWatchlist as error:
        raise Refusal(str(error)) from error
    with opened(settings) as store:
        if words is not None:
            _require_readable(settings, store, words)
        added = store.reader_feeds.add(
            name=name,
            token=new_token(),
            now=datetime.now(UTC),
            words=words,
            outlet_key=outlet_key,
            language=language,
            is_summary=is_summary,
        )
    _say_feed(settings, added)


@feeds_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List all feeds with their addresses."""
    with opened(settings) as store:
        feeds = store.reader_feeds.feeds()
    if as_json_lines:
        click.echo(as_json([_shown(settings, feed) for feed in feeds]))
        return
    if not feeds:
        say("There are no feeds yet; `presswatch feeds add NAME --outlet KEY` adds one.")
    for feed in feeds:
        _say_feed(settings, feed)


@feeds_group.command("rotate")
@click.argument("name")
@click.pass_obj
def rotate_command(settings: Settings, name: str) -> None:
    """Give the feed NAME another address; the old one is no longer answered."""
    with opened(settings) as store:
        changed = store.reader_feeds.change_token(store.reader_feeds.named(name).id, new_token(), datetime.now(UTC))
    _say_feed(settings, changed)


@feeds_group.command("remove")
@click.argument("name")
@click.pass_obj
def remove_command(settings: Settings, name: str) -> None:
    """Remove the feed NAME."""
    with opened(settings) as store:
        store.reader_feeds.remove(store.reader_feeds.named(name).id, datetime.now(UTC))
    say(f"{name} is removed.")


def _require_readable(settings: Settings, store: Store, words: str) -> None:
    try:
        explainer_from(settings, store).query(words)
    except QueryError as error:
        raise Refusal(f"the search cannot be read, {error}") from error


def _addresses(settings: Settings, feed: ReaderFeed) -> list[str]:
    home = settings.public_url or f"http://{settings.host}:{settings.port}"
    return [f"{home}/feeds/saved/{feed.token}.{form}" for form in _FORMS]


def _say_feed(settings: Settings, feed: ReaderFeed) -> None:
    asked = (feed.words, feed.outlet_key, feed.language, "beginnings only" if feed.is_summary else None)
    say(f"{feed.name}  {', '.join(each for each in asked if each) or 'all articles'}")
    for address in _addresses(settings, feed):
        say(f"    {address}")


def _shown(settings: Settings, feed: ReaderFeed) -> dict[str, Any]:
    shown = {name: getattr(feed, name) for name in ReaderFeed.__slots__ if name != "token"}
    return shown | {"addresses": _addresses(settings, feed)}
