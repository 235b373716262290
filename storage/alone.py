"""One part of the store alone, for who needs no other: the whole takes longer to load than most of what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from storage.errors import StoreNotReady
from storage.sql.audit import SqlAuditLog
from storage.sql.engine import is_missing, open_engine
from storage.sql.hosts import SqlProcessBook
from storage.sql.upgrade import check


@contextmanager
def audit_log_at(database_url: str) -> Iterator[SqlAuditLog]:
    """The audit log, until the block ends. Makes no store. Raises StoreUnavailable and StoreNotReady."""
    with _opened(database_url) as engine:
        yield SqlAuditLog(engine)


@contextmanager
def processes_at(database_url: str) -> Iterator[SqlProcessBook]:
    """The processes of the service, until the block ends. Makes no store. Raises StoreUnavailable and StoreNotReady."""
    with _opened(database_url) as engine:
        yield SqlProcessBook(engine)


@contextmanager
def _opened(database_url: str) -> Iterator[Engine]:
    """Raises StoreNotReady where there is no store yet, or one of another version."""
    if is_missing(database_url):
        raise StoreNotReady("there is no store yet; run `presswatch db upgrade`")
    engine = open_engine(database_url)
    try:
        check(engine)
        yield engine
    finally:
        engine.dispose()
