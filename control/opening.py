"""Opening the store as the settings name it, and filling it with the catalogue and the operator's own outlets."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from control.given_credentials import credential_file
from control.own_outlets import OwnOutlets, text_of
from control.settings import BadSettings, Settings
from crawler.discovery.urls import registrable_domain
from crawler.outlets.agencies import read_agencies, shipped_agencies
from crawler.outlets.cadence.pacer import Pacer
from crawler.outlets.catalogue import read_catalogue
from crawler.outlets.errors import CatalogueError
from crawler.outlets.health.source import Examiner
from crawler.outlets.shipped import shipped_files
from storage.records import Agency, Outlet
from storage.sql.engine import open_engine
from storage.sql.upgrade import upgrade
from storage.store import Store, open_store

_CATALOGUE_NOTE = "catalogue digest"
_OWN_NOTE = "own outlets digest"


def open_from(settings: Settings) -> Store:
    """The open store. Raises StoreUnavailable or StoreNotReady."""
    return open_store(
        database_url=settings.store_url,
        redis_url=settings.redis_url,
        archive=settings.archive_dir,
        archive_bucket=settings.archive_bucket,
        partitions=settings.partitions,
        interval_s=settings.interval_s,
        again_after_s=settings.again_after_s,
        confirm_gone_s=settings.confirm_gone_s,
        new_a_day=settings.new_a_day,
        revisit_policy=settings.revisit_policy,
        domain_of=registrable_domain,
        examiner=Examiner(),
        agencies=agencies_from(settings),
        pacer=Pacer(interval_s=settings.interval_s, floor_s=settings.least_gap_s, ceiling_s=settings.ceiling_s),
    )


def agencies_from(settings: Settings) -> tuple[Agency, ...]:
    """The news agencies: the shipped ones, and those of `agencies.toml` in the data folder, which win.

    Raises BadSettings for a file that breaks the rules.
    """
    own = settings.data_dir / "agencies.toml"
    files = [shipped_agencies(), *([(str(own), text_of(own))] if own.exists() else [])]
    try:
        return read_agencies(files)
    except CatalogueError as error:
        raise BadSettings(str(error)) from error


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
    return [(file.name, text_of(file)) for file in files]


def load_catalogue(settings: Settings, store: Store) -> int:
    """Loads the catalogue and the operator's own outlets, each if it changed since the last time; returns how many
    outlets changed. Raises BadSettings for files that break the rules.
    """
    try:
        return _load_shipped(settings, store) + _load_own(settings, store)
    except CatalogueError as error:
        raise BadSettings(str(error)) from error


def _load_shipped(settings: Settings, store: Store) -> int:
    files = catalogue_files(settings)
    digest = _digest(files)
    if store.notes.get(_CATALOGUE_NOTE) == digest:
        return 0
    changed = store.outlets.load(read_catalogue(files), "shipped", datetime.now(UTC))
    store.notes.set(_CATALOGUE_NOTE, digest)
    return changed


def _load_own(settings: Settings, store: Store) -> int:
    """The operator's files win; an outlet whose file is gone goes too, or is again as the catalogue has it."""
    own = OwnOutlets(settings)
    credential_file(settings).keep(own.take_out_credentials())
    files, known = own.files(), own.loaded()
    digest = _digest(files)
    if store.notes.get(_OWN_NOTE) == digest and own.keys == known:
        return 0
    outlets = _read_own(own, files)
    now = datetime.now(UTC)
    changed = store.outlets.load(outlets, "added", now)
    gone = (known - own.keys) & {outlet.key for outlet in store.outlets.outlets()}
    shipped = [outlet for outlet in read_catalogue(catalogue_files(settings)) if outlet.key in gone] if gone else []
    changed += store.outlets.load(shipped, "shipped", now, is_wanted=True)
    for key in sorted(gone - {outlet.key for outlet in shipped}):
        store.outlets.remove(key, now)
        changed += 1
    store.notes.set(_OWN_NOTE, digest)
    own.note_loaded(own.keys)
    return changed


def _read_own(own: OwnOutlets, files: list[tuple[str, str]]) -> list[Outlet]:
    """Raises CatalogueError, which names each file with its folder."""
    try:
        return read_catalogue(files)
    except CatalogueError as error:
        named = [replace(problem, file_name=str(own.folder / problem.file_name)) for problem in error.problems]
        raise CatalogueError(named) from error


def _digest(files: list[tuple[str, str]]) -> str:
    return hashlib.sha256(repr(files).encode()).hexdigest()
