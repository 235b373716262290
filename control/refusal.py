"""How a command says that it cannot be done."""

from __future__ import annotations

from typing import IO, Any

import click

from control.logs import printable


class Refusal(click.ClickException):
    """A command that cannot be done: one line on standard error that says why, and what to do; exit status 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints it; what came from outside cannot control the terminal."""
        click.echo(f"presswatch: {printable(self.format_message())}", file=file, err=file is None)


class WrongWords(Refusal):
    """The words of the command are wrong; exit status 2."""

    exit_code = 2
