"""One record as one gzip member (RFC 1952), so that a reader may begin at any record (WARC 1.1, annex D).

What came compressed is not deflated again: it stands in stored blocks (RFC 1951 3.2.4) behind the deflated head, which
costs a copy instead of a compression.
"""

from __future__ import annotations

import zlib

from storage.errors import BodyMissing

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflated, no time, no name, of an unknown system
_LEVEL = 6
_SAMPLE_BYTES = 4096
_WORTH_ASKING_BYTES = 512  # what is shorter is deflated, whatever it is
_GZIP_MAGIC = b"\x1f\x8b\x08"  # most bodies come in gzip, which a sample need not tell
_STORED_BYTES = 0xFFFF  # of one stored block, at most
_RAW = -zlib.MAX_WBITS
_GZIP = zlib.MAX_WBITS | 16


def packed(head: bytes, body: bytes = b"", tail: bytes = b"") -> bytes:
    """Head, body and tail of a record as one member."""
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    parts = [_HEADER, deflater.compress(head)]
    if _is_compressed(body):
        parts.append(deflater.flush(zlib.Z_FULL_FLUSH))  # ends at a whole byte, with nothing of it referred to
        parts.extend(_stored(body))
    else:
        parts.append(deflater.compress(body))
    parts.append(deflater.compress(tail))
    parts.append(deflater.flush())
    crc = zlib.crc32(tail, zlib.crc32(body, zlib.crc32(head)))
    size = len(head) + len(body) + len(tail)
    parts.append(crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"))
    return b"".join(parts)


def unpacked(member: bytes, max_bytes: int) -> bytes:
    """What a member holds; its checksum is compared. Raises BodyMissing for what is no whole member, or too large."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        plain = inflater.decompress(member, max_bytes)
    except zlib.error as error:
        raise BodyMissing(f"it cannot be inflated: {error}") from error
    if not inflater.eof:
        raise BodyMissing("it is cut off" if len(plain) < max_bytes else f"it has more than {max_bytes} bytes")
    if inflater.unused_data:
        raise BodyMissing("it ends before its end")
    return plain


def is_ours(begin: bytes) -> bool:
    """Whether a member begins as `packed` writes it: no checksum is over these bytes."""
    return begin.startswith(_HEADER)


def _is_compressed(body: bytes) -> bool:
    """Whether deflating would not be worth it."""
    if len(body) < _WORTH_ASKING_BYTES:
        return False
    sample = body[:_SAMPLE_BYTES]
    return body.startswith(_GZIP_MAGIC) or len(zlib.compress(sample, 1)) > 0.9 * len(sample)


def _stored(body: bytes) -> list[bytes]:
    parts = []
    for start in range(0, len(body), _STORED_BYTES):
        block = body[start : start + _STORED_BYTES]
        parts.append(b"\x00" + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little"))
        parts.append(block)
    return parts
