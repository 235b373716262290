"""The crawl of `tests.integration.hostile_crawl` in a world where every name is one of a single machine: ALL_NAMES_AT.

The resolver of the operating system is replaced before Twisted takes hold of it; nothing of ours is.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Any


def resolve_all_to(address: str) -> None:
    """Makes every name resolve to an address; addresses, however they are written, stay."""
    asked = socket.getaddrinfo

    def answer(host: Any, *args: Any, **options: Any) -> Any:
        try:
            ipaddress.ip_address(str(host))
        except ValueError:
            host = address
        return asked(host, *args, **options)

    socket.getaddrinfo = answer


if __name__ == "__main__":
    resolve_all_to(os.environ["ALL_NAMES_AT"])
    from tests.integration.hostile_crawl import main

    main()
