"""`presswatch crawl`."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import click

from control.opening import load_catalogue, open_from, upgrade_store
from control.printing import json_option, say
from control.settings import Settings
from control.working import crawl_here
from crawler.pipelines.forked import start_fork_server
from storage.store import Store


@click.command("crawl")
@click.argument("outlets", nargs=-1, metavar="[OUTLET]...")
@click.option("--quiet", "-q", is_flag=True, help="Print only the summary.")
@json_option
@click.pass_obj
def crawl_command(settings: Settings, outlets: tuple[str, ...], quiet: bool, as_json_lines: bool) -> None:
    """Visit the sources of these outlets (all without a name) once, now, and fetch what is new.

    Prints a summary; exit status 1 when nothing could be reached, 2 when an outlet is not known. The service
    may run meanwhile: outlets that it is working on are left to it.
    """
    start_fork_server()  # it loads its libraries while the store is made ready
    upgrade_store(settings)
    store = open_from(settings)
    try:
        load_catalogue(settings, store)
        keys = _known(store, outlets)
        visits_before = _last_visit(store)
        began = time.monotonic()
        progress = _Progress(store, visits_before, silent=quiet or as_json_lines)
        stats = crawl_here(settings, "crawl", keys, progress.follow)
        progress.catch_up()
        summary = _summary(store, keys, stats, visits_before)
        summary["seconds"] = round(time.monotonic() - began, 1)
    finally:
        store.close()
    if as_json_lines:
        click.echo(json.dumps(summary))
    else:
        _tell(summary)
    if not summary["visits"]["read"] + summary["visits"]["unchanged"]:
        raise click.exceptions.Exit(1)


def _known(store: Store, outlets: tuple[str, ...]) -> list[str]:
    known = {outlet.key for outlet in store.outlets.outlets()}
    unknown = [key for key in outlets if key not in known]
    if unknown:
        raise click.UsageError(
            f"no outlet is called {', '.join(unknown)}; `presswatch outlets list` shows those there are"
        )
    if not known:
        raise click.UsageError("there are no outlets; add one with `presswatch outlets add https://example.org`")
    return list(outlets) or sorted(known)


class _Progress:
    """Prints visits and new articles while the crawl runs in this process."""

    def __init__(self, store: Store, last_visit: int, *, silent: bool) -> None:
        self._store = store
        self._last_visit = last_visit
        self._last_event = store.events.last_seq()
        self._silent = silent

    def follow(self, crawler: Any) -> None:
        """Looks once a second, from the crawler's own loop."""
        from scrapy import signals  # noqa: PLC0415
        from scrapy.utils.asyncio import create_looping_call  # noqa: PLC0415

        loop = create_looping_call(self.catch_up)
        crawler.signals.connect(lambda: loop.start(1.0, now=False), signal=signals.engine_started, weak=False)
        crawler.signals.connect(
            lambda: loop.stop() if loop.running else None, signal=signals.engine_stopped, weak=False
        )

    def catch_up(self) -> None:
        """Prints what happened since the last look."""
        if self._silent:
            return
        for visit in reversed(self._store.library.visits(None, 200, after_id=self._last_visit)):
            self._last_visit = max(self._last_visit, visit.id)
            what = f"{visit.new} new of {visit.listed}" if visit.outcome.value == "read" else visit.outcome.value
            why = f": {visit.detail or visit.reason}" if visit.outcome.value == "failed" else ""
            say(f"visit    {visit.outlet_key:18} {visit.source_url}  {what}{why}")
        for event in self._store.events.since(self._last_event, 1000):
            self._last_event = event.seq
            if event.article_id is not None:
                word = "new" if event.kind.value == "article.stored" else "revised"
                say(f"{word:8} {event.outlet_key:18} {event.payload['title']}")


def _last_visit(store: Store) -> int:
    return max((visit.id for visit in store.library.visits(None, 1)), default=0)


def _summary(store: Store, keys: list[str], stats: dict[str, Any], visits_before: int) -> dict[str, Any]:
    counts = {name: stats.get(f"presswatch/visits/{name}", 0) for name in ("read", "unchanged", "failed")}
    prefix = "presswatch/candidates/"
    reasons = {name.removeprefix(prefix): count for name, count in stats.items() if name.startswith(prefix)}
    waiting, _ = store.crawl.pending_count(keys)
    failures = [
        {"outlet": visit.outlet_key, "source": visit.source_url, "reason": visit.reason, "detail": visit.detail}
        for visit in store.library.visits(None, 10_000, after_id=visits_before)
        if visit.outcome.value == "failed" and visit.outlet_key in keys
    ]
    return {
        "outlets": len(keys),
        "visits": counts,
        "candidates": reasons,
        "articles": {"new": reasons.get("stored", 0), "revised": reasons.get("revised", 0)},
        "waiting": waiting,
        "failures": failures,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _tell(summary: dict[str, Any]) -> None:
    visits, articles = summary["visits"], summary["articles"]
    say()
    say(
        f"{summary['outlets']} outlets in {summary['seconds']} s: "
        f"{visits['read'] + visits['unchanged']} sources read, {visits['failed']} failed; "
        f"{articles['new']} new articles, {articles['revised']} revised"
    )
    rest = {
        name: count for name, count in summary["candidates"].items() if name not in {"stored", "revised", "postponed"}
    }
    if rest:
        say("other candidates: " + ", ".join(f"{count} {name}" for name, count in sorted(rest.items())))
    if summary["waiting"]:
        say(f"{summary['waiting']} candidates wait for a later try; the service or the next crawl fetches them")
    for failure in summary["failures"]:
        say(f"failed: {failure['source']} ({failure['outlet']}): {failure['detail'] or failure['reason']}")
