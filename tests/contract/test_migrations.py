"""The schema that migrations make, on both databases."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

import storage.migrations
import storage.sql.byline_tables
import storage.sql.change_tables
import storage.sql.origin_tables
import storage.sql.reading_tables
import storage.sql.retention_tables
import storage.sql.revisit_tables
import storage.sql.schema
import storage.sql.story_tables
import storage.sql.user_tables
import storage.sql.watchlist_tables
from storage.errors import StoreNotReady
from storage.sql.engine import open_engine, writing
from storage.sql.metadata import metadata
from storage.sql.upgrade import HEAD, check, current_version, upgrade

ROOT = Path(__file__).resolve().parents[2]
_UPGRADE = "import sys; from storage.sql.engine import open_engine; from storage.sql.upgrade import upgrade; "


def _upgrading(url: str, before: str = "") -> subprocess.Popen[str]:
    code = f"{_UPGRADE}{before}print(upgrade(open_engine(sys.argv[1])), flush=True)"
    return subprocess.Popen(
        [sys.executable, "-c", code, url], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_head_that_the_code_names_is_alembics():
    config = Config()
    config.set_main_option("script_location", str(Path(storage.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_the_upgraded_schema_is_the_one_in_the_code(engine: Engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _parents: (
                    kind != "table" or not name.startswith(("article_words", "search_words"))
                ),
            },
        )
        assert compare_metadata(context, metadata) == []


def test_an_upgrade_says_whether_there_was_anything_to_do(empty_database_url: str):
    engine = open_engine(empty_database_url)
    with pytest.raises(StoreNotReady, match="presswatch db upgrade"):
        check(engine)
    assert upgrade(engine) is True
    assert upgrade(engine) is False
    check(engine)
    engine.dispose()


def test_a_database_of_another_version_is_refused(engine: Engine):
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreNotReady, match="9999"):
        check(engine)


def test_processes_that_upgrade_at_once_do_it_once(empty_database_url: str):
    processes = [_upgrading(empty_database_url) for _ in range(3)]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in processes]
    assert all(code == 0 for *_, code in ended), ended
    assert "True\n" in [out for out, *_ in ended]
    engine = open_engine(empty_database_url)
    check(engine)
    engine.dispose()


def test_an_upgrade_that_was_killed_is_done_by_the_next(empty_database_url: str):
    # The event fires after a table is made: by then the transaction is half-way, whatever the machine's speed.
    pause = (
        "import time; from sqlalchemy import event, Engine; "
        "made = []; "
        "event.listen(Engine, 'after_cursor_execute', lambda c, k, s, *a: "
        "(made.append(s), len(made) == COUNT and (print('half-way', flush=True), time.sleep(60)))); "
    )
    for count in random.Random(7).sample(range(6, 24), 3):
        process = _upgrading(empty_database_url, pause.replace("COUNT", str(count)))
        assert process.stdout is not None
        assert process.stdout.readline() == "half-way\n"
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        engine = open_engine(empty_database_url)
        _await_rollback(engine)
        engine.dispose()
    engine = open_engine(empty_database_url)
    assert upgrade(engine) is True
    check(engine)
    engine.dispose()


def _await_rollback(engine: Engine) -> None:
    deadline = time.monotonic() + 20
    while current_version(engine) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert current_version(engine) is None
