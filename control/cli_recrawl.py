"""`presswatch recrawl`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from control.choosing import named, opened
from control.cli_search import read_search
from control.periods import Period, period_option
from control.printing import ago, as_json, json_option, say
from control.recrawl_costs import HostCost, costs_of, lines_of_costs
from control.refusal import Refusal
from control.settings import Settings
from control.watching import searcher_from
from control.working import crawl_here, has_worker
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_among, fingerprint
from crawler.outlets.cadence.schedule import told_span
from storage.archive.parts import sha256_of
from storage.recrawls import Recrawl, RecrawlProgress, RecrawlState, RecrawlWish
from storage.store import Store

_SHOWN = 20
_TELL_EVERY_S = 2.0
_EXAMPLE = "presswatch recrawl --outlet jpost --published 2020-05..2020-06"


@click.command("recrawl")
@click.option("--outlet", "outlets", multiple=True, metavar="OUTLET", help="Articles of this outlet; may be repeated.")
@period_option("--published", help="Published then: 2020-05..2020-06, 2020-05-03..2020-05-09, 2020-05.. or 2020.")
@click.option("--story", type=click.IntRange(1), metavar="ID", help="Articles of this story.")
@click.option("--query", metavar="QUERY", help="Articles that answer a query, as `presswatch search` takes it.")
@click.option("--due", is_flag=True, help="Articles that are due by the standing policy.")
@click.option(
    "--file", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Addresses, one a line."
)
@click.option("--beyond-cap", is_flag=True, help="Ask hosts more than the cap of re-visits lets through a day.")
@click.option("--dry-run", is_flag=True, help="Say how many requests to which hosts, and how long; order nothing.")
@click.option("--no-wait", is_flag=True, help="Leave it to the service and come back at once.")
@click.option("--status", "is_status", is_flag=True, help="Show re-crawls and how far they are.")
@click.option("--stop", "stopped", is_flag=False, flag_value="all", metavar="[ID]", help="Stop a re-crawl, or all.")
@click.option("--resume", "resumed", type=click.IntRange(1), metavar="ID", help="Go on with a re-crawl.")
@json_option
@click.pass_obj
def recrawl_command(
    settings: Settings,
    *,
    outlets: Sequence[str],
    published: Period | None,
    story: int | None,
    query: str | None,
    due: bool,
    file: Path | None,
    beyond_cap: bool,
    dry_run: bool,
    no_wait: bool,
    is_status: bool,
    stopped: str | None,
    resumed: int | None,
    as_json_lines: bool,
) -> None:
    """Fetch stored articles again, to learn whether they changed or vanished; what is asked for must hold together.

    Servers are asked with what they said last time, so that an article that is as it was costs them nothing but a
    "not modified". Of what a host may be sent a day for re-visits a re-crawl takes half at most, unless --beyond-cap
    says otherwise. A running service does the work, after all that is new; without one it is done here, and Ctrl-C
    interrupts it. The same command goes on where it was stopped or killed.
    """
    with opened(settings) as store:
        if is_status:
            _show(store, is_json=as_json_lines)
        elif stopped is not None:
            _stop(store, stopped)
        else:
            if resumed is not None:
                order = store.recrawls.resume(resumed)
            else:
                chosen = [outlet.key for outlet in named(outlets, store.outlets.outlets())]
                asked = _Asked(
                    outlets=chosen,
                    published=published,
                    story=story,
                    query=query,
                    due=due,
                    file=file,
                    is_capped=not beyond_cap,
                )
                wish = asked.wish(settings, store)
                costs = _costs(settings, store, wish, is_capped=asked.is_capped)
                if dry_run:
                    _tell_costs(costs, is_json=as_json_lines)
                    return
                order = store.recrawls.start(asked.words, wish, datetime.now(UTC), is_capped=asked.is_capped)
                if not as_json_lines:
                    _tell_days(costs)
            _work(settings, store, order, is_waiting=not no_wait, is_json=as_json_lines)


# ----------------------------------------------------------------------------------- what is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was typed of which articles are wanted."""

    outlets: Sequence[str]
    published: Period | None
    story: int | None
    query: str | None
    due: bool
    file: Path | None
    is_capped: bool = True

    @property
    def words(self) -> str:
        """The same in words, by which an order is known again.

        A file is known by what it holds, too: once it was edited, other articles are meant.
        """
        return " ".join(
            [
                *(f"--outlet {key}" for key in self.outlets),
                *([f"--published {self.published.text}"] if self.published else []),
                *([f"--story {self.story}"] if self.story else []),
                *([f"--query {self.query!r}"] if self.query else []),
                *(["--due"] if self.due else []),
                *([f"--file {self.file} ({sha256_of(self.file)[:8]})"] if self.file else []),
                *([] if self.is_capped else ["--beyond-cap"]),
            ]
        )

    def wish(self, settings: Settings, store: Store) -> RecrawlWish:
        """The articles that are meant; days are of the outlet's time zone where one is named."""
        if self.words in {"", "--beyond-cap"}:
            raise click.UsageError(f"say which articles, as in `{_EXAMPLE}`; or use --status")
        zones = {outlet.timezone for outlet in store.outlets.outlets() if outlet.key in self.outlets}
        zone = zones.pop() if len(zones) == 1 else None
        first, end = self.published.within(zone) if self.published else (None, None)
        return RecrawlWish(
            outlet_keys=tuple(self.outlets),
            published_from=first,
            published_before=end,
            story_id=self.story,
            is_due=self.due,
            article_ids=self._article_ids(settings, store),
        )

    def _article_ids(self, settings: Settings, store: Store) -> tuple[int, ...] | None:
        """Those that the file names and that answer the query; None where neither is given."""
        named_ids = _named_in(store, self.file) if self.file else None
        if self.query is None:
            return named_ids
        searcher = searcher_from(settings, store)
        answering = set(searcher.article_ids(read_search(searcher, self.query)))
        return tuple(sorted(answering if named_ids is None else answering & set(named_ids)))


