"""Who sits at this machine, and so may do all while there are no users."""

from __future__ import annotations

import pytest
from fastapi import Request

from delivery.api.locality import sits_here

HERE, THERE = ("127.0.0.1", 5), ("203.0.113.5", 5)
ASKED = {
    "at this machine": (HERE, HERE, {"host": "127.0.0.1:8765"}, True),
    "at this machine by IPv6": (("::1", 5), ("::1", 5), {"host": "[::1]:8765"}, True),
    "at this machine by name": (HERE, HERE, {"host": "LocalHost:8765"}, True),
    "through a tunnel, which ends here": (HERE, HERE, {"host": "localhost:9000"}, True),
    "from elsewhere": (THERE, HERE, {"host": "127.0.0.1:8765"}, False),
    "at an address that others reach": (HERE, THERE, {"host": "127.0.0.1:8765"}, False),
    "nobody knows from where": (None, None, {"host": "127.0.0.1:8765"}, False),
    "over a socket file": (("", 0), ("/run/web.sock", None), {"host": "localhost"}, False),
    "by a name of this machine that others use": (HERE, HERE, {"host": "news.example.org"}, False),
    "by a name that begins like ours": (HERE, HERE, {"host": "localhost.example.org"}, False),
    "through a proxy": (HERE, HERE, {"host": "127.0.0.1", "x-forwarded-for": "203.0.113.5"}, False),
    "through a proxy that is told lies": (HERE, HERE, {"host": "127.0.0.1", "x-forwarded-for": "127.0.0.1"}, False),
    "through a proxy of another kind": (HERE, HERE, {"host": "127.0.0.1", "forwarded": "for=127.0.0.1"}, False),
    "through one that says only that it is there": (HERE, HERE, {"host": "127.0.0.1", "via": "1.1 proxy"}, False),
}


@pytest.mark.parametrize(("client", "server", "headers", "expected"), ASKED.values(), ids=ASKED)
def test_only_who_sits_at_this_machine_is_taken_for_it(client, server, headers, expected):
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/",
        "query_string": b"",
        "client": client,
        "server": server,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    assert sits_here(Request(scope)) is expected
