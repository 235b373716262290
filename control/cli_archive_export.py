"""`presswatch archive export`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from control.choosing import named, opened
from control.cli_search import read_search
from control.periods import Period, period_option
from control.printing import as_json, json_option, say
from control.refusal import Refusal
from control.settings import Settings
from control.standstill import held_still
from control.watching import searcher_from
from storage.archive.exporting import export_wacz, export_warc
from storage.records import KeptCapture
from storage.store import Store

_PAGE = 500
_WACZ, _WARC = ".wacz", ".warc.gz"


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--outlet", "outlets", multiple=True, metavar="OUTLET", help="Captures of this outlet; may be repeated.")
@period_option("--fetched", help="Fetched in these days of UTC: 2020-05..2020-06, 2020-05-03, 2020-05..")
@click.option("--story", type=click.IntRange(1), metavar="ID", help="Captures of the articles of this story.")
@click.option("--query", metavar="QUERY", help="Articles that answer a query, as `presswatch search` takes it.")
@json_option
@click.pass_obj
def export_command(
    settings: Settings,
    file: Path,
    *,
    outlets: Sequence[str],
    fetched: Period | None,
    story: int | None,
    query: str | None,
    as_json_lines: bool,
) -> None:
    """Copy captures into FILE, a WARC file (.warc.gz) or a WACZ package (.wacz); what is asked for must hold together.

    Records are copied byte for byte, with their digests; without any option, all of them. Exit status 1 where the
    archive does not give a capture back.
    """
    if not file.name.endswith((_WACZ, _WARC)):
        raise click.UsageError(f"{file} says no format: name a file that ends in {_WACZ} or {_WARC}")
    if file.exists():
        raise Refusal(f"{file} is there already; name a new file")
    now = datetime.now(UTC)
    with opened(settings) as store, held_still(settings.archive_dir):
        keys = [outlet.key for outlet in named(outlets, store.outlets.outlets())]
        ids = _article_ids(settings, store, story, query)
        since, before = fetched.within(None) if fetched else (None, None)
        titles: dict[int, str] = {}
        captures = _titled(store, _chosen(store, keys, ids, since, before), titles)
        try:
            if file.name.endswith(_WACZ):
                told = export_wacz(
                    settings.archive_files, captures, file, titles=titles, software=settings.user_agent, now=now
                )
            else:
                told = export_warc(settings.archive_files, captures, file, software=settings.user_agent, now=now)
        except OSError as error:
            raise Refusal(f"{file} cannot be written: {error}; make room or name another place") from error
    if as_json_lines:
        click.echo(as_json(told))
    else:
        for problem in told.lost:
            say(problem)
        say(f"{file} holds {told.captures:,} captures, {told.size / 1e6:,.1f} MB")
    if told.lost:
        raise click.exceptions.Exit(1)


def _article_ids(settings: Settings, store: Store, story: int | None, query: str | None) -> frozenset[int] | None:
    """Articles that are meant, None for all. Raises UnknownStory and Refusal."""
    ids: set[int] | None = None
    if story is not None:
        ids = {each.article_id for each in store.stories.story(story).articles}
    if query is not None:
        searcher = searcher_from(settings, store)
        answering = set(searcher.article_ids(read_search(searcher, query)))
        ids = answering if ids is None else ids & answering
    return None if ids is None else frozenset(ids)


def _chosen(
    store: Store, keys: list[str], ids: frozenset[int] | None, since: datetime | None, before: datetime | None
) -> Iterator[list[KeptCapture]]:
    """The captures that are meant, some hundred at a time."""
    after = 0
    while part := store.evidence.kept(after, _PAGE, outlet_keys=keys, since=since, before=before):
        after = part[-1].capture.id
        yield [kept for kept in part if ids is None or kept.capture.article_id in ids]


def _titled(store: Store, parts: Iterator[list[KeptCapture]], titles: dict[int, str]) -> Iterator[KeptCapture]:
    """Each capture; while one is dealt with, `titles` holds the newest headline of its article."""
    for part in parts:
        ids = {kept.capture.article_id for kept in part if kept.capture.article_id is not None}
        titles.clear()
        titles.update((key, found.title) for key, found in store.library.summaries(sorted(ids)).items())
        yield from part
