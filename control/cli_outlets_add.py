"""`presswatch outlets add`: finds the sources of a new outlet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from control.choosing import opened
from control.given_credentials import credential_file, on_trial, without_credentials
from control.logs import printable
from control.opening import catalogue_files, load_catalogue
from control.own_outlets import OwnOutlets
from control.printing import say
from control.refusal import Refusal, WrongWords
from control.settings import Settings
from control.trial_lines import lists, progress
from crawler.outlets.catalogue import read_catalogue, read_outlet, write_outlet
from crawler.outlets.errors import CatalogueError
from crawler.outlets.values import Unfit, check_address, same_address
from crawler.sites import free_key
from storage.records import Outlet

if TYPE_CHECKING:  # Scrapy is loaded only where something is fetched
    from crawler.spiders.probe import Probe
    from crawler.spiders.survey import Found

_MOST_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The outlets there are, when one is to be added."""

    monitored: tuple[Outlet, ...]
    removed: tuple[Outlet, ...]  # of the catalogue, removed by hand
    taken: frozenset[str]

    def at(self, home_url: str, outlets: tuple[Outlet, ...]) -> Outlet | None:
        """The outlet with this home page."""
        return next((outlet for outlet in outlets if _same_home(outlet.home_url, home_url)), None)


@click.command("add")
@click.argument("url")
@click.option("--key", metavar="KEY", help="Its key, of a-z, 0-9 and hyphens; made from its address if left out.")
@click.option("--name", metavar="NAME", help="Its name, instead of the one its home page gives.")
@click.option(
    "--replace", "is_replacing", is_flag=True, help="Find the sources of an outlet anew that is there already."
)
@click.option("--yes", is_flag=True, help="Do not ask before adding it.")
@click.option("--dry-run", is_flag=True, help="Only show what would be added.")
@click.pass_obj
def add_command(
    settings: Settings, *, url: str, key: str | None, name: str | None, is_replacing: bool, yes: bool, dry_run: bool
) -> None:
    """Find the sources of the outlet at URL (its home page, or one of its feeds), try them, and monitor it.

    Looks for feeds that the home page names, feeds and news sitemaps in usual places and in robots.txt, as politely
    as a visit. Shows the outlet file that it makes, asks, and writes it to outlets/KEY.toml in the data folder, where
    you can edit it. A user name and password before the @ of URL are kept apart, for its origin alone. Exit status 1
    when no source works, 2 when URL or KEY cannot be used.
    """
    address, secrets = _address(url)
    if key is not None and free_key(key, ()) != key:
        raise WrongWords(
            f"{key!r} cannot be a key; write it with a-z, 0-9 and single hyphens, such as {free_key(key, ())}"
        )
    with opened(settings) as store:
        monitored = tuple(store.outlets.outlets())
        keys = {outlet.key for outlet in monitored}
        removed = tuple(o for o in read_catalogue(catalogue_files(settings)) if o.key not in keys)
        taken = frozenset(keys | OwnOutlets(settings).keys | {outlet.key for outlet in removed})
        known = _Known(monitored=monitored, removed=removed, taken=taken)
    replaced = _replaced(known, address, key, is_replacing=is_replacing)
    with on_trial(settings, secrets):
        found = _find(settings, address, known)
    if found.outlet is None:
        _tell_left_out(found)
        raise Refusal(f"nothing was added: {address}: {found.detail}")
    outlet = _settled(found.outlet, known, replaced, key, name, is_replacing=is_replacing)
    _tell_found(found, outlet)
    if dry_run:
        return
    if not yes:
        click.confirm(f"Monitor {printable(outlet.name)}?", default=True, abort=True)
    with opened(settings) as store:
        path = OwnOutlets(settings).write(outlet)
        credential_file(settings).keep(secrets)
        load_catalogue(settings, store)
    say(f"added {outlet.key} ({path}); the service visits it from now on, `presswatch crawl {outlet.key}` at once")


