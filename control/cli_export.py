"""`presswatch export`: articles as a file of JSON Lines, CSV or Parquet, with a data dictionary."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from control.choosing import opened
from control.cli_search import read_search
from control.periods import Period, period_option
from control.printing import as_json, json_option, say
from control.refusal import Refusal, WrongWords
from control.settings import Settings
from control.watching import searcher_from
from delivery.exporting.columns import COLUMNS, Value
from delivery.exporting.exporter import Exporter
from delivery.exporting.forms import WRITERS, Form
from delivery.exporting.parquet import NoParquet, duckdb, write_parquet
from delivery.searching.asking import Filters
from storage.records import Tally
from storage.store import Store

_TELL_EVERY = 1_000


@click.command("export")
@click.argument("query", nargs=-1)
@click.option("--outlet", metavar="KEY", help="Only this outlet.")
@click.option("--language", metavar="CODE", help="Only this language, such as fa.")
@click.option("--watchlist", metavar="NAME", help="What answers this watchlist's query.")
@period_option("--published", help="Published then (UTC): 2020-05..2020-06, 2020-05-03..2020-05-09, 2020-05.. or 2020.")
@click.option("--form", type=click.Choice([each.value for each in Form]), help="By default as the file's name ends.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; without one, standard output."
)
@click.option("--dictionary", is_flag=True, help="Show what each column holds, and export nothing.")
@json_option
@click.pass_obj
def export_command(
    settings: Settings,
    *,
    query: tuple[str, ...],
    outlet: str | None,
    language: str | None,
    watchlist: str | None,
    published: Period | None,
    form: str | None,
    output: Path | None,
    dictionary: bool,
    as_json_lines: bool,
) -> None:
    """Write the articles that answer QUERY, or all of them, to a file, newest first.

    A file appears under its name once it is whole. What is written never lies in memory as a whole.
    """
    if dictionary:
        _show_dictionary(is_json=as_json_lines)
        return
    chosen = _form(form, output)
    with opened(settings) as store:
        if outlet is not None:
            store.crawl.outlet_of(outlet)
        since, until = published.within(None) if published else (None, None)
        searcher = searcher_from(settings, store)
        filters = Filters(outlet=outlet, language=language, since=since, until=until)
        search = read_search(searcher, _text(store, query, watchlist), filters)
        if waiting := searcher.waiting():
            click.echo(f"{waiting} articles wait to be indexed and are left out; `presswatch db index` first", err=True)
        rows = Exporter(searcher=searcher, outlets=store.outlets).rows(search)
        with _progress(searcher.tally(search), rows) as told:
            _write(told, chosen, output)


def _text(store: Store, query: tuple[str, ...], watchlist: str | None) -> str:
    text = " ".join(query).strip()
    if watchlist is None:
        return text
    saved = store.watchlists.named(watchlist).query
    return f"({saved}) ({text})" if text else saved


def _form(form: str | None, output: Path | None) -> Form:
    """Raises WrongWords where it cannot be told, and Refusal for Parquet without its extra."""
    named = form or (output.suffix.lstrip(".") if output else Form.JSONL.value)
    try:
        chosen = Form(named)
    except ValueError:
        raise WrongWords(f"--form is missing: {output} does not end in .jsonl, .csv or .parquet") from None
    if chosen is Form.PARQUET:
        if output is None:
            raise WrongWords("a Parquet file needs --output FILE")
        try:
            duckdb()
        except NoParquet as error:
            raise Refusal(str(error)) from error
    return chosen


def _write(rows: Iterable[Mapping[str, Value]], form: Form, output: Path | None) -> None:
    if output is None:
        for line in WRITERS[form](rows):
            click.echo(line, nl=False)
        return
    part = output.with_name(f".{output.name}.part")
    try:
        if form is Form.PARQUET:
            write_parquet(rows, part)
        else:
            with part.open("wb") as file:
                file.writelines(WRITERS[form](rows))
        part.replace(output)
    except OSError as error:
        raise Refusal(f"{output} cannot be written: {error}; make room, or choose another place") from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _progress(tally: Tally, rows: Iterator[dict[str, Value]]) -> Iterator[Iterator[dict[str, Value]]]:
    """The rows, with how many are done on standard error: a bar on a screen, else a line at the end."""
    done = 0

    def counted() -> Iterator[dict[str, Value]]:
        nonlocal done
        for row in rows:
            yield row
            done += 1
            if done % _TELL_EVERY == 0:
                bar.update(_TELL_EVERY)

    with click.progressbar(length=tally.estimate, label="exporting", file=sys.stderr, show_pos=True) as bar:
        yield counted()
        bar.update(done % _TELL_EVERY)
    click.echo(f"{done} articles were exported", err=True)


def _show_dictionary(*, is_json: bool) -> None:
    if is_json:
        click.echo(as_json([{"name": each.name, "type": each.type, "meaning": each.meaning} for each in COLUMNS]))
        return
    for each in COLUMNS:
        say(f"{each.name:20} {each.type.value:14} {each.meaning}")
