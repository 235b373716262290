"""`presswatch up` and the service's own processes: `scheduler`, `worker`, `web`, `courier`."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import click

from control.contact import EVERYWHERE, demand_contact
from control.loopback import is_loopback
from control.settings import Settings, load_settings

_PR_SET_PDEATHSIG = 1


@click.command("up")
@click.option("--host", help="Address that the page listens on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port of the page; 0 takes a free one.  [default: 8765]")
@click.option("--public", is_flag=True, help="Let other machines reach the page, on all addresses or that of --host.")
@click.pass_obj
def up_command(settings: Settings, host: str | None, port: int | None, public: bool) -> None:
    """Run the whole service here: scheduler, worker, web and courier.

    Creates the store and loads the catalogue at the first start. Ctrl-C ends it in order, a second one at once.
    --public is refused without PRESSWATCH_CONTACT: a service that others see must be one that outlets can write to.
    """
    from control.supervisor import Supervisor  # noqa: PLC0415 (each process loads only what it needs)

    demand_contact(settings, is_public=public)
    if public and host is None and is_loopback(settings.host):
        host = EVERYWHERE
    given = {"PRESSWATCH_HOST": host, "PRESSWATCH_PORT": None if port is None else str(port)}
    os.environ.update({name: value for name, value in given.items() if value is not None})  # its processes read it
    sys.exit(Supervisor(load_settings(host=host, port=port) if host or port is not None else settings).run())


def _of_a_process(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of each process of the service."""
    named = click.option("--name", help="Its name, unique among all processes of the service.")
    dying = click.option("--die-with", type=int, hidden=True, help="End when this process, our parent, ends.")
    return click.pass_obj(dying(named(command)))


@click.command("scheduler")
@_of_a_process
def scheduler_command(settings: Settings, name: str | None, die_with: int | None) -> None:
    """Run the scheduler: puts due sources into the visit queue."""
    _die_with(die_with)
    from control.scheduler import run_scheduler  # noqa: PLC0415

    run_scheduler(settings, name or _name_of("scheduler"))


@click.command("worker")
@_of_a_process
def worker_command(settings: Settings, name: str | None, die_with: int | None) -> None:
    """Run a worker: visits sources, fetches and extracts articles, stores them."""
    _die_with(die_with)
    from crawler.pipelines.forked import start_fork_server  # noqa: PLC0415

    start_fork_server()  # it loads its libraries while this process loads Scrapy
    from control.worker import run_worker  # noqa: PLC0415

    run_worker(settings, name)  # without a name it names itself: several may run on a host


@click.command("web")
@_of_a_process
def web_command(settings: Settings, name: str | None, die_with: int | None) -> None:
    """Run the web server: pages, feeds and API."""
    _die_with(die_with)
    from control.web import run_web  # noqa: PLC0415

    run_web(settings, name or _name_of("web"))


@click.command("courier")
@_of_a_process
def courier_command(settings: Settings, name: str | None, die_with: int | None) -> None:
    """Run the courier: delivers new articles to webhooks."""
    _die_with(die_with)
    from control.courier import run_courier  # noqa: PLC0415

    run_courier(settings, name or _name_of("courier"))


def _name_of(role: str) -> str:
    return f"{socket.gethostname()}-{role}"


def _die_with(parent: int | None) -> None:
    """Has the kernel end this process when its supervisor is killed: two workers of one name must never run."""
    if parent is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
