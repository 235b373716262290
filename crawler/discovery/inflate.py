"""Gzip bodies, with a cap on what they may grow to."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

# The sitemap protocol allows 50 MB a file, uncompressed.
MAX_BYTES = 52_428_800
#: How many times its own size a compressed body may grow to: the largest real pages and feeds stay under 15, gzip
#: cannot pass 1,032. What stays small may be mostly white space, at no cost.
MAX_RATIO = 500
_RATIO_HOLDS_FROM_BYTES = 1_048_576
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 65_536


def most_inflated(size: int) -> int:
    """To how many bytes a compressed body of so many may grow, whatever cap it has besides."""
    return max(_RATIO_HOLDS_FROM_BYTES, MAX_RATIO * size)


class Inflated:
    """The chunks of a body, decompressed when it is gzip; `problem` tells afterwards why they ended early.

    At most one chunk and one input slice are held at a time, so a bomb costs time up to the cap, no memory.
    """

    def __init__(self, body: bytes, *, max_bytes: int = MAX_BYTES) -> None:
        self._body = body
        self._max_bytes = min(max_bytes, most_inflated(len(body)))
        self.problem: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        left = self._max_bytes
        for chunk in self._chunks():
            if len(chunk) > left:
                yield chunk[:left]
                self.problem = f"grows past {self._max_bytes} bytes"
                return
            left -= len(chunk)
            yield chunk

    def _chunks(self) -> Iterator[bytes]:
        body = memoryview(self._body)
        if not self._body.startswith(_GZIP_MAGIC):
            for start in range(0, len(body), _CHUNK_BYTES):
                yield bytes(body[start : start + _CHUNK_BYTES])
            return
        machine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        start = 0
        pending = b""
        while not machine.eof and (pending or start < len(body)):
            if not pending:
                pending = bytes(body[start : start + _CHUNK_BYTES])
                start += _CHUNK_BYTES
            try:
                chunk = machine.decompress(pending, _CHUNK_BYTES)
            except zlib.error as error:
                self.problem = f"its gzip is damaged ({error})"
                return
            pending = machine.unconsumed_tail
            yield chunk
        if not machine.eof:
            self.problem = "its gzip ends too early"


def inflate(body: bytes) -> tuple[bytes, str | None]:
    """The whole body, decompressed when it is gzip, and why it is not whole, if so."""
    if not body.startswith(_GZIP_MAGIC):
        return body, None
    chunks = Inflated(body)
    return b"".join(chunks), chunks.problem
