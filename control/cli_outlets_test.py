"""`presswatch outlets test`: an outlet's stored pages, read with its rules and without."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import click

from control.choosing import named, opened
from control.printing import as_json, json_option, moment_text, say
from control.refusal import Refusal
from control.settings import Settings
from crawler.fetch.limits import PARSE_TIMEOUT_S
from crawler.pipelines.body import Body, Unreadable, body_of_capture
from crawler.pipelines.knowledge import Knowledge
from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.tasks import TaskDied, TaskFailed, TaskTimedOut
from storage.errors import BodyMissing
from storage.records import Extraction, Hints, KeptPage, Outlet, RepeatedLines, RuleField
from storage.store import Store

_BY_RULE = "outlet rule "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """What the rules change on one page: by field, (without, with)."""

    url: str
    fields: dict[str, tuple[str, str]]
    rules: tuple[str, ...]  # rules that won a field
    problem: str | None = None


@click.command("test")
@click.argument("name")
@click.option("--pages", default=50, show_default=True, type=click.IntRange(1, 1000), help="Newest pages to read.")
@json_option
@click.pass_obj
def test_command(settings: Settings, name: str, pages: int, as_json_lines: bool) -> None:
    """Read an outlet's stored pages with its rules and without, and show what differs. Fetches nothing.

    Exit status 1 when a rule in the outlet's file won on no page.
    """
    with opened(settings) as store:
        (outlet,) = named([name], store.outlets.outlets())
        kept = kept_pages(store, outlet, pages)
    found = asyncio.run(_differences(outlet, kept))
    won = Counter(rule for difference in found for rule in set(difference.rules))
    idle = [rule for rule in _names(outlet) if rule not in won]
    if as_json_lines:
        click.echo(as_json({"outlet": outlet.key, "pages": found, "won": dict(won), "never_won": idle}))
    else:
        _tell(outlet, found, won, idle)
    if idle:
        raise click.exceptions.Exit(1)


def kept_pages(store: Store, outlet: Outlet, limit: int) -> list[tuple[KeptPage, Body]]:
    """An outlet's newest stored pages with their bodies. Raises Refusal when there are none."""
    found = []
    for page in store.captures.newest_of(outlet.key, limit):
        try:
            raw = store.bodies.get(page.ref, page.capture.digest)
        except BodyMissing:
            continue
        found.append((page, body_of_capture(page.capture, raw)))
    if not found:
        raise Refusal(f"no page of {outlet.key} is stored; `presswatch crawl {outlet.key}` fetches some")
    return found


async def _differences(outlet: Outlet, kept: list[tuple[KeptPage, Body]]) -> list[_Difference]:
    pool = ProcessPool("crawler.pipelines.child", 1, PARSE_TIMEOUT_S, preload="crawler.pipelines.warmed")
    await pool.start()
    try:
        return [await _difference(pool, outlet, page, body) for page, body in kept]
    finally:
        await pool.close()


async def _difference(pool: ProcessPool, outlet: Outlet, page: KeptPage, body: Body) -> _Difference:
    url = page.capture.final_url
    read: list[Extraction] = []
    for one in (replace(outlet, rules=()), outlet):
        known = Knowledge(hints=Hints(), outlet=one, now=page.capture.fetched_at, repeated=RepeatedLines())
        try:
            found = await pool.run("read_page", body, url, known)
        except (TaskDied, TaskTimedOut, TaskFailed) as error:
            return _Difference(url=url, fields={}, rules=(), problem=str(error))
        if isinstance(found, Unreadable):
            return _Difference(url=url, fields={}, rules=(), problem=found.detail)
        read.append(found)
    without, ruled = map(_fields, read)
    fields = {name: (without[name], ruled[name]) for name in without if without[name] != ruled[name]}
    rules = tuple(e.rule for e in read[1].evidence if e.rule.startswith(_BY_RULE))
    dropped = (
        ("drop",)
        if "body" in fields and not any(e.field == "body" and e.rule in rules for e in read[1].evidence)
        else ()
    )
    return _Difference(url=url, fields=fields, rules=(*rules, *dropped))


def _fields(found: Extraction) -> dict[str, str]:
    return {
        "title": found.title,
        "authors": ", ".join(found.authors),
        "published": moment_text(found.published),
        "modified": moment_text(found.modified),
        "section": found.section or "",
        "body": found.body,
        "rejected": found.rejected or "",
    }


def _names(outlet: Outlet) -> list[str]:
    """The rules as evidence names them; what is dropped is told by the text."""
    from crawler.extract.rules import named as in_words  # noqa: PLC0415

    return list(dict.fromkeys(in_words(rule) for rule in outlet.rules if rule.field is not RuleField.DROP))


def _tell(outlet: Outlet, found: list[_Difference], won: Counter[str], idle: list[str]) -> None:
    if not outlet.rules:
        remedy = f"`presswatch rules suggest {outlet.key}` proposes some from them"
        say(f"{outlet.key} has no rules; {len(found)} of its pages are stored: {remedy}")
        return
    for difference in found:
        if difference.problem:
            say(f"{difference.url}: {difference.problem}")
        elif difference.fields:
            say(difference.url)
            for name, (without, ruled) in difference.fields.items():
                say(f"  {name:10} {_short(name, without)}  ->  {_short(name, ruled)}")
    changed: Counter[str] = Counter(name for difference in found for name in difference.fields)
    told = ", ".join(f"{name} on {count}" for name, count in changed.most_common()) or "nothing differs"
    say(f"{len(found)} pages, {len(outlet.rules)} rules: {told}")
    for rule, count in won.most_common():
        say(f"  won on {count:4} pages: {rule}")
    for rule in idle:
        say(f"  won on no page, so it is of no use (any more): {rule}")


def _short(name: str, value: Any) -> str:
    return f"{len(value)} characters" if name == "body" else (value[:70] or "nothing")
