"""No webhook reaches an address that it may not.

A name is judged by the addresses it resolves to, on the way to the connection, so there is no time between
check and use in which it could change (DNS rebinding).
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from aiohttp.abc import AbstractResolver, ResolveResult

from delivery.channels.threads import Threads

#: Lookups under way at once; a name server that does not answer holds one of them for up to a minute.
_LOOKUPS = 64


class RefusedAddress(OSError):
    """A receiver is at an address that may not be connected to."""


def refused(host: str, address: str) -> RefusedAddress:
    """The refusal, in words for an operator."""
    where = f"{host} is" if host == address else f"{host} is at {address},"
    return RefusedAddress(
        f"{where} not a public address, so nothing is sent there; "
        "if it is meant to be, add its network to PRESSWATCH_ALLOW_NETWORKS"
    )


class GuardedResolver(AbstractResolver):
    """aiohttp's resolver: passes on only addresses for which `is_allowed` holds."""

    def __init__(self, is_allowed: Callable[[str], bool]) -> None:
        self._is_allowed = is_allowed
        self._threads = Threads("lookup", _LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolves a host. Raises RefusedAddress when it has none but refused addresses, OSError when it has none."""
        found = await self._threads.call(lambda: socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM))
        results = []
        for kind, _type, proto, _name, place in found:
            address = str(place[0])
            if self._is_allowed(address):
                flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
                results.append(
                    ResolveResult(hostname=host, host=address, port=port, family=kind, proto=proto, flags=flags)
                )
        if not results:
            raise refused(host, str(found[0][4][0]) if found else "no address")
        return results

    async def close(self) -> None:
        """Nothing is kept open."""
