"""`presswatch extract`: what is read of one page, and why."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from control.choosing import named, opened
from control.logs import printable
from control.printing import as_json, entry_lines, json_option, moment_text, picture_text, say
from control.refusal import Refusal, WrongWords
from control.settings import Settings
from crawler.discovery.urls import is_within
from crawler.fetch.limits import MAX_PAGE_BYTES, PARSE_TIMEOUT_S
from crawler.outlets.values import Unfit, check_address
from crawler.pipelines.body import Body, Unreadable
from crawler.pipelines.knowledge import Knowledge
from storage.records import Extraction, Hints, OptOut, Outlet, RepeatedLines

if TYPE_CHECKING:  # trafilatura and Scrapy are loaded only where they are used
    from crawler.pipelines.compare import Plain
    from crawler.spiders.probe import Probe

_NOBODY = Outlet(key="none", name="", home_url="")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    body: Body
    url: str
    opt_outs: tuple[OptOut, ...] = ()  # of its headers and its robots.txt


_Fetch = Callable[[str], Awaitable[_Page | str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    ours: Extraction
    plain: Plain | None


@click.command("extract")
@click.argument("place", metavar="URL|FILE")
@click.option("--url", metavar="URL", help="Where the page of FILE was found.  [default: its canonical URL]")
@click.option("--outlet", "outlet_key", metavar="KEY", help="The outlet it belongs to, for its names, zone and rules.")
@click.option("--compare", is_flag=True, help="Show what plain trafilatura reads beside it.")
@json_option
@click.pass_obj
def extract_command(
    settings: Settings, *, place: str, url: str | None, outlet_key: str | None, compare: bool, as_json_lines: bool
) -> None:
    """Show what is read of a page: text, byline, dates, and where each field came from. Stores nothing.

    A URL is fetched as politely as a visit fetches, further pages of its article too. Exit status 1 when the page is
    no article.
    """
    file = Path(place)
    is_file = file.is_file()
    address = (url or "") if is_file else _address(place)
    outlet, repeated = _outlet(settings, outlet_key, address) if outlet_key or not is_file else (None, RepeatedLines())
    if is_file:
        body = Body(raw=file.read_bytes(), content_encoding=None, content_type=None, max_bytes=MAX_PAGE_BYTES)
        reading = asyncio.run(_read(_Page(body=body, url=address), outlet, repeated, compare=compare))
    else:
        reading = _fetched(settings, address, outlet, repeated, compare=compare)
    if as_json_lines:
        click.echo(as_json({"article": reading.ours, "trafilatura": reading.plain}))
    else:
        _show(reading)
    if reading.ours.rejected:
        raise click.exceptions.Exit(1)


def _address(place: str) -> str:
    try:
        return check_address(place)
    except Unfit as unfit:
        raise WrongWords(
            f"{place!r} is neither a file nor a URL; name a file that is there, or write https://..."
        ) from unfit


def _outlet(settings: Settings, key: str | None, address: str) -> tuple[Outlet | None, RepeatedLines]:
    """The outlet by its key, else by the address, with what it repeats."""
    from crawler.extract.repeats import repeated_in  # noqa: PLC0415

    with opened(settings) as store:
        outlets = store.outlets.outlets()
        if key:
            (outlet,) = named([key], outlets)
        else:
            found = next((o for o in outlets if is_within(o, address)), None)
            if found is None:
                return None, RepeatedLines()
            outlet = found
        return outlet, repeated_in(store.lines.lines_of(outlet.key))


def _fetched(
    settings: Settings, address: str, outlet: Outlet | None, repeated: RepeatedLines, *, compare: bool
) -> _Reading:
    from control.probing import probe  # noqa: PLC0415

    async def survey(probe: Probe) -> _Reading | str:
        async with probe.visitor() as visitor:

            async def fetch(url: str) -> _Page | str:
                page = await visitor.fetch(url, outlet=outlet)
                if page.body is None:
                    return f"{page.detail} ({page.reason})"
                return _Page(body=page.body, url=page.final_url, opt_outs=page.opt_outs)

            page = await fetch(address)
            if isinstance(page, str):
                return f"{address}: {page}"
            return await _read(page, outlet, repeated, compare=compare, fetch=fetch)

    found = probe(settings, survey)
    if isinstance(found, str):
        raise Refusal(f"the page could not be fetched: {found}")
    return found


async def _read(
    page: _Page, outlet: Outlet | None, repeated: RepeatedLines, *, compare: bool, fetch: _Fetch | None = None
) -> _Reading:
    """Reads in a child process, as the worker does: what a page says is not trusted. `fetch` gets further pages."""
    from crawler.pipelines.pool import ProcessPool  # noqa: PLC0415
    from crawler.pipelines.tasks import TaskDied, TaskFailed, TaskTimedOut  # noqa: PLC0415
    from crawler.pipelines.whole import whole_article  # noqa: PLC0415

    pool = ProcessPool("crawler.pipelines.compare", 1, PARSE_TIMEOUT_S, preload="crawler.pipelines.warmed")
    known = Knowledge(hints=Hints(), outlet=outlet or _NOBODY, now=datetime.now(UTC), repeated=repeated)

    async def read(page: _Page) -> Extraction | str:
        found = await pool.run("read_page", page.body, page.url, replace(known, opt_outs=page.opt_outs))
        return found.detail if isinstance(found, Unreadable) else found

    async def read_further(url: str) -> Extraction | str:
        further = await fetch(url) if fetch else "not fetched"
        return further if isinstance(further, str) else await read(further)

    await pool.start()
    try:
        ours = await read(page)
        if fetch and not isinstance(ours, str):
            ours, _ = await whole_article(ours, read_further)
        plain = await pool.run("read_plain", page.body, page.url) if compare else None
    except (TaskDied, TaskTimedOut, TaskFailed) as error:
        raise Refusal(f"the page could not be read: {error}") from error
    finally:
        await pool.close()
    if isinstance(ours, str):
        raise Refusal(f"the page could not be read: {ours}")
    return _Reading(ours=ours, plain=None if isinstance(plain, Unreadable) else plain)


def _show(reading: _Reading) -> None:
    ours = reading.ours
    if ours.rejected:
        say(f"no article: {ours.rejected}")
    told: dict[str, Any] = {
        "title": ours.title,
        "authors": ", ".join(ours.authors),
        "desks": ", ".join(ours.desks),
        "published": moment_text(ours.published),
        "modified": ours.modified and moment_text(ours.modified),
        "language": ours.language,
        "section": ours.section,
        "marks": ", ".join(ours.marks),
        "credit": ours.credit,
        "canonical": ours.canonical_url,
        "tags": ", ".join(ours.tags),
        "lead image": picture_text(ours.lead_image),
    }
    for name, value in told.items():
        if value:
            say(f"{name:12} {value}")
    for rule, origin in ours.origins:
        say(f"{'origin':12} {origin} ({rule})")
    for each in ours.opt_outs:
        say(f"{'asks':12} {each.name} ({each.rule})")
    say()
    say(ours.body)
    say()
    for line in entry_lines(ours.entries):
        say(line)
    for evidence in ours.evidence:
        lost = "".join(f"; not {value!r} ({rule})" for rule, value in evidence.lost)
        say(f"{evidence.field}: {evidence.value!r} from {evidence.rule}{lost}")
    say(f"read by {ours.extractor}")
    if reading.plain is not None:
        _show_beside(ours, reading.plain)


def _show_beside(ours: Extraction, plain: Plain) -> None:
    """Fields that differ, and the lines that only one of the two has."""
    say()
    say("beside plain trafilatura (- trafilatura, + presswatch):")
    published = ours.published.at.date().isoformat() if ours.published else ""
    pairs = {
        "title": (plain.title, ours.title),
        "authors": (plain.author, "; ".join(ours.authors)),
        "day": (plain.date, published),
    }
    for name, (theirs, own) in pairs.items():
        if theirs == own:
            say(f"  {name}: the same")
        else:
            say(f"- {name}: {theirs}")
            say(f"+ {name}: {own}")
    lines = difflib.ndiff(_lines(plain.body), _lines(ours.body))
    differing = [line for line in lines if line.startswith(("- ", "+ "))]
    for line in differing:
        click.echo(printable(line))
    say(f"{len(plain.body)} and {len(ours.body)} characters of text, {len(differing)} lines differ")


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
