"""A store of the first schema with articles in it, whose upgrade is killed half-way: nothing of it is lost or changed."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, null, types
from sqlalchemy import select as rows_of

import storage.migrations
from storage.sql.engine import open_engine, reading, writing
from storage.sql.library import SqlLibrary
from storage.sql.upgrade import check, current_version, upgrade
from tests.conftest import ROOT

OLD = "0001"
TEXT = "Words of an article that were stored by the first Presswatch."
#: By column, where not every value will do.
FITTING: dict[str, Any] = {
    "spec": {"key": "post-1", "name": "Post", "home_url": "https://post.example/", "sources": []},
    "kind": "feed",
    "state": "done",
    "outcome": "read",
    "origin": "shipped",
    "reason": "stored",
    "body": TEXT,
    "authors": ["Anna Reed"],
    "published_precision": "minute",
    "published_zone": "stated",
    "modified_at": None,
    "modified_precision": None,
    "modified_zone": None,
    "revision_count": 1,
    "number": 1,
    "hints": None,
    "evidence": {},
    "headers": [],
    "payload": {},
}


@pytest.fixture
def old(empty_database_url: str):
    """A database of the first schema, with two rows in each of its tables."""
    engine = open_engine(empty_database_url)
    config = Config()
    config.set_main_option("script_location", str(Path(storage.migrations.__file__).parent))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
    with writing(engine) as connection:
        fill(connection)
    yield engine
    engine.dispose()


def tables(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection, only=lambda name, _: not name.startswith(("article_words", "search_words", "alembic")))
    return found


def fill(connection: Connection) -> None:
    for table in tables(connection).sorted_tables:
        only_row = table.name == "seen_cycle"
        for number in (1,) if only_row else (1, 2):
            connection.execute(table.insert().values({column.name: value(column, number) for column in table.columns}))


def value(column: Any, number: int) -> Any:
    if column.name in FITTING and not column.primary_key and not isinstance(column.type, types.LargeBinary):
        fitting = FITTING[column.name]
        is_words = isinstance(fitting, (dict, list)) and not isinstance(column.type, types.JSON)
        return json.dumps(fitting) if is_words else fitting
    if (column.name == "key" and isinstance(column.type, types.String)) or column.name == "outlet_key":
        return f"post-{number}"
    for kind, plain in ((types.LargeBinary, b"bytes"), (types.Boolean, False)):
        if isinstance(column.type, kind):
            return plain
    if isinstance(column.type, (types.Integer, types.Numeric)):
        return number
    if isinstance(column.type, types.JSON):
        return null() if column.nullable else []
    return f"{column.name} {number}"


def content(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """All rows, by table, as a reader of the columns finds them."""
    with reading(engine) as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(rows_of(table).order_by(*table.primary_key))]
            for table in tables(connection).sorted_tables
        }


def killed_half_way(url: str, statement: int) -> None:
    """Begins an upgrade and kills it after so many of its statements."""
    code = (
        "import sys, time; from sqlalchemy import event, Engine; from storage.sql.engine import open_engine; "
        "from storage.sql.upgrade import upgrade; done = []; "
        "event.listen(Engine, 'after_cursor_execute', lambda c, k, s, *a: (done.append(s), "
        f"len(done) == {statement} and (print('half-way', flush=True), time.sleep(60)))); upgrade(open_engine(sys.argv[1]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 60)[0]
    assert process.stdout.readline() == "half-way\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def test_old_articles_survive_upgrades_that_were_killed(old: Engine, empty_database_url: str):
    before = content(old)
    assert sum(len(rows) for rows in before.values()) > 20
    for statement in (25, 60):
        killed_half_way(empty_database_url, statement)
        deadline = time.monotonic() + 20
        while current_version(old) != OLD and time.monotonic() < deadline:
            time.sleep(0.05)
        assert current_version(old) == OLD
        assert content(old) == before
    assert upgrade(old) is True
    check(old)
    after = content(old)
    for table, rows in before.items():
        kept = [{name: row[name] for name in rows[0]} for row in after[table]] if rows else []
        assert kept == rows, table
    assert SqlLibrary(old, 900).article(1).revisions[0].body == TEXT
