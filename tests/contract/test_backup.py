"""Backups, taken while others write, verified and restored, on both databases; and what no backup can do to a data folder."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from storage.archive.archive import Archive
from storage.backup import making
from storage.backup.copies import copied
from storage.backup.making import make_backup
from storage.backup.manifest import BackedFile
from storage.backup.restoring import restore_backup, verify_backup
from storage.errors import BackupUnusable
from storage.records import BodyRef, Role
from storage.sql.engine import open_engine
from storage.sql.sessions import SqlSessionBook
from storage.sql.upgrade import check
from storage.sql.users import SqlUserBook
from tests.conftest import new_postgres_database
from tests.pressroom import Piece, Pressroom, pressroom

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
PIECE = Piece(outlet="gazette", url="", title="", body="Words of a piece, in a paragraph.", minutes_ago=5)


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Pressroom]:
    (tmp_path / "data").mkdir()
    with pressroom(database_url, tmp_path / "data") as room:
        room.open_outlets()
        yield room


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of the same kind."""
    with _another(database_url, tmp_path / "restored") as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


@contextmanager
def _another(database_url: str, folder: Path) -> Iterator[str]:
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{folder}/presswatch.sqlite3"
    else:
        with new_postgres_database() as url:
            yield url


def publish(room: Pressroom, first: int, count: int) -> None:
    for number in range(first, first + count):
        url = f"https://gazette.example/piece/{number}"
        room.publish(replace(PIECE, url=url, title=f"Piece {number}", minutes_ago=9_000 - number))


def back_up(room: Pressroom, data: Path, folder: Path):
    return make_backup(room.engine, data, folder, now=NOW, version="0")


def kept(engine: Engine, archive: Path) -> list[str]:
    """Titles of all articles of a store, each with its page read back and compared with its digest."""
    query = (
        'SELECT r.title, c.digest, b.segment, b."offset", b.length FROM articles a '
        "JOIN revisions r ON r.article_id = a.id JOIN captures c ON c.id = r.capture_id "
        "JOIN bodies b ON b.digest = c.digest ORDER BY a.id"
    )
    segments = Archive(archive)
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
        stored = connection.execute(text("SELECT count(*) FROM articles")).scalar()
    for row in rows:
        assert segments.get(BodyRef(segment=row.segment, offset=row.offset, length=row.length), row.digest)
    assert len(rows) == stored
    return [row.title for row in rows]


def test_a_backup_taken_while_articles_are_stored_is_consistent_and_restores(
    room: Pressroom, data: Path, empty: Engine, tmp_path: Path
):
    publish(room, 0, 20)
    (data / "outlets").mkdir()
    (data / "outlets" / "mine.toml").write_text("name = 'Mine'")
    (data / "credentials.json").write_text("{}")
    is_over, begun = threading.Event(), threading.Event()

    def go_on() -> None:
        number = 20
        while not is_over.is_set():
            publish(room, number, 1)
            number += 1
            if number > 22:
                begun.set()

    writer = threading.Thread(target=go_on)
    writer.start()
    assert begun.wait(20)
    manifest = back_up(room, data, tmp_path / "backup")
    is_over.set()
    writer.join()
    assert manifest.missing == ()
    assert verify_backup(tmp_path / "backup") == manifest

    restored = tmp_path / "restored"
    assert restore_backup(empty, restored, tmp_path / "backup") == manifest
    check(empty)
    titles = kept(empty, restored / "archive")
    assert len(titles) >= 22
    assert titles == [f"Piece {n}" for n in range(len(titles))], "a moment of the store, whole"
    with empty.connect() as connection:
        told = connection.execute(text("SELECT count(*) FROM events WHERE kind = 'article.stored'")).scalar()
    assert told == len(titles)
    assert (restored / "outlets" / "mine.toml").read_text() == "name = 'Mine'"
    assert {place.stat().st_mode & 0o077 for place in (tmp_path / "backup").rglob("*") if place.is_file()} == {0}


