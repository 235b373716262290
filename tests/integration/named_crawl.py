"""The crawl of `tests.integration.hostile_crawl` in a world of names: all at one machine (ALL_NAMES_AT=address), or where
the test's own DNS server says when it is asked (NAMES_FROM=port, see `tests.integration.nameserver`) and answers within
LOOKUP_S.

The resolver of the operating system is replaced before Twisted takes hold of it; nothing of ours is.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Callable
from typing import Any


def resolve_by(ask: Callable[[str], list[str]]) -> None:
    """Makes names resolve to what `ask` answers; addresses, however they are written, stay."""
    asked = socket.getaddrinfo

    def answer(host: Any, *args: Any, **options: Any) -> Any:
        if _is_address(str(host)):
            return asked(host, *args, **options)
        try:
            found = [each for address in ask(str(host)) for each in asked(address, *args, **options)]
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution") from error
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    socket.getaddrinfo = answer


def _is_address(host: str) -> bool:
    """Whether the operating system would read it as an address and ask nobody."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return re.fullmatch(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+)){0,3}", host, re.IGNORECASE) is not None
    return True


def main() -> None:
    if port := os.environ.get("NAMES_FROM"):
        from tests.integration.nameserver import asking  # noqa: PLC0415 (it loads parts of Twisted)

        resolve_by(asking(int(port), float(os.environ.get("LOOKUP_S", "5"))))
    else:
        resolve_by(lambda _: [os.environ["ALL_NAMES_AT"]])
    from tests.integration.hostile_crawl import main as crawl  # noqa: PLC0415 (it loads Twisted)

    crawl()


if __name__ == "__main__":
    main()
