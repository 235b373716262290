"""A dump of the whole store, moved from SQLite to PostgreSQL and back: nothing is lost, nothing numbered anew."""

from __future__ import annotations

import gzip
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, inspect, select, text

from storage.backup import dumping, loading
from storage.backup.dumping import Dump, make_dump, read_dump
from storage.backup.loading import load_dump
from storage.backup.rows import DERIVED, tables_of
from storage.dedup.sql import SqlSeenSet
from storage.errors import BackupUnusable, StoreNotReady
from storage.ports import Claim
from storage.records import ArticleQuery, ChannelKind, EventKind, Sought, WantedPhrase
from storage.sql.channels import SqlChannelBook
from storage.sql.engine import open_engine, reading, writing
from storage.sql.events import append_events
from storage.sql.library import SqlLibrary
from storage.sql.schema import events, notes
from storage.sql.search import SqlSearchBook
from storage.sql.upgrade import check, upgrade
from tests.pressroom import fill, pressroom

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def _told(*_: object) -> None:
    """Takes what is told of the progress."""


def _dump(engine: Engine, folder: Path) -> Dump:
    return make_dump(engine, folder, now=NOW, version="1", progress=_told)


@pytest.fixture(autouse=True)
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few rows, so that each table of size has several."""
    monkeypatch.setattr(dumping, "ROWS", 12)
    monkeypatch.setattr(loading, "ROWS", 12)


@pytest.fixture
def source(sqlite_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A store with articles, a channel that is behind, keys that are seen, and an event that was deleted."""
    with pressroom(sqlite_url, tmp_path / "data") as room:
        room.open_outlets()
        fill(room)
        engine = room.engine
        SqlChannelBook(engine).add(
            kind=ChannelKind.WEBHOOK, name="desk", url="https://desk.example/hook", secret="secret", now=NOW
        )
        SqlSeenSet(engine).confirm([7, -9_000_000_000_000_000_000])
        with writing(engine) as connection:
            newest = connection.execute(select(events.c.seq).order_by(events.c.seq.desc()).limit(1)).scalar_one()
            connection.execute(delete(events).where(events.c.seq == newest))
            connection.execute(insert(notes).values(name="line ends", value="one\u2028two\u2029three\x85four\nfive"))
        yield engine


def _contents(engine: Engine) -> dict[str, tuple[int, str]]:
    with reading(engine) as connection:
        return {
            table.name: (found.rows, found.digest)
            for table in tables_of(connection)
            for found in [list(loading.sum_of(connection, table, 100))[-1]]
        }


@pytest.mark.postgres
def test_a_store_goes_from_sqlite_to_postgresql_and_back_and_is_the_same(
    source: Engine, empty_postgres_url: str, tmp_path: Path
):
    _dump(source, tmp_path / "first")
    postgres = open_engine(empty_postgres_url)
    load_dump(postgres, tmp_path / "first", progress=_told)
    check(postgres)
    assert _contents(postgres) == _contents(source)
    _dump(postgres, tmp_path / "second")
    again = open_engine(f"sqlite:///{tmp_path}/again/presswatch.sqlite3")
    load_dump(again, tmp_path / "second", progress=_told)
    assert _contents(again) == _contents(source)
    assert read_dump(tmp_path / "second").id == read_dump(tmp_path / "first").id

    after = _next_number(source)
    sought = Sought(wanted=WantedPhrase(words=("the",)))
    assert (found := SqlSearchBook(source).newest(sought, limit=50))
    for engine in (postgres, again):
        assert SqlLibrary(engine, 900).articles(ArticleQuery()) == SqlLibrary(source, 900).articles(ArticleQuery())
        assert found == SqlSearchBook(engine).newest(sought, limit=50)
        assert SqlSeenSet(engine).claim([7, 8], "w", NOW, timedelta(minutes=1)) == [Claim.SEEN, Claim.NEW]
        assert SqlChannelBook(engine).channels() == SqlChannelBook(source).channels()
        assert _next_number(engine) == after  # not that of the event that was deleted
        engine.dispose()


def _next_number(engine: Engine) -> int:
    row = {"at": NOW, "kind": EventKind.OUTLET_CHANGED.value, "outlet_key": None, "article_id": None, "payload": {}}
    with writing(engine) as connection:
        append_events(connection, [row])
        return int(connection.execute(select(events.c.seq).order_by(events.c.seq.desc()).limit(1)).scalar_one())


