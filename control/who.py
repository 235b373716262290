"""Who gives an order on the command line."""

from __future__ import annotations

import getpass

import click


def login_name() -> str:
    """The name that this process runs under; "command" where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have none
        return "command"


by_option = click.option("--by", default=login_name, metavar="NAME", help="Who orders it.  [default: your login name]")
