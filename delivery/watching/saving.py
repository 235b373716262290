"""What is checked before a watchlist is saved."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence

from storage.records import Outlet

_NAME = re.compile(r"[\w@(][\w .,:@()/&+-]{0,79}")


class BadWatchlist(ValueError):
    """A watchlist cannot be saved so; the message tells why, `field` what of it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def checked_name(name: str) -> str:
    """The name without spaces around it. Raises BadWatchlist."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name):
        raise BadWatchlist("name", "a name has 1 to 80 letters, digits, spaces and . , : @ ( ) / & + _ -")
    return name


def checked_outlets(keys: Sequence[str], known: Iterable[Outlet]) -> tuple[str, ...]:
    """The keys, each once. Raises BadWatchlist for one that no outlet has."""
    there = {outlet.key for outlet in known}
    for key in keys:
        if key not in there:
            raise BadWatchlist(
                "copy_outlets", f"no outlet has the key {key!r}; the outlets' page shows those there are"
            )
    return tuple(dict.fromkeys(keys))


def new_token() -> str:
    """A secret for the addresses of feeds: 192 bits."""
    return secrets.token_urlsafe(24)
