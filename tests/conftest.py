"""Fixtures that all tests share.

Servers come from the environment, as `scripts/with-services` sets it; without them their tests skip.
"""

from __future__ import annotations

import gc
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from playwright.sync_api import expect
from psycopg import sql
from sqlalchemy import make_url

from tests.stores import lay_store, open_store_at

ROOT = Path(__file__).resolve().parent.parent

#: Fixtures that need a server, and the marker their tests get.
_MARKERS = {
    "redis_url": "redis",
    "postgres_template": "postgres",
    "empty_postgres_url": "postgres",
    "chromium": "browser",
    "shared": "shared",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by the servers they ask for, so that `-m "not redis"` works without a word in them.

    What is marked `soak` runs only where `-m` asks for it.
    """
    for item in items:
        for fixture in set(getattr(item, "fixturenames", ())) & _MARKERS.keys():
            item.add_marker(_MARKERS[fixture])
    if "soak" not in config.option.markexpr:
        left_out = [item for item in items if item.get_closest_marker("soak")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish() -> None:
    """Takes what was loaded for all tests out of what Python's collector looks through while they run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages, feeds and suites; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("PRESSWATCH_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; set PRESSWATCH_SHARED to the folder of shared test data")
    return folder


@pytest.fixture
def redis_url() -> str:
    """A private Redis database, empty; each process of pytest-xdist has one of the server's 16."""
    server = _from_environment("PRESSWATCH_TEST_REDIS_URL", "Redis")
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = urlsplit(server)._replace(path=f"/{process}").geturl()
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Name of the PostgreSQL database that tests get a copy of."""
    with new_postgres_database() as url:
        open_store_at(url).dispose()
        yield str(make_url(url).database)


@pytest.fixture
def postgres_url(postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database of its own for each test, with all tables and no rows, dropped after it."""
    with new_postgres_database(postgres_template) as url:
        yield url


@pytest.fixture
def empty_postgres_url() -> Iterator[str]:
    """A PostgreSQL database of its own for each test, without a table, dropped after it."""
    with new_postgres_database() as url:
        yield url


@contextmanager
def new_postgres_database(template: str = "template1") -> Iterator[str]:
    """A copy of a PostgreSQL database, an empty one unless told otherwise, until the block ends."""
    server = _from_environment("PRESSWATCH_TEST_POSTGRES_URL", "PostgreSQL")
    name = f"presswatch_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        names = (sql.Identifier(each) for each in (name, template))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database in a file of its own, with all tables and no rows."""
    lay_store(tmp_path)
    return f"sqlite:///{tmp_path}/presswatch.sqlite3"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with all tables and no rows, once in SQLite and once in PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/presswatch.sqlite3"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser, for playwright's `launch(executable_path=...)`; `expect` waits as long as a busy machine needs."""
    expect.set_options(timeout=30_000)
    return _from_environment("PRESSWATCH_TEST_CHROMIUM", "Chromium")


@pytest.fixture(scope="session")
def faketime() -> str:
    """Path of the library that gives a process another clock, for LD_PRELOAD."""
    return _from_environment("PRESSWATCH_TEST_FAKETIME", "libfaketime")


def _from_environment(variable: str, what: str) -> str:
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"no {what}: {variable} is not set; scripts/with-services starts one and sets it")
    return value
