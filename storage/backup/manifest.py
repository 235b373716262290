"""What a backup holds, as the file `manifest.json` in it says."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from storage.errors import BackupUnusable

MANIFEST = "manifest.json"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
#: The copy of the database, by its kind.
DATABASES = {SQLITE: "presswatch.sqlite3", POSTGRESQL: "presswatch.dump"}
#: What else of a data folder is kept: folders, and files.
FOLDERS, FILES = ("archive", "outlets", "entities"), ("credentials.json",)

#: A backup holds what channels and outlets are secret for.
PRIVATE = 0o600

_FORMAT = 1
_MAX_CHARS = 256 * 1024 * 1024
_PART = re.compile(r"(?!\.\.?$)[^/\0]+")  # as an operator may call files, with spaces too
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedFile:
    """One file, by its place below the backup and, but for the database, below the data folder."""

    path: str  # relative, with slashes
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All of a backup."""

    made_at: str  # RFC 3339, UTC
    presswatch: str  # the version that made it
    schema: str  # of the database
    database: str  # SQLITE or POSTGRESQL
    files: tuple[BackedFile, ...]
    missing: tuple[str, ...] = ()  # segments of which the archive held less than the database names

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Makes a folder a backup. Raises OSError."""
    beside = folder / f"{MANIFEST}.partial"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w", encoding="utf-8") as file:
        json.dump({"format": _FORMAT, **asdict(manifest)}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """What a backup says of itself. Raises BackupUnusable for what is none, or names a place outside."""
    place = folder / MANIFEST
    try:
        with place.open(encoding="utf-8") as words:
            manifest = _manifest(json.loads(words.read(_MAX_CHARS)))
    except FileNotFoundError as error:
        raise BackupUnusable(f"{folder} holds no {MANIFEST}: it is no backup, or one that was not finished") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupUnusable(f"{place} cannot be read: {error}; take another backup") from error
    for file in manifest.files:
        _require_within(file, manifest.database)
    if DATABASES[manifest.database] not in {file.path for file in manifest.files}:
        raise BackupUnusable(f"{place} names no database; take another backup")
    return manifest


def made_at(moment: datetime) -> str:
    """As a manifest tells a moment."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _manifest(told: Any) -> Manifest:
    if told["format"] != _FORMAT:
        raise ValueError(f"its format is {told['format']!r}, this Presswatch reads {_FORMAT}")
    if told["database"] not in DATABASES:
        raise ValueError(f"its database is {told['database']!r}")
    files = tuple(
        BackedFile(path=str(each["path"]), size=int(each["size"]), sha256=each["sha256"]) for each in told["files"]
    )
    plain = {field.name: str(told[field.name]) for field in fields(Manifest) if field.name not in ("files", "missing")}
    return Manifest(files=files, missing=tuple(map(str, told["missing"])), **plain)


def _require_within(file: BackedFile, database: str) -> None:
    """Raises BackupUnusable for a place where a backup has nothing to write."""
    parts = file.path.split("/")
    is_known = file.path in (DATABASES[database], *FILES) or (len(parts) > 1 and parts[0] in FOLDERS)
    is_plain = all(_PART.fullmatch(part) for part in parts) and PurePosixPath(file.path).parts == tuple(parts)
    if not (is_known and is_plain and _DIGEST.fullmatch(file.sha256) and file.size >= 0):
        raise BackupUnusable(f"the backup names {file.path!r}, which no backup holds; nothing of it was restored")
