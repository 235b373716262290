"""`presswatch archive`: proving, verifying, mending and converting what was fetched."""

from __future__ import annotations

from pathlib import Path

import click

from control.choosing import opened
from control.cli_read import article_named
from control.commands import ARCHIVE_COMMANDS
from control.later import LaterGroup
from control.printing import as_json, json_option, say
from control.progress import ProgressLine
from control.proof_lines import chain_of, tell_chain
from control.settings import Settings
from control.standstill import held_still
from storage.archive.converting import convert
from storage.archive.recovering import Mended, recover
from storage.archive.segments import SUFFIX


@click.group("archive", cls=LaterGroup)
def archive_group() -> None:
    """What was fetched, as it came: WARC files under the data folder."""


archive_group.add_later(ARCHIVE_COMMANDS)


@archive_group.command("prove")
@click.argument("url")
@json_option
@click.pass_obj
def prove_command(settings: Settings, url: str, as_json_lines: bool) -> None:
    """Print the chain of an article: its revisions, the captures they were read from, and their records.

    Everything is read and recomputed now. Exit status 1 when a record does not hold.
    """
    with opened(settings) as store:
        detail = article_named(store, url)
        chain = chain_of(detail.summary, *store.evidence.of_article(detail.summary.id), settings.archive_files)
    if as_json_lines:
        click.echo(as_json(chain))
    else:
        tell_chain(chain)
    if not chain.holds:
        raise click.exceptions.Exit(1)


@archive_group.command("recover")
@click.option("--all", "is_thorough", is_flag=True, help="Every file, not only those whose index is not finished.")
@json_option
@click.pass_obj
def recover_command(settings: Settings, is_thorough: bool, as_json_lines: bool) -> None:
    """Mend what a crash left: cut off a record that was never finished, and finish indexes.

    Nothing that the store refers to is ever cut, and a file that is being written is left alone.
    """
    with opened(settings) as store:
        ends = store.evidence.extents()
    found = list(recover(settings.archive_dir, ends, is_thorough=is_thorough))
    if as_json_lines:
        click.echo(as_json(found))
    else:
        for mended in found:
            say(_mended(mended))
        if not found:
            say("nothing to mend")
    if any(mended.problem for mended in found):
        raise click.exceptions.Exit(1)


@archive_group.command("convert")
@click.option("--remove", is_flag=True, help="Remove segment files that nothing refers to any more.")
@click.pass_obj
def convert_command(settings: Settings, remove: bool) -> None:
    """Write captures of older versions, which lie in segment files, as WARC. Interrupted, it goes on the next time."""
    count, lost, far = 0, 0, ProgressLine()
    with opened(settings) as store, held_still(settings.archive_dir):
        for part in convert(store.bodies, store.evidence):
            count, lost = count + part.captures, lost + len(part.lost)
            for problem in part.lost:
                say(problem)
            far.tell(f"{count:,} captures")
        left = store.evidence.names()
    idle = [path for path in sorted(settings.archive_dir.glob(f"*{SUFFIX}")) if path.name not in left]
    say(
        f"{count:,} captures are in WARC files now"
        + (f"; {lost:,} cannot be read and stay as they are" if lost else "")
    )
    _end_segments(idle, remove=remove)
    if lost:
        raise click.exceptions.Exit(1)


def _end_segments(idle: list[Path], *, remove: bool) -> None:
    if not idle:
        return
    if not remove:
        say(f"nothing refers to {len(idle)} segment files any more; --remove deletes them")
        return
    for path in idle:
        path.unlink()
        say(f"removed {path.name}")


def _mended(mended: Mended) -> str:
    if mended.is_in_use:
        return f"{mended.name}: is being written, left alone"
    told = f"{mended.name}: {mended.records:,} records"
    if mended.cut_bytes:
        told += f", {mended.cut_bytes:,} bytes of a record that was never finished cut off"
    return f"{told}; {mended.problem}" if mended.problem else told
