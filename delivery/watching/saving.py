"""What is checked before a watchlist is saved."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Sequence

from storage.records import Outlet

_MOST_NAME_CHARS = 80
#: A search names the feed that is made of it, so what queries hold may stand in a name.
_SIGNS = frozenset(" .,:;!?'\"@#*()/&+_-’‘“”„«»–—…״׳،؛؟\u200c\u200d")  # noqa: RUF001 (all of them are meant)
_NOT_FIRST = frozenset("-+")  # a command would take it for an option, a spreadsheet for a formula


class BadWatchlist(ValueError):
    """A watchlist cannot be saved so; the message tells why, `field` what of it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def checked_name(name: str) -> str:
    """The name without spaces around it. Raises BadWatchlist."""
    name = " ".join(name.split())
    if not 0 < len(name) <= _MOST_NAME_CHARS or name[0] in _NOT_FIRST or not all(map(_is_of_names, name)):
        raise BadWatchlist(
            "name",
            "a name has 1 to 80 letters, digits, spaces, quotation marks and . , : ; ! ? @ # * "
            "( ) / & + _ -, and begins with neither - nor +",
        )
    return name


def _is_of_names(character: str) -> bool:
    """Marks and joiners are no letters, but Persian, Hebrew and the scripts of India are not written without them."""
    return character.isalnum() or character in _SIGNS or unicodedata.category(character) in {"Mn", "Mc"}


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
