"""The chunked transfer coding (RFC 9112 7.1), in which most bodies come."""

from __future__ import annotations

import re

from storage.errors import BodyMissing

_FOLD = re.compile(rb"\r?\n[ \t]+")  # a header that goes on in the next line (RFC 9112 5.2)


def is_chunked(head: bytes) -> bool:
    """Whether a response's head says that its body is in chunks."""
    lines = (line.partition(b":") for line in _FOLD.sub(b" ", head.lower()).split(b"\n"))
    return any(name.strip() == b"transfer-encoding" and b"chunked" in value for name, _, value in lines)


def rechunked(body: bytes) -> bytes:
    """A body in a chunked coding of our own, where its head names one and its own was not kept."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"


def unchunked(content: bytes) -> bytes:
    """Undoes a chunked coding (RFC 9112 7.1). Raises BodyMissing."""
    parts: list[bytes] = []
    place = 0
    while True:
        end = content.find(b"\r\n", place)
        size_text = content[place:end].partition(b";")[0].strip() if end >= 0 else b""
        if not re.fullmatch(rb"[0-9a-fA-F]{1,15}", size_text):
            raise BodyMissing("its chunks cannot be read")
        size, begin = int(size_text, 16), end + 2
        if size == 0:
            return b"".join(parts)
        if content[begin + size : begin + size + 2] != b"\r\n":
            raise BodyMissing("its chunks are cut off")
        parts.append(content[begin : begin + size])
        place = begin + size + 2
