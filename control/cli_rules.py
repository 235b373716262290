"""`presswatch rules`: outlet rules proposed from stored pages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from control.choosing import named, opened
from control.cli_outlets_test import kept_pages
from control.printing import as_json, json_option, say
from control.settings import Settings
from crawler.fetch.limits import PARSE_TIMEOUT_S
from crawler.pipelines.body import Body
from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.tasks import TaskDied, TaskFailed, TaskTimedOut
from storage.records import KeptPage, Outlet

if TYPE_CHECKING:  # it loads what only extraction needs
    from crawler.extract.proposals import Proposal


@click.group("rules")
def rules_group() -> None:
    """Outlet rules: where the fields of an outlet's pages stand, in its outlet file. See docs/extraction.md."""


@rules_group.command("suggest")
@click.argument("name")
@click.option("--pages", default=20, show_default=True, type=click.IntRange(3, 200), help="Newest pages to compare.")
@json_option
@click.pass_obj
def suggest_command(settings: Settings, name: str, pages: int, as_json_lines: bool) -> None:
    """Propose rules for an outlet from its stored pages: what differs between them and what repeats.

    Nothing is changed: put a rule that you want into the outlet's file, and try it with `presswatch outlets test`.
    """
    with opened(settings) as store:
        (outlet,) = named([name], store.outlets.outlets())
        kept = kept_pages(store, outlet, pages)
    proposals, count = asyncio.run(_propose(outlet, kept))
    if as_json_lines:
        click.echo(as_json({"outlet": outlet.key, "pages": count, "proposals": proposals}))
        return
    say(f"# {outlet.key}: {len(proposals)} proposals from {count} pages")
    if not proposals:
        say("# nothing that a rule would better was seen; at least 3 pages are needed")
    for proposal in proposals:
        say()
        say(f"# {proposal.why}; on {proposal.pages} of {count} pages, such as: {' '.join(proposal.example.split())}")
        say("[[rule]]")
        say(f'field = "{proposal.field.value}"')
        say(f'css = "{proposal.css}"')


async def _propose(outlet: Outlet, kept: list[tuple[KeptPage, Body]]) -> tuple[list[Proposal], int]:
    """The proposals, and of how many pages."""
    from crawler.extract.proposals import propose  # noqa: PLC0415 (it loads what only extraction needs)

    pool = ProcessPool("crawler.pipelines.compare", 1, PARSE_TIMEOUT_S, preload="crawler.pipelines.warmed")
    await pool.start()
    outlines = []
    try:
        for page, body in kept:
            try:
                found = await pool.run("read_outline", body, page.capture.final_url, outlet)
            except (TaskDied, TaskTimedOut, TaskFailed):
                continue
            if found is not None:
                outlines.append(found)
    finally:
        await pool.close()
    return propose(outlines), len(outlines)
