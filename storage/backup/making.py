"""Making a backup while the service runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from storage.archive.exclusion import LOCK, UPLOAD_LOCK, kept_still
from storage.backup.copies import copied, told
from storage.backup.databases import dump, kind_of
from storage.backup.manifest import DATABASES, FILES, FOLDERS, BackedFile, Manifest, made_at, write_manifest
from storage.errors import BackupUnusable
from storage.sql.evidence import extents
from storage.sql.upgrade import HEAD


def make_backup(engine: Engine, data: Path, folder: Path, *, now: datetime, version: str) -> Manifest:
    """Copies the database and the data folder's archive, own outlets and credentials into a new folder.

    Others may go on writing meanwhile. Raises BackupUnusable when the folder holds anything, lies in what is copied, or
    cannot be written.
    """
    _require_outside(data, folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BackupUnusable(f"{folder} is not empty; name a new folder for each backup")
        kind = kind_of(engine)
        database = folder / DATABASES[kind]
        with kept_still(data / "archive", is_exclusive=False):
            dump(engine, database)
            wanted = extents(engine)  # of a moment after the copy, so of no less than it refers to
            files = [told(database, database.name), *_data_files(data, folder)]
        manifest = Manifest(
            made_at=made_at(now),
            presswatch=version,
            schema=HEAD,
            database=kind,
            files=tuple(files),
            missing=missing_segments(wanted, files),
        )
        write_manifest(folder, manifest)
    except BlockingIOError as error:
        raise BackupUnusable(
            "`presswatch retention` writes files of the archive anew, or files that were uploaded are taken out of it; "
            f"try again once that has ended, and remove {folder}"
        ) from error
    except OSError as error:
        raise BackupUnusable(
            f"the backup cannot be written: {error}; make room or name another folder, and remove {folder}"
        ) from error
    return manifest


def _require_outside(data: Path, folder: Path) -> None:
    """Raises BackupUnusable for a folder that the next backup would copy along, secrets and all."""
    for place in FOLDERS:
        if folder.resolve().is_relative_to((data / place).resolve()):
            raise BackupUnusable(f"{folder} lies in {data / place}, which is backed up itself; name a folder elsewhere")


def missing_segments(extents: Mapping[str, int], files: list[BackedFile]) -> tuple[str, ...]:
    """Segments that are not there as far as the database refers into them."""
    sizes = {file.path: file.size for file in files}
    return tuple(sorted(name for name, end in extents.items() if sizes.get(f"archive/{name}", 0) < end))


def _data_files(data: Path, folder: Path) -> Iterator[BackedFile]:
    for name in FILES:
        if (data / name).is_file():
            yield copied(data / name, folder / name, name)
    for place in FOLDERS:
        for path in sorted((data / place).rglob("*")):
            if path.is_file() and not path.is_symlink() and path.name not in (LOCK, UPLOAD_LOCK):
                relative = path.relative_to(data).as_posix()
                try:
                    yield copied(path, folder / relative, relative)
                except FileNotFoundError:
                    if path.exists():
                        raise
                    # Gone since it was listed, as the open index of a file that a worker has ended; were it pages,
                    # `missing_segments` would tell.