def test_numbers_of_events_that_were_lost_never_come_again(room: Pressroom, data: Path, empty: Engine, tmp_path: Path):
    """A receiver knows an event by its number: a lost one given to another event would be taken for had already."""
    publish(room, 0, 3)
    back_up(room, data, tmp_path / "backup")
    publish(room, 3, 5)
    lost = room.events.last_seq()
    restore_backup(empty, tmp_path / "restored", tmp_path / "backup")
    empty.dispose()
    with pressroom(empty.url.render_as_string(hide_password=False), tmp_path / "restored") as again:
        publish(again, 8, 1)
        assert again.events.last_seq() > lost
        assert len(again.events.since(0, 99)) == len(room.events.since(0, 99)) - 4


def test_who_was_logged_in_is_not_after_a_restore(room: Pressroom, data: Path, empty: Engine, tmp_path: Path):
    users, sessions = SqlUserBook(room.engine), SqlSessionBook(room.engine)
    user = users.add(name="amal", role=Role.READER, token="presswatch_x", now=NOW)
    sessions.begin(user=user, key="key", ends_at=NOW + timedelta(days=9), address=None, now=NOW)
    back_up(room, data, tmp_path / "backup")
    restore_backup(empty, tmp_path / "restored", tmp_path / "backup")
    assert sessions.user_of("key", NOW) is not None
    assert SqlSessionBook(empty).user_of("key", NOW) is None
    assert SqlUserBook(empty).by_token("presswatch_x", NOW) is not None


def test_a_restore_that_was_killed_is_run_again(room: Pressroom, data: Path, empty: Engine, tmp_path: Path):
    publish(room, 0, 3)
    back_up(room, data, tmp_path / "backup")
    restored = tmp_path / "restored"
    shutil.copytree(tmp_path / "backup" / "archive", restored / "archive")  # as far as it came
    (restored / "archive" / "half.bodies.partial").write_bytes(b"half")
    restore_backup(empty, restored, tmp_path / "backup")
    assert len(kept(empty, restored / "archive")) == 3


def test_a_store_that_is_there_is_never_touched(room: Pressroom, data: Path, tmp_path: Path):
    publish(room, 0, 2)
    back_up(room, data, tmp_path / "backup")
    publish(room, 2, 2)
    with pytest.raises(BackupUnusable, match="there is a store already at"):
        restore_backup(room.engine, data, tmp_path / "backup")
    assert len(kept(room.engine, data / "archive")) == 4


def test_what_an_old_store_left_beside_it_is_not_taken_for_the_new_ones(whole: Path, tmp_path: Path):
    """SQLite would play an old log into the restored database."""
    restored = tmp_path / "restored"
    restored.mkdir()
    (restored / "presswatch.sqlite3-wal").write_bytes(b"of the old store")
    engine = open_engine(f"sqlite:///{restored}/presswatch.sqlite3")
    with pytest.raises(BackupUnusable, match="move all its files away"):
        restore_backup(engine, restored, whole)
    engine.dispose()
    assert [path.name for path in restored.iterdir()] == ["presswatch.sqlite3-wal"]


def test_a_folder_with_anything_in_it_takes_no_backup(room: Pressroom, data: Path, tmp_path: Path):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "letter.txt").write_text("mine")
    with pytest.raises(BackupUnusable, match="is not empty"):
        back_up(room, data, tmp_path / "backup")
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("place", ["archive/b", "outlets", "x/../entities/b"])
def test_a_folder_that_is_backed_up_itself_takes_no_backup(room: Pressroom, data: Path, place: str):
    before = sorted(data.rglob("*"))
    with pytest.raises(BackupUnusable, match="name a folder elsewhere"):
        back_up(room, data, data / place)
    assert sorted(data.rglob("*")) == before


@pytest.mark.parametrize("name", ["my outlet.toml", "رسانه.toml", "it's (new), really.toml", "a\\b.toml"])
def test_files_of_an_operator_come_back_whatever_they_are_called(
    room: Pressroom, data: Path, empty: Engine, tmp_path: Path, name: str
):
    (data / "outlets").mkdir()
    (data / "outlets" / name).write_text("kept")
    back_up(room, data, tmp_path / "backup")
    restore_backup(empty, tmp_path / "restored", tmp_path / "backup")
    assert (tmp_path / "restored" / "outlets" / name).read_text() == "kept"


