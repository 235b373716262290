"""What the contract tests share: a database at its newest schema, and the parts of the store on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from storage.archive.archive import Archive
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook


def domain_of(url: str) -> str:
    """The host; enough of a registrable domain for these tests."""
    return urlsplit(url).hostname or ""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with all tables and no rows."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def bodies(tmp_path: Path) -> Iterator[Archive]:
    segments = Archive(tmp_path / "archive")
    yield segments
    segments.close()


@pytest.fixture
def crawl(engine: Engine, bodies: Archive) -> SqlCrawlStore:
    return SqlCrawlStore(engine, bodies, domain_of, 900)


@pytest.fixture
def book(engine: Engine) -> SqlOutletBook:
    return SqlOutletBook(engine, domain_of)


@pytest.fixture
def library(engine: Engine) -> SqlLibrary:
    return SqlLibrary(engine, 900)


@pytest.fixture
def event_log(engine: Engine) -> SqlEventLog:
    return SqlEventLog(engine)
