"""What commands change stands in the audit log: who ran one, on which machine, with what, and how it ended."""

from __future__ import annotations

import functools
import os
import pwd
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from control.settings import Settings
from storage.errors import StorageError, StoreNotReady
from storage.store import audit_log_at

#: Commands that only look. Every other one is noted, so that a new one is not left out by oversight.
ONLY_LOOK = frozenset(
    {
        "archive prove", "archive verify", "articles", "audit", "changes", "channels list", "channels log",
        "credentials list", "diff", "doctor", "explain", "extract", "feeds list", "health", "ledger",
        "outlets list", "outlets quality", "outlets show", "outlets test", "quarantine list", "reextract list",
        "reextract show", "retention list", "retention show", "rules suggest", "search", "show",
        "sources list", "status", "stories list", "stories show", "subscriptions", "users list",
        "watchlists entities", "watchlists list", "watchlists show", "watchlists test", "watchlists why",
        "workers",
    }
)  # fmt: skip
#: The service's own processes, which change nothing by being started.
PROCESSES = frozenset({"up", "scheduler", "worker", "web", "courier"})
#: Options with which a command only looks.
_LOOKING = ("dry_run", "is_list", "is_status", "verify")
#: Kinds of values that are no secrets.
_OPEN_KINDS = (click.Choice, click.types.IntParamType, click.types.FloatParamType, click.types.BoolParamType)


def note_changes(group: click.Group, *path: str) -> None:
    """Has every command of a group that changes something noted, those of groups within it too."""
    for name, command in group.commands.items():
        words = (*path, name)
        told = " ".join(words)
        if isinstance(command, click.Group):
            note_changes(command, *words)
            is_command = command.invoke_without_command
        else:
            is_command = told not in ONLY_LOOK | PROCESSES
        if is_command and command.callback is not None:
            command.callback = _noted(f"presswatch {told}", command.callback)


def _noted(what: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def noted(*args: Any, **given: Any) -> Any:
        context = click.get_current_context()
        if context.invoked_subcommand is not None or any(context.params.get(name) for name in _LOOKING):
            return callback(*args, **given)
        settings = context.find_object(Settings)
        if settings is None:
            raise TypeError("commands are run with their settings")
        with _entry(settings, what, about(context)):
            return callback(*args, **given)

    return noted


@contextmanager
def _entry(settings: Settings, what: str, told: str) -> Iterator[None]:
    number, is_new_store = _begun(settings, what, told)
    outcome = "failed"
    try:
        yield
        outcome = "done"
    except (click.exceptions.Exit, SystemExit) as end:
        code = end.exit_code if isinstance(end, click.exceptions.Exit) else end.code
        outcome = "done" if code in (0, None) else "failed"
        raise
    finally:
        if number is None and is_new_store:
            number, _ = _begun(settings, what, told)
        if number is not None:
            _end(settings, number, outcome)


def _begun(settings: Settings, what: str, told: str) -> tuple[int | None, bool]:
    """The entry's number, None where none could be made; whether that is since the store is not ready yet.

    A store that does not answer keeps no command from saying so itself.
    """
    try:
        with audit_log_at(settings.store_url) as log:
            entry = log.begin(who=_who(), address=None, what=what, about=told, now=datetime.now(UTC))
    except StoreNotReady:
        return None, True
    except StorageError:
        return None, False
    return entry, False


def _end(settings: Settings, number: int, outcome: str) -> None:
    try:
        with audit_log_at(settings.store_url) as log:
            log.end(number, outcome)
    except StorageError as error:
        click.echo(f"presswatch: the audit log does not tell how this ended: {error}", err=True)


def about(context: click.Context) -> str:
    """What a command was given: its arguments, and which options; texts that may be secret are left out."""
    parts: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if context.get_parameter_source(parameter.name or "") in (None, ParameterSource.DEFAULT) or value is None:
            continue
        values = value if isinstance(value, tuple) else (value,)
        if isinstance(parameter, click.Argument):
            parts += [_shown(str(each)) for each in values]
        elif isinstance(parameter.type, _OPEN_KINDS):
            parts += [f"{parameter.opts[0]}={each}" for each in values]
        else:
            parts.append(f"{parameter.opts[0]}=…")
    return " ".join(parts)


def _shown(text: str) -> str:
    """Of an address no more than its site: what follows, or stands before it, may be what lets one in there."""
    scheme, slashes, _ = text.partition("://")
    if not slashes:
        return text
    if scheme.lower() not in {"http", "https"}:
        return f"{scheme}://…"
    try:
        return f"{scheme}://{urlsplit(text).hostname or ''}/…"
    except ValueError:
        return f"{scheme}://…"


def _who() -> str:
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container
        name = f"user {number}"
    return f"command: {name} at {socket.gethostname()}"
