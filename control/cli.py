"""The `presswatch` command."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import click

from control.cli_archive import archive_group
from control.cli_backfill import backfill_command
from control.cli_backup import backup_command, restore_command
from control.cli_changes import changes_command, diff_command
from control.cli_channels import channels_group
from control.cli_crawl import crawl_command
from control.cli_credentials import credentials_group
from control.cli_export import export_command
from control.cli_extract import extract_command
from control.cli_feeds import feeds_group
from control.cli_health import health_command
from control.cli_hold import hold_command
from control.cli_ledger import ledger_command
from control.cli_outlets import outlets_group
from control.cli_quarantine import quarantine_group
from control.cli_read import articles_command, explain_command, show_command, status_command
from control.cli_recrawl import recrawl_command
from control.cli_reextract import reextract_group
from control.cli_retention import retention_group
from control.cli_retry import retry_command
from control.cli_rules import rules_group
from control.cli_search import search_command
from control.cli_sources import sources_group
from control.cli_store import db_group, doctor_command
from control.cli_stories import stories_group
from control.cli_subscriptions import subscriptions_command
from control.cli_users import audit_command, users_group
from control.cli_watchlists import watchlists_group
from control.cli_workers import workers_command
from control.contact import EVERYWHERE, demand_contact, is_loopback
from control.deeds import note_changes
from control.logs import printable, set_up_logging
from control.settings import VERSION, BadSettings, Settings, load_settings
from crawler.pipelines.forked import start_fork_server
from storage.errors import StorageError

_PR_SET_PDEATHSIG = 1


class _Group(click.Group):
    """Tells our own errors in a line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; exit status 1 for what went wrong, 2 for wrong words."""
        try:
            return super().invoke(ctx)
        except (BadSettings, StorageError) as error:
            click.echo(f"presswatch: {printable(str(error))}", err=True)  # it may quote what came from outside
            ctx.exit(1)
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="presswatch")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Monitors the press: finds new articles, fetches them politely, keeps every revision.

    Settings are environment variables PRESSWATCH_* or lines of presswatch.toml; docs/settings.md lists them.
    """
    settings = load_settings()
    set_up_logging(settings.log_level, role=ctx.invoked_subcommand)
    ctx.obj = settings


@cli.command("up")
@click.option("--host", help="Address that the page listens on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port of the page; 0 takes a free one.  [default: 8765]")
@click.option("--public", is_flag=True, help="Let other machines reach the page, on all addresses or that of --host.")
@click.pass_obj
def up_command(settings: Settings, host: str | None, port: int | None, public: bool) -> None:
    """Run the whole service here: scheduler, worker, web and courier.

    Creates the store and loads the catalogue at the first start. Ctrl-C ends it in order, a second one at once.
    --public is refused without PRESSWATCH_CONTACT: a service that others see must be one that outlets can write to.
    """
    from control.supervisor import Supervisor  # noqa: PLC0415 (each command loads only what it needs)

    demand_contact(settings, is_public=public)
    if public and host is None and is_loopback(settings.host):
        host = EVERYWHERE
    given = {"PRESSWATCH_HOST": host, "PRESSWATCH_PORT": None if port is None else str(port)}
    os.environ.update({name: value for name, value in given.items() if value is not None})  # its processes read it
    sys.exit(Supervisor(load_settings(host=host, port=port) if host or port is not None else settings).run())


def _process(role: str, text: str, load: Callable[[], Callable[..., None]]) -> None:
    """Adds the command of one process of the service."""

    @cli.command(role, help=text)
    @click.option("--name", help="Its name, unique among all processes of the service.")
    @click.option("--die-with", type=int, hidden=True, help="End when this process, our parent, ends.")
    @click.pass_obj
    def command(settings: Settings, name: str | None, die_with: int | None) -> None:
        if die_with is not None:
            _die_with(die_with)
        # A worker names itself: several may run on a host.
        load()(settings, name or (None if role == "worker" else f"{socket.gethostname()}-{role}"))


def _die_with(parent: int) -> None:
    """Has the kernel end this process when its supervisor is killed: two workers of one name must never run."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _load_scheduler() -> Callable[..., None]:
    from control.scheduler import run_scheduler  # noqa: PLC0415

    return run_scheduler


def _load_worker() -> Callable[..., None]:
    start_fork_server()  # it loads its libraries while this process loads Scrapy
    from control.worker import run_worker  # noqa: PLC0415

    return run_worker


def _load_web() -> Callable[..., None]:
    from control.web import run_web  # noqa: PLC0415

    return run_web


def _load_courier() -> Callable[..., None]:
    from control.courier import run_courier  # noqa: PLC0415

    return run_courier


_process("scheduler", "Run the scheduler: puts due sources into the visit queue.", _load_scheduler)
_process("worker", "Run a worker: visits sources, fetches and extracts articles, stores them.", _load_worker)
_process("web", "Run the web server: pages, feeds and API.", _load_web)
_process("courier", "Run the courier: delivers new articles to webhooks.", _load_courier)

for command in (
    crawl_command,
    backfill_command,
    status_command,
    articles_command,
    show_command,
    changes_command,
    diff_command,
    explain_command,
    ledger_command,
    retry_command,
    search_command,
    export_command,
    extract_command,
    outlets_group,
    sources_group,
    subscriptions_command,
    rules_group,
    reextract_group,
    retention_group,
    hold_command,
    channels_group,
    feeds_group,
    watchlists_group,
    credentials_group,
    users_group,
    audit_command,
    quarantine_group,
    stories_group,
    db_group,
    recrawl_command,
    archive_group,
    backup_command,
    restore_command,
    doctor_command,
    health_command,
    workers_command,
):
    cli.add_command(command)
note_changes(cli)


def main() -> None:
    """Entry point."""
    cli(prog_name="presswatch")
