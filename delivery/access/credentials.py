"""Tokens: made, named, and read from an Authorization header."""

from __future__ import annotations

import base64
import binascii
import secrets
import unicodedata
from dataclasses import dataclass, field

#: So that a token that got into a repository or a log is found by those who look for such.
TOKEN_PREFIX = "presswatch_"  # noqa: S105 (no secret)
_MOST_NAME_CHARS = 40
_MOST_TOKEN_CHARS = 200
#: Names for those who are no users: who sits at this machine while there are none, and who reads from elsewhere.
HERE, NOBODY = "console at loopback", "nobody"
_RESERVED = frozenset({HERE, NOBODY, "command"})


class BadName(Exception):
    """No user can be called that; the message says what a name may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request brought along to say who sends it."""

    token: str = field(repr=False)
    name: str | None  # None: only a token
    is_basic: bool  # sent by itself by a browser that was given it once


def new_token() -> str:
    """A token of 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def new_key() -> str:
    """The key of a session, as random."""
    return secrets.token_urlsafe(32)


def checked_user_name(text: str) -> str:
    """A name as it is kept: letters and digits of any script, and . _ - @ or blanks within. Raises BadName."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not 0 < len(name) <= _MOST_NAME_CHARS or name.casefold() in _RESERVED or not all(map(_is_of_names, name)):
        raise BadName(
            f"a user cannot be called {text!r}: take 1 to {_MOST_NAME_CHARS} letters, digits, blanks or . _ - @"
        )
    return name


def credentials_in(header: str) -> Credentials | None:
    """What an Authorization header says; None for what is neither Bearer (RFC 6750) nor Basic (RFC 7617)."""
    scheme, _, rest = header.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer" and 0 < len(rest) <= _MOST_TOKEN_CHARS:
        return Credentials(token=rest, name=None, is_basic=False)
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, token = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    if not colon or not 0 < len(token) <= _MOST_TOKEN_CHARS:
        return None
    return Credentials(token=token, name=unicodedata.normalize("NFC", name), is_basic=True)


def _is_of_names(character: str) -> bool:
    return character.isalnum() or character in " ._-@\u200c" or unicodedata.category(character) in {"Mn", "Mc"}
