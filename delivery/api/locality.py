"""Where a request comes from: from whoever sits at this machine, or from elsewhere.

The connection and the name that was asked for must both be loopback, and no proxy may say that it asks for somebody
else.
"""

from __future__ import annotations

import ipaddress

from fastapi import Request

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_MOST_CHARS = 64  # an IPv6 address with a long zone
#: A proxy that names whom it asks for serves others than this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def sits_here(request: Request) -> bool:
    """Whether whoever sends this request sits at this machine, as far as can be told."""
    if not (_is_loopback(request.scope.get("client")) and came_to_loopback(request)):
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    return (request.url.hostname or "").lower() in _LOOPBACK_NAMES


def came_to_loopback(request: Request) -> bool:
    """Whether the connection ends at an address that only this machine reaches."""
    return _is_loopback(request.scope.get("server"))


def address_of(request: Request) -> str | None:
    """Of whoever asks, as the connection or a proxy that is trusted tells it; cut where that is no address."""
    client = request.scope.get("client")
    return str(client[0])[:_MOST_CHARS] if client else None


def _is_loopback(end: tuple[str, int | None] | None) -> bool:
    try:
        return end is not None and ipaddress.ip_address(end[0]).is_loopback
    except ValueError:
        return False
