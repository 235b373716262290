"""Lines that the commands which try sources print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from control.logs import printable

if TYPE_CHECKING:  # Scrapy is loaded only where something is fetched
    from crawler.spiders.probe import Tried


def lists(tried: Tried) -> str:
    """What a source lists: how much, and of when the newest is."""
    trial = tried.trial
    if trial is None:
        return ""
    what = f"{trial.sitemaps} sitemaps" if trial.sitemaps else f"{trial.listed} articles"
    newest = f", newest {trial.newest:%Y-%m-%d %H:%M} UTC" if trial.newest else ""
    return what + newest


def progress(text: str) -> None:
    """What goes on, on standard error: standard output holds results only."""
    click.echo(printable(text), err=True)
