"""How far a command is, told to whoever waits for it."""

from __future__ import annotations

import time

import click

_EVERY_S = 1.0


class ProgressLine:
    """Prints a line a second at the most, apart from what the command finds."""

    def __init__(self, *, is_silent: bool = False) -> None:
        self._is_silent = is_silent
        self._told_at = 0.0

    def tell(self, line: str, *, is_end: bool = False) -> None:
        """How far it is now; the `is_end` of a part is told in any case."""
        now = time.monotonic()
        if self._is_silent or not (is_end or now - self._told_at > _EVERY_S):
            return
        self._told_at = now
        click.echo(line, err=True)
