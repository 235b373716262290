"""The commands of `presswatch`, all of them imported."""

from __future__ import annotations

from collections.abc import Iterator

import click


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """The commands of a group by name."""
    context = click.Context(group)
    found = {name: group.resolve_command(context, [name])[1] for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def leaves(command: click.Command, *path: str) -> Iterator[str]:
    """All commands that do something, as they are typed."""
    if isinstance(command, click.Group):
        for name, child in commands_of(command).items():
            yield from leaves(child, *path, name)
    else:
        yield " ".join(path)
