"""Verifying a backup, and putting it back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from storage.backup.copies import copied, told
from storage.backup.databases import kind_of, load
from storage.backup.making import missing_segments
from storage.backup.manifest import DATABASES, BackedFile, Manifest, read_manifest
from storage.errors import BackupUnusable
from storage.sql.evidence import extents
from storage.sql.upgrade import HEAD, current_version


def verify_backup(folder: Path) -> Manifest:
    """Reads every file of a backup and compares it with the manifest. Raises BackupUnusable."""
    manifest = read_manifest(folder)
    for file in manifest.files:
        try:
            found = told(folder / file.path, file.path)
        except OSError as error:
            raise BackupUnusable(f"{file.path} of the backup cannot be read: {error}; take another backup") from error
        if found != file:
            raise BackupUnusable(f"{file.path} of the backup is not what was backed up; take another backup")
    return manifest


def restore_backup(engine: Engine, data: Path, folder: Path) -> Manifest:
    """Puts a backup into an empty database and a data folder without another archive; the database last.

    Killed at any moment, it can be run again. The schema may be older than this version's: run `upgrade` then. Raises
    BackupUnusable; nothing was written when it is about the backup or about what is there already.
    """
    manifest = verify_backup(folder)
    kind = kind_of(engine)
    if manifest.database != kind:
        raise BackupUnusable(f"the backup is of {manifest.database}, the store in the settings is {kind}; change one")
    if manifest.schema > HEAD:
        raise BackupUnusable(f"the backup is of Presswatch {manifest.presswatch}, which is newer; restore it with that")
    _require_empty(engine, data, manifest)
    try:
        for file in _data_files(manifest):
            if not (data / file.path).exists():
                _require_same(copied(folder / file.path, data / file.path, file.path), file)
        load(engine, folder / DATABASES[kind])
    except OSError as error:
        raise BackupUnusable(f"the backup cannot be restored: {error}; make room, then run it again") from error
    missing = set(missing_segments(extents(engine), list(manifest.files))) - set(manifest.missing)
    if missing:
        raise BackupUnusable(
            f"the restored database refers to pages that the backup lacks: {', '.join(sorted(missing))}"
        )
    return manifest


def _data_files(manifest: Manifest) -> list[BackedFile]:
    return [file for file in manifest.files if file.path != DATABASES[manifest.database]]


def _require_empty(engine: Engine, data: Path, manifest: Manifest) -> None:
    where = engine.url.render_as_string(hide_password=True)
    if engine.dialect.name == "sqlite":  # a log that an old store left would be taken for the new one's
        is_there = any(Path(f"{engine.url.database}{rest}").exists() for rest in ("", "-wal", "-shm", "-journal"))
    else:
        is_there = current_version(engine) is not None
    if is_there:
        raise BackupUnusable(f"there is a store already at {where}; stop Presswatch and move all its files away first")
    for file in _data_files(manifest):
        if (data / file.path).exists() and told(data / file.path, file.path) != file:
            raise BackupUnusable(f"{data / file.path} is there already and is another one; move it away first")


def _require_same(found: BackedFile, wanted: BackedFile) -> None:
    if found != wanted:
        raise BackupUnusable(f"{wanted.path} of the backup changed while it was restored; run it again")
