"""`presswatch outlets import | export`: outlets in and out, as OPML and as outlet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from pathlib import Path

import click

from control.choosing import opened
from control.given_credentials import credential_file, without_credentials
from control.opening import load_catalogue
from control.own_outlets import OwnOutlets
from control.printing import say
from control.refusal import Refusal, WrongWords
from control.settings import Settings
from crawler.discovery.urls import sites_of
from crawler.outlets.catalogue import read_outlet, write_outlet
from crawler.outlets.errors import CatalogueError
from crawler.outlets.opml import MAX_OPML_BYTES, read_opml, write_opml
from crawler.outlets.values import same_address
from crawler.sites import free_key, site_label
from storage.records import Outlet

_STDIN = "-"


@dataclass
class _Import:
    """What an import does: outlets to add, and sentences on what is left out."""

    monitored: dict[str, Outlet]
    taken: set[str]
    is_replacing: bool
    added: list[Outlet] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)  # by origin, as the files gave them

    def __post_init__(self) -> None:
        self._owner = {
            same_address(source.url): outlet.key for outlet in self.monitored.values() for source in outlet.sources
        }

    def take(self, outlet: Outlet) -> None:
        """Takes an outlet, without the sources that others have already."""
        if outlet.key in self.taken and not self.is_replacing:
            self.skipped.append(f"{outlet.key}: there is an outlet with this key already; --replace replaces it")
            return
        fresh = [s for s in outlet.sources if self._owner.get(same_address(s.url), outlet.key) == outlet.key]
        if not fresh:
            owners = sorted({self._owner[same_address(source.url)] for source in outlet.sources})
            self.skipped.append(f"{outlet.name}: all its sources are monitored already, as {', '.join(owners)}")
            return
        if len(fresh) < len(outlet.sources):
            left_out = len(outlet.sources) - len(fresh)
            self.skipped.append(f"{outlet.key}: {left_out} of its sources are monitored already and were left out")
        self.taken.add(outlet.key)
        self._owner.update({same_address(source.url): outlet.key for source in fresh})
        self.added.append(with_changes(outlet, sources=tuple(fresh)))

    def wanted_secrets(self) -> dict[str, str]:
        """Credentials for the sites of what was added."""
        sites = {site for outlet in self.added for site in sites_of(outlet)}
        return {site: secret for site, secret in self.secrets.items() if site in sites}


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--replace", is_flag=True, help="Let an outlet file replace an outlet that has its key already.")
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@click.pass_obj
def import_command(settings: Settings, files: tuple[str, ...], replace: bool, dry_run: bool) -> None:
    """Add outlets from OPML subscription lists and from outlet files (TOML); - reads standard input.

    Feeds of one site become one outlet. What is monitored already is skipped. User names and passwords in addresses
    are kept apart, for their origins alone. Nothing is fetched:
    `presswatch outlets check` tells which sources work. Exit status 1 when a file cannot be read.
    """
    own = OwnOutlets(settings)
    with opened(settings) as store:
        monitored = {outlet.key: outlet for outlet in store.outlets.outlets()}
        work = _Import(monitored, {*monitored, *own.keys}, replace)
        for name, body in _read(files):
            _take_file(work, name, body)
        if not dry_run:
            for outlet in list(work.added):
                _write(work, own, outlet)
            credential_file(settings).keep(work.wanted_secrets())
            load_catalogue(settings, store)
    _tell(work, dry_run=dry_run)


@click.command("export")
@click.argument("file", required=False, metavar="[FILE]")
@click.option(
    "--opml", "form", flag_value="opml", default="opml", help="A subscription list, for feed readers (default)."
)
@click.option("--toml", "form", flag_value="toml", help="Outlet files; FILE is then a folder for one file each.")
@click.pass_obj
def export_command(settings: Settings, file: str | None, form: str) -> None:
    """Write all outlets to FILE, or to standard output. `presswatch outlets import` reads both forms."""
    with opened(settings) as store:
        outlets = store.outlets.outlets()
    if form == "opml":
        document = write_opml(outlets)
        if file in {None, _STDIN}:
            click.echo(document, nl=False)
            return
        _save(Path(str(file)), document)
    elif file in {None, _STDIN}:
        click.echo("\n\n".join(f"# {outlet.key}.toml\n{write_outlet(outlet)}" for outlet in outlets))
        return
    else:
        for outlet in outlets:
            _save(Path(str(file)) / f"{outlet.key}.toml", (write_outlet(outlet) + "\n").encode(), makes_folder=True)
    say(f"{len(outlets)} outlets written to {file}")


def _read(files: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file, and of the outlet files in a folder."""
    for name in files:
        path = Path(name)
        if name != _STDIN and path.is_dir():
            inside = sorted(path.glob("*.toml"))
            if not inside:
                raise Refusal(f"{name} is a folder without outlet files (*.toml)")
            yield from _read(map(str, inside))
            continue
        try:
            with click.open_file(name, "rb") as stream:
                yield name, stream.read(MAX_OPML_BYTES + 1)
        except OSError as error:
            raise WrongWords(f"{name} cannot be read: {error.strerror or error}") from error


def _take_file(work: _Import, name: str, body: bytes) -> None:
    shown = "standard input" if name == _STDIN else name
    is_toml = name.lower().endswith(".toml") or not body.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")
    is_toml = is_toml and not name.lower().endswith((".opml", ".xml"))
    body, secrets = without_credentials(body, is_xml=not is_toml)
    work.secrets |= secrets
    if is_toml:
        _take_toml(work, name, shown, body)
        return
    found = read_opml(body, work.taken)
    work.problems += [f"{shown}: {problem}" for problem in found.problems]
    for outlet in found.outlets:
        work.take(outlet)


def _take_toml(work: _Import, name: str, shown: str, body: bytes) -> None:
    try:
        text = body.decode("utf-8-sig")
        outlet = read_outlet(text, "outlet.toml" if name == _STDIN else Path(name).name)
    except UnicodeDecodeError:
        work.problems.append(f"{shown}: neither OPML nor an outlet file in UTF-8")
        return
    except CatalogueError as error:
        folder = "" if name == _STDIN else f"{Path(name).parent}/"
        work.problems += [f"{folder}{problem}" for problem in error.problems]
        return
    if name == _STDIN:  # no file name to take the key from
        outlet = with_changes(outlet, key=free_key(site_label(outlet.home_url), work.taken))
    work.take(outlet)


def _write(work: _Import, own: OwnOutlets, outlet: Outlet) -> None:
    try:
        own.write(outlet)
    except CatalogueError as error:  # a subscription list may say what no outlet file may
        work.added.remove(outlet)
        work.problems += [str(problem) for problem in error.problems]


def _tell(work: _Import, *, dry_run: bool) -> None:
    for outlet in work.added:
        say(f"{'would add' if dry_run else 'added'} {outlet.key}: {outlet.name}, {len(outlet.sources)} sources")
    for sentence in work.skipped:
        say(f"skipped {sentence}")
    if work.added and not dry_run:
        say("They are visited from now on; `presswatch outlets check` tells which sources work.")
    if work.problems and not (work.added or work.skipped):
        raise Refusal("\n".join(work.problems))
    for problem in work.problems:
        say(f"problem: {problem}")
    if work.problems and not work.added:
        raise click.exceptions.Exit(1)


def _save(path: Path, content: bytes, *, makes_folder: bool = False) -> None:
    try:
        if makes_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise Refusal(f"{path} cannot be written: {error.strerror or error}") from error
