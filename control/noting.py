"""The audit log's entry of a command that changes something: who ran it, on which machine, and how it ended."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from control.settings import Settings
from storage.alone import audit_log_at
from storage.errors import StorageError, StoreNotReady


@contextmanager
def noted_in_log(settings: Settings, what: str, told: str) -> Iterator[None]:
    """Notes that a command begins and, after the block, how it ended. `told`: what it was given."""
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


def _who() -> str:
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container
        name = f"user {number}"
    return f"command: {name} at {socket.gethostname()}"