class _Killed(Exception):
    pass


def _dying(after: int):
    """Progress that ends the process, as far as the store can tell, after so many steps."""
    left = [after]

    def told(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise _Killed

    return told


def test_a_dump_and_a_load_that_were_killed_go_on(source: Engine, empty_database_url: str, tmp_path: Path):
    folder = tmp_path / "dump"
    with pytest.raises(_Killed):
        make_dump(source, folder, now=NOW, version="1", progress=_dying(9))
    with pytest.raises(BackupUnusable, match="not finished"):
        read_dump(folder)
    written = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.gz")}
    dump = _dump(source, folder)
    assert all((folder / name).stat().st_mtime_ns == at for name, at in written.items())  # not written again

    is_sqlite = empty_database_url.startswith("sqlite")  # where the source has that file
    target = open_engine(f"sqlite:///{tmp_path}/loaded/presswatch.sqlite3" if is_sqlite else empty_database_url)
    steps = sum(len(table.files) for table in dump.tables)
    for after in (3, steps // 2, 5):
        with pytest.raises(_Killed):
            load_dump(target, folder, progress=_dying(after))
        for refused in (check, upgrade):
            with pytest.raises(StoreNotReady, match="db load"):
                refused(target)
    load_dump(target, folder, progress=_told)
    check(target)
    assert _contents(target) == _contents(source)
    target.dispose()


def test_a_store_that_is_there_is_not_loaded_into(source: Engine, tmp_path: Path):
    _dump(source, tmp_path / "dump")
    before = _contents(source)
    with pytest.raises(BackupUnusable, match="there is a store already"):
        load_dump(source, tmp_path / "dump", progress=_told)
    assert _contents(source) == before


def test_a_file_that_was_changed_is_named_and_nothing_calls_itself_a_store(source: Engine, tmp_path: Path):
    folder = tmp_path / "dump"
    _dump(source, folder)
    place = next(folder.glob("revisions.000001*.gz"))
    place.write_bytes(gzip.compress(gzip.decompress(place.read_bytes()).replace(b"the", b"teh", 1)))
    target = open_engine(f"sqlite:///{tmp_path}/there/presswatch.sqlite3")
    with pytest.raises(BackupUnusable, match=r"revisions\.000001\.jsonl\.gz is not what was dumped"):
        load_dump(target, folder, progress=_told)
    with pytest.raises(StoreNotReady):
        check(target)
    target.dispose()


def test_a_row_that_the_database_lost_is_found(source: Engine, tmp_path: Path):
    dump = _dump(source, tmp_path / "dump")
    captured = next(table for table in dump.tables if table.name == "captures")
    with writing(source) as connection:
        (table,) = [each for each in tables_of(connection) if each.name == "captures"]
        connection.execute(text("UPDATE captures SET status = 201 WHERE id = (SELECT min(id) FROM captures)"))
    with pytest.raises(BackupUnusable, match="captures holds"):
        loading.verify_table(source, captured, table, _told)


def test_every_table_of_a_store_is_dumped(engine: Engine, tmp_path: Path):
    """A table that no code names would be left behind in silence."""
    with reading(engine) as connection:
        there = set(inspect(connection).get_table_names())
    own = {name for name in there if name.startswith(("alembic_version", "sqlite_", *DERIVED))}
    assert {table.name for table in _dump(engine, tmp_path / "dump").tables} == there - own


def test_a_load_that_is_killed_by_the_system_goes_on(source: Engine, tmp_path: Path):
    _dump(source, tmp_path / "dump")
    url = f"sqlite:///{tmp_path}/killed/presswatch.sqlite3"
    code = (
        "import sys, time; from pathlib import Path; from storage.backup.loading import load_dump; "
        "from storage.sql.engine import open_engine; import storage.store; "
        "told = lambda what, done, total: (print(what, flush=True), time.sleep(0.2)); "
        "load_dump(open_engine(sys.argv[1]), Path(sys.argv[2]), progress=told)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, url, str(tmp_path / "dump")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        for _ in range(5):
            assert process.stdout.readline()
        time.sleep(0.1)
        process.kill()
        process.wait()
    target = open_engine(url)
    load_dump(target, tmp_path / "dump", progress=_told)
    assert _contents(target) == _contents(source)
    target.dispose()
