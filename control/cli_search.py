"""`presswatch search`: the archive searched with the query language of watchlists."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from control.cli_read import listing_options, opened_for, query_of, say_article
from control.printing import as_json, say
from control.refusal import Refusal
from control.settings import Settings
from control.watching import searcher_from
from delivery.searching.asking import Filters
from delivery.searching.searcher import Order, Search, Searcher
from delivery.watchlists.query import QueryError


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--order",
    type=click.Choice([each.value for each in Order]),
    default=Order.NEWEST.value,
    show_default=True,
    help="The newest first, or the best among the newest 2,000.",
)
@listing_options
def search_command(
    settings: Settings, words: tuple[str, ...], as_json_lines: bool, *, order: str, **filters: Any
) -> None:
    """List articles that answer a query, with the passages that do; docs/watchlists.md tells how one is written."""
    query = query_of(**filters)
    chosen = Filters(outlet=query.outlet_key, language=query.language, found_since=query.since)
    with opened_for(settings, query) as store:
        searcher = searcher_from(settings, store)
        search = read_search(searcher, _text(words), chosen)
        ask = searcher.newest if order == Order.NEWEST else searcher.ranked
        found = ask(search, limit=query.limit).items
    if as_json_lines:
        click.echo(as_json([dataclasses.asdict(each.article) | {"passages": each.passages} for each in found]))
        return
    for each in found:
        say_article(each.article)
        for passage in each.passages:
            say(f"         {passage.field.value}: {passage.text('[', ']')}")
    if not found:
        say("no articles")


def read_search(searcher: Searcher, text: str, filters: Filters | None = None) -> Search:
    """A search as it was typed. Raises Refusal, which shows the place where it cannot be read."""
    try:
        return searcher.search(text, filters)
    except QueryError as error:
        raise Refusal(f"the query cannot be read, {error.shown()}") from error


def _text(words: tuple[str, ...]) -> str:
    """A query, whether the shell got it as one word or as many; one that was quoted there alone is a phrase."""
    if len(words) == 1:
        return words[0]
    return " ".join(f'"{word}"' if " " in word and '"' not in word and "(" not in word else word for word in words)
