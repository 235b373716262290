"""Bodies in parts that are compressed once and strung together for many responses."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable


class Chunk:
    """Part of a body. Its deflated form ends with a full flush, so that parts compressed once can
    be strung together into one gzip stream."""

    __slots__ = ("_packed", "level", "raw")

    def __init__(self, raw: bytes | str, level: int = 1):
        self.raw = raw.encode("utf-8") if isinstance(raw, str) else raw
        self.level, self._packed = level, b""

    @property
    def packed(self) -> bytes:
        if not self._packed:
            deflate = zlib.compressobj(self.level, zlib.DEFLATED, -zlib.MAX_WBITS)
            self._packed = deflate.compress(self.raw) + deflate.flush(zlib.Z_FULL_FLUSH)
        return self._packed


def gzip_chunks(chunks: Iterable[Chunk]) -> bytes:
    """One gzip stream of all the chunks."""
    parts, crc, size = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"], 0, 0
    for chunk in chunks:
        parts.append(chunk.packed)
        crc, size = zlib.crc32(chunk.raw, crc), size + len(chunk.raw)
    parts += [b"\x03\x00", struct.pack("<II", crc, size & 0xFFFFFFFF)]
    return b"".join(parts)
