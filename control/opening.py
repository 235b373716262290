"""Opening the store as the settings name it, and filling it with the catalogue."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from control.settings import BadSettings, Settings
from crawler.discovery.urls import registrable_domain
from crawler.outlets.catalogue import read_catalogue
from crawler.outlets.shipped import shipped_files
from storage.sql.engine import open_engine
from storage.sql.upgrade import upgrade
from storage.store import Store, open_store

_CATALOGUE_NOTE = "catalogue digest"


def open_from(settings: Settings) -> Store:
    """The open store. Raises StoreUnavailable or StoreNotReady."""
    return open_store(
        database_url=settings.store_url,
        redis_url=settings.redis_url,
        archive=settings.archive_dir,
        interval_s=settings.interval_s,
        domain_of=registrable_domain,
    )


def upgrade_store(settings: Settings) -> bool:
    """Brings the database to this version's schema; True when there was something to do."""
    engine = open_engine(settings.store_url)
    try:
        return upgrade(engine)
    finally:
        engine.dispose()


def catalogue_files(settings: Settings) -> list[tuple[str, str]]:
    """(name, text) of the outlet files in force: the operator's folder, else the shipped ones."""
    if settings.catalogue is None:
        return shipped_files()
    if not settings.catalogue.is_dir():
        raise BadSettings(f"PRESSWATCH_CATALOGUE: there is no folder {settings.catalogue}")
    files = sorted(settings.catalogue.glob("*.toml"))
    if not files:
        raise BadSettings(f"PRESSWATCH_CATALOGUE: {settings.catalogue} has no outlet files (*.toml)")
    return [(file.name, file.read_text(encoding="utf-8")) for file in files]


def load_catalogue(settings: Settings, store: Store) -> int:
    """Loads the catalogue if it changed since the last time; returns how many outlets changed.

    Raises crawler.outlets.errors.CatalogueError.
    """
    files = catalogue_files(settings)
    digest = hashlib.sha256(repr(files).encode()).hexdigest()
    if store.notes.get(_CATALOGUE_NOTE) == digest:
        return 0
    changed = store.outlets.load(read_catalogue(files), "shipped", datetime.now(UTC))
    store.notes.set(_CATALOGUE_NOTE, digest)
    return changed
