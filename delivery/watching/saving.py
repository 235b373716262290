"""What is checked before a watchlist is saved."""

from __future__ import annotations

import re
import secrets

_NAME = re.compile(r"[\w@(][\w .,:@()/&+-]{0,79}")


class BadWatchlist(ValueError):
    """A watchlist cannot be saved so; the message tells why."""


def checked_name(name: str) -> str:
    """The name without spaces around it. Raises BadWatchlist."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name):
        raise BadWatchlist("a watchlist's name has 1 to 80 letters, digits, spaces and . , : @ ( ) / & + _ -")
    return name


def new_token() -> str:
    """A secret for the addresses of a watchlist's feeds: 192 bits."""
    return secrets.token_urlsafe(24)