def test_an_index_that_is_ended_while_a_backup_is_taken_does_not_fail_it(
    room: Pressroom, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    publish(room, 0, 2)
    (index,) = (data / "archive").glob("*.cdxj.open")

    def late(source: Path, target: Path, path: str) -> BackedFile:
        if source == index:  # by now the worker has ended it
            index.rename(index.with_suffix(""))
        return copied(source, target, path)

    monkeypatch.setattr(making, "copied", late)
    manifest = back_up(room, data, tmp_path / "backup")
    assert manifest.missing == ()
    assert index.name not in {Path(file.path).name for file in manifest.files}
    verify_backup(tmp_path / "backup")


def test_pages_that_the_archive_lacks_are_told(room: Pressroom, data: Path, empty: Engine, tmp_path: Path):
    publish(room, 0, 2)
    (segment,) = (data / "archive").glob("*.warc.gz")
    os.truncate(segment, 5)
    manifest = back_up(room, data, tmp_path / "backup")
    assert manifest.missing == (segment.name,)
    assert restore_backup(empty, tmp_path / "restored", tmp_path / "backup").missing == (segment.name,)


# ------------------------------------------------------------------------- backups that are none


@pytest.fixture
def whole(sqlite_url: str, tmp_path: Path) -> Path:
    """A backup of a SQLite store with two articles."""
    with pressroom(sqlite_url, tmp_path) as room:
        room.open_outlets()
        publish(room, 0, 2)
        back_up(room, tmp_path, tmp_path / "backup")
    return tmp_path / "backup"


def _rewrite(whole: Path, change: Callable[[dict], None]) -> None:
    manifest = json.loads((whole / "manifest.json").read_text())
    change(manifest)
    (whole / "manifest.json").write_text(json.dumps(manifest))


def _rename(path: str) -> Callable[[Path], None]:
    def rename(whole: Path) -> None:
        (whole.parent / "secret").write_text("not of the backup")
        _rewrite(whole, lambda told: told["files"][-1].update(path=path))

    return rename


def _flip(whole: Path) -> None:
    (segment,) = (whole / "archive").glob("*.warc.gz")
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)


def _link(whole: Path) -> None:
    (segment,) = (whole / "archive").glob("*.warc.gz")
    content = segment.read_bytes()
    segment.unlink()
    (whole.parent / "elsewhere").write_bytes(content)
    segment.symlink_to(whole.parent / "elsewhere")


BROKEN: dict[str, Callable[[Path], None]] = {
    "a path that leads up": _rename("../secret"),
    "a path that leads up from a folder it may use": _rename("archive/../../secret"),
    "an absolute path": _rename("/secret"),
    "a path with an empty part": _rename("archive//secret"),
    "a path with a backslash": _rename("archive\\..\\secret"),
    "a path with a zero byte": _rename("archive/a\0b"),
    "a file that is no part of a data folder": _rename("presswatch.lock"),
    "the database of another kind": _rename("presswatch.dump"),
    "a bit that has flipped": _flip,
    "a symbolic link, with the right words behind it": _link,
    "a missing file": lambda whole: next((whole / "archive").iterdir()).unlink(),
    "no database": lambda whole: _rewrite(whole, lambda told: told.update(files=told["files"][1:])),
    "no manifest": lambda whole: (whole / "manifest.json").unlink(),
    "a manifest that is no JSON": lambda whole: (whole / "manifest.json").write_text("{"),
    "a manifest of a list": lambda whole: (whole / "manifest.json").write_text("[]"),
    "a manifest that breaks off": lambda whole: os.truncate(whole / "manifest.json", 200),
    "a later format": lambda whole: _rewrite(whole, lambda told: told.update(format=2)),
    "a later schema": lambda whole: _rewrite(whole, lambda told: told.update(schema="9999")),
    "another kind of database": lambda whole: _rewrite(whole, lambda told: told.update(database="postgresql")),
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN.keys())
def test_a_backup_that_is_not_whole_or_reaches_outside_restores_nothing(
    damage: Callable[[Path], None], whole: Path, tmp_path: Path
):
    damage(whole)
    restored = tmp_path / "deep" / "restored"
    engine = open_engine(f"sqlite:///{tmp_path}/deep/database/presswatch.sqlite3")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BackupUnusable):
        restore_backup(engine, restored, whole)
    engine.dispose()
    assert sorted(tmp_path.rglob("*")) == before
