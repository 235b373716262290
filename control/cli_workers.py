"""`presswatch workers`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click

from control.cli_health import ALIVE_WITHIN
from control.opening import open_from
from control.printing import as_json, json_option, say
from control.settings import Settings
from storage.records import ProcessInfo

_MIB = 1024 * 1024


@click.command("workers")
@json_option
@click.pass_obj
def workers_command(settings: Settings, as_json_lines: bool) -> None:
    """Show the workers: where each runs, what it holds and has under way, its pace and its memory."""
    store = open_from(settings)
    try:
        workers = [each for each in store.processes.processes() if each.role == "worker"]
    finally:
        store.close()
    now = datetime.now(UTC)
    if as_json_lines:
        click.echo(as_json([_record(each, now) for each in workers]))
        return
    if not workers:
        say("no worker runs; `presswatch up` starts the service, `presswatch worker` a further worker")
    for line in _lines(workers, now):
        say(line)


def _record(worker: ProcessInfo, now: datetime) -> dict[str, object]:
    work, process = worker.figures.get("work", {}), worker.figures.get("process", {})
    return {
        "name": worker.name,
        "host": worker.host,
        "pid": worker.pid,
        "started_at": worker.started_at,
        "seen_at": worker.seen_at,
        "is_alive": now - worker.seen_at <= ALIVE_WITHIN,
        "partitions": work.get("partitions"),  # None: the domains are not shared out, who comes first has them
        "domains": work.get("domains"),
        "under_way": work.get("under_way"),
        "waiting": work.get("waiting"),
        "articles_a_minute": work.get("articles_a_minute"),
        "memory_bytes": process.get("memory_bytes"),
    }


def _lines(workers: list[ProcessInfo], now: datetime) -> Iterator[str]:
    for worker in workers:
        told = _record(worker, now)
        since = now - worker.started_at
        yield f"{worker.name}  on {worker.host or 'a host unknown'}, pid {worker.pid}, since {_span(since)}"
        if not told["is_alive"]:
            yield f"    last heard of {_span(now - worker.seen_at)} ago: what it held is with the others"
            continue
        if told["domains"] is None:
            yield "    begins"
            continue
        shares = "" if told["partitions"] is None else f"{told['partitions']:g} partitions, "
        memory = worker.figures["process"].get("memory_bytes", 0) / _MIB
        yield (
            f"    {shares}{told['domains']:g} domains held, {told['under_way']:g} requests under way, "
            f"{told['waiting']:g} waiting; {told['articles_a_minute']:g} articles a minute; "
            f"{memory:.0f} MiB with its children; heard of {_span(now - worker.seen_at)} ago"
        )


def _span(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    if seconds < 120:  # noqa: PLR2004
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"  # noqa: PLR2004
