"""Feeds that never change, on as many loopback addresses as are asked for: what polls with nothing new meet.

    python tests/benchmarks/poll_server.py [--items 30] [--validators]

Prints its port. Every address of 127.0.0.0/8 is an outlet, every path that begins with /feed a feed of old articles,
which nobody would fetch. With `--validators` each feed has an ETag, and whoever sends it back is answered 304 without a
body; else each answer is 200 with the same bytes. `/_polls` tells how many feeds were asked for, and how many were 304.
It is one small protocol class, so that the crawler is what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

_ETAG = b'"unchanged"'
_SUMMARY = "Ministers met again on Tuesday without naming the day on which the talks are to end. " * 2


class Feeds(asyncio.Protocol):
    """One connection, kept alive; requests come one after another, without bodies."""

    polls = 0
    not_modified = 0

    def __init__(self, feed: bytes, *, has_validators: bool) -> None:
        self._feed = feed
        self._has_validators = has_validators
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        """Keeps what answers are written to."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every request whose head is whole."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1]
        if path == b"/_polls":
            told = json.dumps({"polls": Feeds.polls, "not_modified": Feeds.not_modified}).encode()
            return _answer(b"200 OK", b"application/json", told)
        if path == b"/robots.txt":
            return _answer(b"200 OK", b"text/plain", b"User-agent: *\nDisallow: /private/\n")
        if not path.startswith(b"/feed"):
            return _answer(b"404 Not Found", b"text/plain", b"")
        Feeds.polls += 1
        if self._has_validators and _ETAG in head:
            Feeds.not_modified += 1
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + _ETAG + b"\r\n\r\n"
        etag = b"ETag: " + _ETAG + b"\r\n" if self._has_validators else b""
        return _answer(b"200 OK", b"application/rss+xml", self._feed, etag)


def _answer(status: bytes, kind: bytes, body: bytes, further: bytes = b"") -> bytes:
    lines = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
    return lines % (status, kind, len(body), further) + body


def feed_of(items: int) -> bytes:
    """An RSS feed whose items lie on another site and years back: no article of the outlet that lists them."""
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    entries = "".join(
        f"<item><title>Talks go into day {number}</title><link>https://elsewhere.example/2020/{number}</link>"
        f"<guid>{number}</guid><pubDate>{format_datetime(begun + timedelta(days=number))}</pubDate>"
        f"<description>{_SUMMARY}</description></item>"
        for number in range(items)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Feed</title>'
        f"<link>https://elsewhere.example/</link><description>News</description>{entries}</channel></rss>"
    ).encode()


async def serve(feed: bytes, *, has_validators: bool) -> None:
    """Serves until it is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Feeds(feed, has_validators=has_validators), "0.0.0.0", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=30)
    parser.add_argument("--validators", action="store_true")
    chosen = parser.parse_args()
    asyncio.run(serve(feed_of(chosen.items), has_validators=chosen.validators))
