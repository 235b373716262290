"""`presswatch db dump` and `presswatch db load`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from control.printing import say
from control.progress import ProgressLine
from control.refusal import Refusal
from control.settings import Settings
from control.version import VERSION
from storage.backup.dumping import make_dump
from storage.backup.loading import load_dump
from storage.sql.engine import open_engine
from storage.sql.hosts import SqlProcessBook
from storage.sql.upgrade import check

_ALIVE = timedelta(seconds=20)


@click.command("dump")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def dump_command(settings: Settings, folder: Path) -> None:
    """Write all rows of the database into FOLDER, from which SQLite or PostgreSQL can be filled.

    Stop the service first: what it stores afterwards is not in the dump. A dump that was killed goes on when it is run
    again. The archive is no part of it; it stays in the data folder. The folder holds secrets, as the database does.
    """
    engine = open_engine(settings.store_url)
    try:
        check(engine)
        now = datetime.now(UTC)
        running = [each.name for each in SqlProcessBook(engine).processes() if now - each.seen_at < _ALIVE]
        if running:
            raise Refusal(f"{', '.join(running)} still runs, or did 20 s ago; stop the service, then dump")
        dump = make_dump(engine, folder, now=now, version=VERSION, progress=_teller())
    finally:
        engine.dispose()
    say(f"{folder} holds {dump.rows} rows of {len(dump.tables)} tables, as of {dump.made_at}")
    say("set PRESSWATCH_DATABASE_URL to an empty database, then run `presswatch db load` with that folder")


@click.command("load")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_obj
def load_command(settings: Settings, folder: Path) -> None:
    """Fill the empty database that the settings name with the dump in FOLDER, and prove that all of it is there.

    A load that was killed goes on when it is run again. Ids, cursors and numbers of events go on where they were.
    """
    engine = open_engine(settings.store_url)
    try:
        dump = load_dump(engine, folder, progress=_teller())
    finally:
        engine.dispose()
    say(f"loaded and verified {dump.rows} rows of {len(dump.tables)} tables, as of {dump.made_at}")
    say("`presswatch up` goes on from there, with the archive of the data folder as it is")


def _teller() -> Callable[[str, int, int], None]:
    far = ProgressLine()
    return lambda what, done, total: far.tell(f"{what}: {done:,} of {total:,}", is_end=done >= total > 0)
