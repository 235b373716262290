"""Processes of an older version that run on while the database is upgraded: expand first, contract a release later."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData, text

import storage.migrations
from storage.sql.engine import open_engine, writing
from storage.sql.upgrade import HEAD, upgrade

ROOT = Path(__file__).resolve().parents[2]
#: The last commit before issues 5 to 8, and its schema.
OLD_COMMIT, OLD_SCHEMA = "d034937", "0017"
#: The oldest schema whose processes may still run: raised by a release that contracts.
SUPPORTED = "0017"


def upgrade_to(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.migrations.__file__).parent))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.fixture
def at_old_schema(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    upgrade_to(engine, OLD_SCHEMA)
    yield engine
    engine.dispose()


def test_every_column_that_older_code_writes_is_there_and_no_other_is_asked_for(sqlite_url: str):
    engine = open_engine(sqlite_url)
    upgrade_to(engine, SUPPORTED)
    old, new = MetaData(), MetaData()
    old.reflect(engine)
    upgrade(engine)
    new.reflect(engine)
    for name, table in old.tables.items():
        if name == "alembic_version" or name.startswith(("article_words", "search_words")):
            continue
        assert name in new.tables, f"{name} is gone: older processes still write it"
        now = new.tables[name]
        assert set(table.c.keys()) <= set(now.c.keys()), f"{name} has lost columns that older processes write"
        added = [column for column in now.c if column.name not in table.c]
        demanded = [column.name for column in added if not column.nullable and column.server_default is None]
        assert demanded == [], f"{name} asks older processes for what they do not know"
        tightened = [column.name for column in table.c if column.nullable and not now.c[column.name].nullable]
        assert tightened == [], f"{name} refuses what older processes leave empty"
    engine.dispose()


@pytest.fixture(scope="module")
def old_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The older version's code, out of the repository's history."""
    tree = tmp_path_factory.mktemp("old")
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git: the older code comes out of the repository's history")
    archive = subprocess.run([git, "-C", str(ROOT), "archive", OLD_COMMIT], capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the history of this copy does not reach back to {OLD_COMMIT}")
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive.stdout, check=True)
    return tree


def run_old(tree: Path, engine: Engine, folder: Path, number: int) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(tree), str(tree / "tests/contract")))
    url = engine.url.render_as_string(hide_password=False)
    script = [sys.executable, str(ROOT / "tests/contract/old_code.py"), url, str(folder), str(number)]
    env = {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    return subprocess.run(script, cwd=tree, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_old_processes_crawl_store_and_send_while_the_schema_is_upgraded_and_after_it(
    at_old_schema: Engine, old_tree: Path, tmp_path: Path
):
    with ThreadPoolExecutor() as running:
        meanwhile = [running.submit(run_old, old_tree, at_old_schema, tmp_path / "archive", n) for n in (1, 2)]
        upgrade(at_old_schema)
    ended = [process.result() for process in meanwhile] + [run_old(old_tree, at_old_schema, tmp_path / "archive", 3)]
    assert [process.stderr for process in ended if process.returncode] == []
    with at_old_schema.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD
        assert connection.execute(text("SELECT count(*) FROM articles")).scalar_one() == 3
        assert connection.execute(text("SELECT count(*) FROM visit_jobs")).scalar_one() == 0
