"""`presswatch outlets quality`: how well what is stored of outlets was read."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from control.choosing import named, opened
from control.printing import as_json, json_option, say
from control.quality import Period, Quality, quality_of
from control.settings import Settings

_NEWEST = 2000
_HEADINGS = ("BYLINE", "DATE", "TIME", "LANG", "SHORT", "WORDS")


@click.command("quality")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
@click.pass_obj
def quality_command(settings: Settings, names: tuple[str, ...], as_json_lines: bool) -> None:
    """Report how well articles are read: bylines, dates, lengths, and what got worse in the last seven days.

    Of each outlet the newest 2,000 articles are looked at. Outlets whose figures fell come first.
    """
    now = datetime.now(UTC)
    with opened(settings) as store:
        outlets = store.outlets.outlets()
        chosen = named(names, outlets) if names else outlets
        found = {outlet.key: quality_of(store.captures.figures_of(outlet.key, _NEWEST), now) for outlet in chosen}
    if as_json_lines:
        click.echo(as_json(found))
        return
    told = {key: q for key, q in found.items() if q.lately.articles + q.before.articles or names}
    if not told:
        say("nothing is stored yet")
        return
    say(f"{'OUTLET':24} {'':7} {'ARTICLES':>8} " + " ".join(f"{name:>6}" for name in _HEADINGS))
    for key, quality in sorted(told.items(), key=lambda item: (not item[1].drift, item[0])):
        _tell(key, quality)
    if len(told) < len(found):
        say(f"{len(found) - len(told)} outlets have no articles yet")


def _tell(key: str, quality: Quality) -> None:
    say(_line(key, "7 days", quality.lately))
    say(_line("", "before", quality.before))
    for change in quality.drift:
        say(f"{'':24} worse: {change}")


def _line(key: str, when: str, period: Period) -> str:
    shares = (period.byline, period.date, period.time, period.language, period.short)
    cells = ["-" if share is None else f"{share}%" for share in shares]
    words = "-" if period.median_words is None else str(period.median_words)
    return f"{key:24} {when:7} {period.articles:8} " + " ".join(f"{cell:>6}" for cell in (*cells, words))
