"""Who may change something through a page.

Without users, whoever sits at this machine may: the connection and the name that was asked for must both be
loopback, and no proxy may say that it asks for somebody else. This is the one place to ask for a role.
"""

from __future__ import annotations

import ipaddress
from http import HTTPStatus

from fastapi import HTTPException, Request

AT_LOOPBACK = "console at loopback"
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
#: A proxy that names whom it asks for serves others than this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

READ_ONLY = (
    "Changes are made at this machine's own address (http://127.0.0.1, or a tunnel to it) or by command: without users "
    "nobody can tell who asks from elsewhere."
)


def may_write(request: Request) -> bool:
    """Whether whoever sends this request may change something."""
    ends = (request.scope.get("client"), request.scope.get("server"))
    if not all(end is not None and _is_loopback(end[0]) for end in ends):
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    return (request.url.hostname or "").lower() in _LOOPBACK_NAMES


def writer_of(request: Request) -> str:
    """Who changes something, as it is noted with the change. Raises HTTPException (403) for who may not."""
    if not may_write(request):
        raise HTTPException(HTTPStatus.FORBIDDEN, READ_ONLY)
    return AT_LOOPBACK


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
