"""`presswatch backup` and `presswatch restore`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from control.opening import upgrade_store
from control.printing import say
from control.settings import Settings
from control.version import VERSION
from storage.backup.making import make_backup
from storage.backup.manifest import Manifest
from storage.backup.restoring import restore_backup, verify_backup
from storage.sql.engine import open_engine
from storage.sql.upgrade import check


@click.command("backup")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--verify", is_flag=True, help="Write nothing: read the backup in FOLDER and compare every file.")
@click.pass_obj
def backup_command(settings: Settings, folder: Path, verify: bool) -> None:
    """Copy the store, the archive, your own outlets and credentials into a new FOLDER, while the service runs.

    The folder holds secrets: of channels, and passwords for outlets. Keep it as safe as the data folder.
    """
    if verify:
        say(f"{folder} is whole: {_told(verify_backup(folder))}")
        return
    engine = open_engine(settings.store_url)
    try:
        check(engine)
        manifest = make_backup(engine, settings.data_dir, folder, now=datetime.now(UTC), version=VERSION)
    finally:
        engine.dispose()
    say(f"{folder} holds {_told(manifest)}")
    _end_with(manifest, settings)


@click.command("restore")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_obj
def restore_command(settings: Settings, folder: Path) -> None:
    """Verify the backup in FOLDER and put it where the settings say; a store that is there already is never touched."""
    engine = open_engine(settings.store_url)
    try:
        manifest = restore_backup(engine, settings.data_dir, folder)
    finally:
        engine.dispose()
    upgrade_store(settings)
    say(f"restored {_told(manifest)}; `presswatch up` goes on from there")
    _end_with(manifest, settings)


def _told(manifest: Manifest) -> str:
    return f"{len(manifest.files)} files, {manifest.size / 1e6:.1f} MB, as of {manifest.made_at}"


def _end_with(manifest: Manifest, settings: Settings) -> None:
    """Exit status 1 where pages are missing that were missing before. Raises BucketUnavailable."""
    bucket = settings.archive_files.bucket
    in_bucket = set(bucket.sizes()) & set(manifest.missing) if bucket and manifest.missing else set()
    if in_bucket:
        say(f"{len(in_bucket)} files of the archive lie in {settings.archive_bucket} alone and are no part of it")
    lost = [name for name in manifest.missing if name not in in_bucket]
    if lost:
        say(f"pages are missing in {len(lost)} of the files of the archive: {', '.join(lost)}")
        raise click.exceptions.Exit(1)
