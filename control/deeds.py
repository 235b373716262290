"""Which commands change something, so that the audit log tells of them, and what it says of what they were given."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from control.later import LaterCommand

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
        note = partial(_note, words=(*path, name))
        if isinstance(command, LaterCommand):
            command.then(note)
        else:
            note(command)


def _note(command: click.Command, words: tuple[str, ...]) -> None:
    told = " ".join(words)
    if isinstance(command, click.Group):
        note_changes(command, *words)
        is_command = command.invoke_without_command
    else:
        is_command = told not in ONLY_LOOK | PROCESSES
    if is_command and command.callback is not None:
        command.callback = _noted(f"presswatch {told}", command.callback)


def _noted(what: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def noted(*args: Any, **given: Any) -> Any:
        from control.noting import noted_in_log  # noqa: PLC0415 (help is listed without it)
        from control.settings import Settings  # noqa: PLC0415

        context = click.get_current_context()
        if context.invoked_subcommand is not None or any(context.params.get(name) for name in _LOOKING):
            return callback(*args, **given)
        settings = context.find_object(Settings)
        if settings is None:
            raise TypeError("commands are run with their settings")
        with noted_in_log(settings, what, about(context)):
            return callback(*args, **given)

    return noted


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