def _address(text: str) -> tuple[str, dict[str, str]]:
    """What was given as an absolute address, and the credentials in it by origin. Raises Refusal."""
    url = text.strip()
    given, secrets = without_credentials((url if "://" in url else f"https://{url}").encode())
    try:
        return same_address(check_address(given.decode())), secrets
    except Unfit as unfit:
        text = text.rpartition("@")[2]  # never what may be a password
        remedy = "write it as https://www.example.org"
        raise WrongWords(f"{text!r} is no address of a web page; {remedy}") from unfit


def _replaced(known: _Known, address: str, key: str | None, *, is_replacing: bool) -> Outlet | None:
    """The outlet that is replaced, if one is. Raises Refusal for what would overwrite an outlet unasked."""
    by_key = {outlet.key: outlet for outlet in (*known.removed, *known.monitored)}
    if key is not None and key in known.taken:
        if is_replacing:
            return by_key.get(key)
        raise WrongWords(
            f"the key {key!r} is taken; choose another with --key, or give --replace to replace that outlet"
        )
    there = known.at(address, known.monitored)
    if there is None or key is not None:
        _refuse_removed(known, address, key)
        return None
    if is_replacing:
        return there
    raise Refusal(
        f"{address} is monitored already, as {there.key}; --replace finds its sources anew, and --key adds it once more"
    )


def _refuse_removed(known: _Known, address: str, key: str | None) -> None:
    removed = known.at(address, known.removed)
    if removed is not None and key is None:
        raise Refusal(f"{address} is {removed.key}, which was removed; `presswatch outlets restore {removed.key}`")


def _find(settings: Settings, address: str, known: _Known) -> Found:
    from control.probing import probe  # noqa: PLC0415
    from crawler.spiders.survey import find_outlet  # noqa: PLC0415

    async def survey(probe: Probe) -> Found:
        async with probe.visitor(Outlet(key="given", name=address, home_url=address)) as visitor:
            return await find_outlet(visitor, address, taken_keys=known.taken, now=datetime.now(UTC), tell=progress)

    return probe(settings, survey)


def _settled(
    found: Outlet, known: _Known, replaced: Outlet | None, key: str | None, name: str | None, *, is_replacing: bool
) -> Outlet:
    """The outlet as it is to be added. Raises Refusal."""
    if replaced is None and key is None:  # the home page may have led to an outlet that is there
        replaced = _replaced(known, found.home_url, None, is_replacing=is_replacing)
    own = replaced.key if replaced else key or found.key
    owner = {same_address(s.url): o.key for o in known.monitored if o.key != own for s in o.sources}
    fresh = tuple(source for source in found.sources if same_address(source.url) not in owner)
    if not fresh:
        owners = sorted({owner[same_address(source.url)] for source in found.sources})
        raise Refusal(f"nothing was added: all its sources are monitored already, as {', '.join(owners)}")
    if replaced is not None:  # what the operator or the catalogue set for it stays
        outlet = replace(replaced, home_url=found.home_url, sources=fresh, name=name or replaced.name)
    else:
        outlet = replace(found, key=own, name=name or found.name, sources=fresh)
    try:
        return read_outlet(write_outlet(outlet), f"{outlet.key}.toml")
    except CatalogueError as error:
        raise WrongWords("; ".join(f"{p.what}; {p.remedy}" for p in error.problems)) from error


def _tell_found(found: Found, outlet: Outlet) -> None:
    for tried in found.kept:
        say(f"works     {tried.source.kind.value:8} {tried.source.url}  {lists(tried)}")
    _tell_left_out(found)
    say()
    for line in f"# {outlet.key}.toml\n{write_outlet(outlet)}".splitlines():
        say(line)
    say()


def _tell_left_out(found: Found) -> None:
    """What was tried in vain, but for places that were only guessed."""
    worth_telling = [(tried, why) for tried, why in found.left_out if tried.reason != "http-404"]
    for tried, why in worth_telling[:_MOST_SHOWN]:
        say(f"left out  {tried.source.kind.value:8} {tried.source.url}  {why}")


def _same_home(one: str, other: str) -> bool:
    return _home_form(one) == _home_form(other)


def _home_form(url: str) -> str:
    return same_address(url).partition("://")[2].removeprefix("www.").rstrip("/")
