"""`presswatch archive import`."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from control.choosing import named, opened
from control.import_originals import Originals
from control.import_plan import NO_OUTLET, Plan, Planner, Warc
from control.importing import Importer
from control.owners import Owners
from control.printing import as_json, json_option, say
from control.progress import ProgressLine
from control.refusal import Refusal
from control.settings import Settings
from storage.archive.appending import Appender, unwritten
from storage.archive.foreign.members import is_shared, unpack
from storage.archive.foreign.packages import is_package, unpacked
from storage.archive.foreign.plain import Damaged
from storage.archive.parts import sha256_of

_SITES_TOLD = 10
_WORKROOM, _LOCK = "import-", "lock"
#: A folder is locked a moment after it was made.
_LEFT_AFTER_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    captures: int  # of known outlets, chosen
    done: int
    since: datetime | None
    until: datetime | None
    taken: dict[str, dict[str, int]]  # by outlet and reason
    left: dict[str, dict[str, int]]
    sites: dict[str, int]  # at which no outlet is
    damage: list[str]


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--outlet", "outlets", multiple=True, metavar="OUTLET", help="Pages of this outlet; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Tell what there is, and take nothing in.")
@click.option("--processes", type=click.IntRange(1, 64), help="How many pages are read at once.  [default: one a core]")
@json_option
@click.pass_obj
def import_command(
    settings: Settings,
    files: Sequence[Path],
    *,
    outlets: Sequence[str],
    dry_run: bool,
    processes: int | None,
    as_json_lines: bool,
) -> None:
    """Take in FILES made by others: WARC and ARC, plain, gzipped or in zstd frames, and WACZ packages.

    Pages of known outlets become articles and revisions with the times at which they were captured; nobody is told of
    them as news. Interrupted, it goes on the next time; what is stored already is passed over. Exit status 1 where
    some of a file could not be read.
    """
    with opened(settings) as store, _warcs(settings, files) as warcs:
        known = store.outlets.outlets()
        chosen = named(outlets, known) if outlets else list(known)
        now = datetime.now(UTC)
        owners = Owners(chosen)
        plan = Planner(owners, now, Originals(store, settings.archive_files, owners).of).plan(warcs)
        done, taken, far = 0, Counter[tuple[str, str]](), ProgressLine(is_silent=as_json_lines)
        if not dry_run:
            importer = Importer(
                store,
                warcs,
                plan,
                processes=processes or settings.extract_processes or os.cpu_count() or 1,
                obeyed=frozenset(settings.obey_opt_outs),
                clock=lambda: datetime.now(UTC),
                progress=lambda done, of: far.tell(f"{done:,} of {of:,} captures"),
            )
            try:
                asyncio.run(importer.run())
            except OSError as error:
                raise Refusal(f"it stopped: {error}; make room, then run the same again, which goes on") from error
            done, taken = importer.done, importer.counts
    report = _report(plan, done, taken)
    if as_json_lines:
        click.echo(as_json(report))
    else:
        _tell(report, is_dry=dry_run)
    if report.damage or any("damaged" in reasons for reasons in report.taken.values()):
        raise click.exceptions.Exit(1)


@contextmanager
def _warcs(settings: Settings, files: Sequence[Path]) -> Iterator[list[Warc]]:
    """The WARC files that are meant, each once; those of packages are copied beside the store until the end."""
    with _workroom(settings.data_dir) as folder:
        found: dict[str, Warc] = {}
        for number, file in enumerate(files):
            try:
                for path, told in _parts(file, Path(folder, str(number))):
                    digest = sha256_of(path)
                    if digest not in found:
                        found[digest] = _warc(path, told, digest, Path(folder, f"{digest}.warc"))
            except (OSError, Damaged) as error:
                raise Refusal(f"{file} cannot be taken in: {error}; nothing of any file was") from error
        yield list(found.values())


@contextmanager
def _workroom(data: Path) -> Iterator[Path]:
    """A folder until the block ends. Those that killed imports left are deleted; those in use are locked."""
    for lock in data.glob(f"{_WORKROOM}*/{_LOCK}"):
        with suppress(FileNotFoundError), unwritten(lock) as is_left:
            if is_left and time.time() - lock.stat().st_mtime > _LEFT_AFTER_S:
                shutil.rmtree(lock.parent, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_WORKROOM, dir=data) as folder:
        own = Appender(Path(folder, _LOCK))
        try:
            yield Path(folder)
        finally:
            own.close()


def _parts(file: Path, folder: Path) -> list[tuple[Path, str]]:
    """The WARC files of a file, and what they are called. Raises Damaged and OSError."""
    if not is_package(file):
        return [(file, file.name)]
    folder.mkdir()
    return [(path, f"{file.name}/{name}") for path, name in unpacked(file, folder)]


def _warc(path: Path, told: str, digest: str, unpacked_as: Path) -> Warc:
    """Raises Bomb and OSError."""
    if not is_shared(path):
        return Warc(path=path, told=told, digest=digest)
    unpack(path, unpacked_as)
    return Warc(path=unpacked_as, told=told, digest=digest)


def _report(plan: Plan, done: int, taken: Counter[tuple[str, str]]) -> _Report:
    times = [entry.at for entry in plan.entries]
    return _Report(
        captures=len(plan.entries),
        done=done,
        since=min(times, default=None),
        until=max(times, default=None),
        taken=_by_outlet(taken),
        left=_by_outlet(plan.left),
        sites=dict(plan.sites.most_common(_SITES_TOLD)),
        damage=plan.damage,
    )


def _by_outlet(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (outlet, reason), count in sorted(counts.items()):
        found.setdefault(outlet, {})[reason] = count
    return found


def _tell(report: _Report, *, is_dry: bool) -> None:
    for sentence in report.damage:
        say(sentence)
    if report.since and report.until:
        say(f"{report.captures:,} captures of {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d} are of known outlets")
    else:
        say("no page of a known outlet is there to be taken in")
    for outlet, reasons in report.taken.items():
        say(f"{outlet}: {_reasons(reasons)}")
    for outlet, reasons in report.left.items():
        if outlet != NO_OUTLET:
            say(f"{outlet}, not read: {_reasons(reasons)}")
    others = report.left.get(NO_OUTLET, {})
    if others.get("off-site"):
        sites = ", ".join(f"{site or 'no site'} ({count:,})" for site, count in report.sites.items())
        say(f"{others['off-site']:,} captures are of no known outlet, most of {sites}")
    if others.get("damaged"):
        say(f"{others['damaged']:,} places could not be read")
    if is_dry:
        say("nothing was taken in: this was a dry run")


def _reasons(reasons: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items(), key=lambda each: -each[1]))
