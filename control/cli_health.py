"""`presswatch health`: whether a process of the service works, for whatever watches over it."""

from __future__ import annotations

import http.client
import re
import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import click

from control.printing import say
from control.refusal import Refusal
from control.settings import Settings
from storage.alone import processes_at
from storage.records import ProcessInfo

#: A process beats every five seconds; a store that is slow for a while does not make it dead.
ALIVE_WITHIN = timedelta(seconds=30)
_ANSWER_WITHIN_S = 5.0
_ROLES = ("scheduler", "worker", "web", "courier")


@click.command("health")
@click.argument("role", type=click.Choice(_ROLES))
@click.option("--name", help="The process of this name, instead of any of this role on this host.")
@click.pass_obj
def health_command(settings: Settings, role: str, name: str | None) -> None:
    """Tell whether this host's process of ROLE lives: it was heard of in the last 30 s; the web process must also
    answer /readyz. Exit status 1 if not.
    """
    with processes_at(settings.store_url) as book:
        processes = book.processes()
    name = name or (settings.worker_name if role == "worker" else None)
    wanted = re.escape(name) if name else _names_here(role)
    found = [each for each in processes if each.role == role and re.fullmatch(wanted, each.name)]
    now = datetime.now(UTC)
    alive = [each for each in found if now - each.seen_at <= ALIVE_WITHIN]
    if not alive:
        raise Refusal(_last_words(role, name, found, now))
    if role == "web":
        _require_ready(alive[0])
    for each in alive:
        say(f"{role} {each.name} was heard of {(now - each.seen_at).total_seconds():.0f} s ago")


def _names_here(role: str) -> str:
    """The names that processes of this host take by themselves."""
    number = r"|\d+" if role == "worker" else ""
    return rf"{re.escape(socket.gethostname())}-({role}|up-{role}{number})"


def _last_words(role: str, name: str | None, found: list[ProcessInfo], now: datetime) -> str:
    which = f"{role} {name}" if name else f"{role} of {socket.gethostname()}"
    if not found:
        return f"no {which} was ever heard of, or it ended in order; `presswatch status` shows what runs"
    seconds = min((now - each.seen_at).total_seconds() for each in found)
    return f"the {which} was last heard of {seconds:.0f} s ago; its log tells why, and so may `presswatch doctor`"


def _require_ready(web: ProcessInfo) -> None:
    """Asks the web process itself, at the address that it told."""
    place = urlsplit(web.detail or "")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(place.hostname or "", place.hostname or "127.0.0.1")  # noqa: S104
    connection = http.client.HTTPConnection(host, place.port, timeout=_ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Refusal(f"{web.detail}readyz does not answer: {error}") from error
    finally:
        connection.close()
    if status != http.client.OK:
        raise Refusal(f"{web.detail}readyz answered {status}; the web process does not reach its store")
