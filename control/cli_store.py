"""`presswatch db` and `presswatch doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata

import click

from control.cli_dump import dump_command, load_command
from control.opening import catalogue_files, load_catalogue, open_from, upgrade_store
from control.printing import as_json, json_option
from control.settings import BadSettings, Settings
from crawler.outlets.catalogue import read_catalogue
from crawler.outlets.errors import CatalogueError
from storage.archive.bucket import bucket_at
from storage.errors import StorageError
from storage.sql.engine import SQLITE_VERSION, carelessness

_LIBRARIES = ("scrapy", "trafilatura", "lxml", "lxml_html_clean", "feedparser", "sqlalchemy", "redis", "fastapi")
_ENOUGH_FREE_BYTES = 1_000_000_000


@click.group("db")
def db_group() -> None:
    """The database: its schema, and moving it between SQLite and PostgreSQL."""


db_group.add_command(dump_command)
db_group.add_command(load_command)


@db_group.command("upgrade")
@click.pass_obj
def upgrade_command(settings: Settings) -> None:
    """Create the store, or bring it to this version's schema, and load the catalogue."""
    changed = upgrade_store(settings)
    store = open_from(settings)
    try:
        outlets = load_catalogue(settings, store)
    finally:
        store.close()
    click.echo("the store was upgraded" if changed else "the store is up to date")
    click.echo(f"{outlets} outlets of the catalogue are new or changed" if outlets else "the catalogue is unchanged")


@db_group.command("index")
@click.pass_obj
def index_command(settings: Settings) -> None:
    """Index at once what searching does not find yet; it goes on where it was stopped."""
    store = open_from(settings)
    done = 0
    try:
        waiting = store.search_index.progress().waiting
        with click.progressbar(length=waiting, label="indexing", file=sys.stderr, show_pos=True) as bar:
            while count := store.search_index.catch_up():
                done += count
                bar.update(count)
    finally:
        store.close()
    click.echo(f"{done} articles were indexed" if done else "every article is found by searching")


@click.command("doctor")
@json_option
@click.pass_obj
def doctor_command(settings: Settings, as_json_lines: bool) -> None:
    """Check that everything Presswatch needs is there and answers; exit status 1 if not."""
    checks = list(_checks(settings))
    if as_json_lines:
        click.echo(as_json([{"check": name, "ok": ok, "detail": detail} for name, ok, detail in checks]))
    else:
        for name, ok, detail in checks:
            mark = click.style("ok  ", fg="green") if ok else click.style("FAIL", fg="red")
            click.echo(f"{mark} {name}: {detail}")
    if not all(ok for _, ok, _ in checks):
        raise click.exceptions.Exit(1)


def _checks(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    version = platform.python_version()
    yield "Python", (3, 11) <= sys.version_info < (3, 14), f"{version} (3.11 to 3.13 are supported)"
    yield "libraries", True, ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    yield "SQLite", SQLITE_VERSION >= (3, 35), f"{'.'.join(map(str, SQLITE_VERSION))} (3.35 or newer is needed)"
    yield _folder(settings)
    yield _catalogue(settings)
    yield from _store(settings)
    yield from _bucket(settings)
    contact = settings.contact
    yield "contact", contact is not None, contact or "PRESSWATCH_CONTACT is not set: outlets cannot write to you"


def _folder(settings: Settings) -> tuple[str, bool, str]:
    folder = settings.data_dir.absolute()
    place = folder if folder.exists() else folder.parent
    if not os.access(place, os.W_OK):
        return "data folder", False, f"{folder} cannot be written; set PRESSWATCH_DATA_DIR to a folder of yours"
    free = shutil.disk_usage(place).free
    detail = f"{folder}, {free / 1e9:.1f} GB free"
    return "data folder", free > _ENOUGH_FREE_BYTES, detail + ("" if free > _ENOUGH_FREE_BYTES else "; make room")


def _catalogue(settings: Settings) -> tuple[str, bool, str]:
    try:
        outlets = read_catalogue(catalogue_files(settings))
    except (CatalogueError, BadSettings) as error:
        return "catalogue", False, str(error)
    return "catalogue", True, f"{len(outlets)} outlets, {sum(len(o.sources) for o in outlets)} sources"


def _bucket(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    if settings.archive_bucket is None:
        return
    try:
        bucket_at(settings.archive_bucket).check()
    except StorageError as error:
        yield "bucket of the archive", False, str(error)
    else:
        yield "bucket of the archive", True, f"{settings.archive_bucket} answers"


def _store(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    try:
        store = open_from(settings)
    except StorageError as error:
        yield "store", False, str(error)
        return
    try:
        where = store.engine.url.render_as_string(hide_password=True)
        yield "store", True, f"{where}, {store.library.status(datetime.now(UTC)).articles} articles"
        if careless := carelessness(store.engine):
            yield "PostgreSQL", False, f"{' and '.join(careless)} off: a loss of power loses what is stored; set to on"
        name = "Redis" if settings.redis_url else "seen-set"
        try:
            store.seen.seen([0])
        except StorageError as error:
            yield name, False, str(error)
        else:
            yield name, True, "answers" if settings.redis_url else "in SQL (PRESSWATCH_REDIS_URL is not set)"
    finally:
        store.close()