def _named_in(store: Store, file: Path) -> tuple[int, ...]:
    """The stored articles that a file names. What is not stored is told: only what is known can be asked for again."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8-sig", errors="replace").splitlines()]
    urls = [line for line in lines if line and not line.startswith("#")]
    outlets, keys = store.outlets.outlets(), dict[str, int | None]()
    for url in urls:
        try:
            keys[url] = fingerprint(canonical_among(url, outlets))
        except BadUrl:
            keys[url] = None
    found = store.crawl.known_articles(sorted({key for key in keys.values() if key is not None}))
    unknown = [url for url, key in keys.items() if key not in found]
    if unknown:
        shown = ", ".join(unknown[:3]) + (", ..." if len(unknown) > 3 else "")  # noqa: PLR2004
        say(f"{len(unknown)} of {len(keys)} addresses are of no stored article and are left out: {shown}")
    return tuple(sorted(set(found.values())))


def _costs(settings: Settings, store: Store, wish: RecrawlWish, *, is_capped: bool) -> list[HostCost]:
    """Raises Refusal where the cap lets nothing through at all: the order would never end."""
    shares = store.recrawls.hosts(wish, datetime.now(UTC))
    costs = costs_of(settings, store, shares, is_capped=is_capped)
    shut = sorted({cost.outlet_key for cost in costs if cost.a_day == 0})
    if shut:
        raise Refusal(
            f"re-visits of {', '.join(shut)} are set to 0 requests a day; `presswatch outlets revisits` changes that, "
            "and --beyond-cap asks all the same"
        )
    return costs


def _tell_costs(costs: Sequence[HostCost], *, is_json: bool) -> None:
    if is_json:
        click.echo(as_json(costs))
        return
    for line in lines_of_costs(costs):
        say(line)


def _tell_days(costs: Sequence[HostCost]) -> None:
    """That an order will wait for other days, before it does."""
    over = [cost for cost in costs if cost.a_day is not None and cost.requests > cost.a_day]
    if over:
        longest = max(over, key=lambda cost: cost.takes_s)
        say(
            f"{longest.host} is asked {longest.a_day} times a day at most: that takes {told_span(longest.takes_s)}; "
            "--beyond-cap does not wait"
        )


# ------------------------------------------------------------------------------------ the work


def _work(settings: Settings, store: Store, order: Recrawl, *, is_waiting: bool, is_json: bool) -> None:
    if not order.articles:
        store.revisits.look(datetime.now(UTC), is_standing=False)
        say("no stored article answers that; nothing is fetched")
        return
    if not is_waiting:
        lead = f"re-crawl {order.id} of {order.articles} articles"
        if has_worker(store):
            say(f"{lead} is the service's now; `presswatch recrawl --status` shows how far it is")
        else:
            say(f"{lead} waits: no worker is running; start one with `presswatch up`")
        return
    try:
        _follow(settings, store, order, is_silent=is_json)
    finally:
        progress = store.recrawls.progress(order.id, datetime.now(UTC))
        if is_json:
            click.echo(as_json(progress))
        else:
            _tell(progress)


def _follow(settings: Settings, store: Store, order: Recrawl, *, is_silent: bool) -> None:
    """Shows how far it is until it ends; where no worker runs, or none any more, does the work."""
    last = ""
    try:
        while has_worker(store):
            progress = store.recrawls.progress(order.id, datetime.now(UTC))
            if progress.recrawl.state is not RecrawlState.RUNNING:
                return
            if (line := _line(progress)) != last and not is_silent:
                say(line)
            last = line
            time.sleep(_TELL_EVERY_S)
    except KeyboardInterrupt:
        say(f"\nre-crawl {order.id} goes on in the service; `presswatch recrawl --stop {order.id}` stops it")
        return
    crawl_here(settings, "recrawl", order.outlet_keys)
    store.revisits.look(datetime.now(UTC), is_standing=False)


# -------------------------------------------------------------------------------------- telling


def _show(store: Store, *, is_json: bool) -> None:
    now = datetime.now(UTC)
    shown = [store.recrawls.progress(each.id, now) for each in store.recrawls.recrawls(_SHOWN)]
    if is_json:
        click.echo(as_json(shown))
    elif not shown:
        say(f"no re-crawl yet; begin one with `{_EXAMPLE}`")
    else:
        for progress in shown:
            _tell(progress)


def _stop(store: Store, which: str) -> None:
    if which != "all" and not which.isdigit():
        raise click.UsageError(f"--stop {which} names no re-crawl; write its number, or --stop alone for all")
    stopped = store.recrawls.stop(None if which == "all" else int(which), datetime.now(UTC))
    for order in stopped:
        say(f"stopped re-crawl {order.id} ({order.words}); `presswatch recrawl --resume {order.id}` goes on with it")
    if not stopped:
        say("no re-crawl is running" if which == "all" else f"no re-crawl {which} is running")


def _tell(progress: RecrawlProgress) -> None:
    order = progress.recrawl
    say(f"re-crawl {order.id}, {order.words}: {order.state.value}, begun {ago(order.created_at)}")
    say(f"  {_line(progress)}")
    if progress.ended:
        say("  " + ", ".join(f"{count} {reason}" for reason, count in progress.ended))


def _line(progress: RecrawlProgress) -> str:
    parts = [f"{progress.done} of {progress.recrawl.articles} articles done"]
    if progress.under_way:
        parts.append(f"{progress.under_way} under way")
    now = datetime.now(UTC)
    end = progress.ends_at(now)
    if end is not None:
        parts.append(f"done in about {told_span(max(1.0, (end - now) / timedelta(seconds=1)))}")
    return ", ".join(parts)
