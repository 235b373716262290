"""Commands that are imported once they are chosen: to load what each of them needs takes seconds, which none should pay
for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import click


class LaterCommand(click.Command):
    """Stands for a command in lists and in help until it is chosen."""

    def __init__(self, name: str, place: str, told: str) -> None:
        """`place`: "module:attribute"; `told`: the first sentence of its help."""
        super().__init__(name, help=told)
        self._place = place
        self._then: list[Callable[[click.Command], None]] = []

    def then(self, act: Callable[[click.Command], None]) -> None:
        """Has something done with the command once it is imported, before it runs."""
        self._then.append(act)

    def load(self) -> click.Command:
        """Imports the command."""
        module, _, attribute = self._place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        for act in self._then:
            act(command)
        return command


class LaterGroup(click.Group):
    """A group of which commands may be imported once they are chosen."""

    def add_later(self, commands: Mapping[str, tuple[str, str]]) -> None:
        """Adds commands by name: where each is ("module:attribute"), and the first sentence of its help."""
        for name, (place, told) in commands.items():
            self.add_command(LaterCommand(name, place, told))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names, imported, and the words after it."""
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, LaterCommand):
            command = command.load()
            self.add_command(command, name)
        return name, command, rest
