"""WARC files in zstd frames, one a record, as browsertrix, Zeno and others write them (`.warc.zst`).

A dictionary for all frames may stand before them, in a skippable frame of its own, and be compressed itself (IIPC:
Zstandard compression for WARC files, 1.0).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import zstandard

from storage.archive.foreign.packed import Coding
from storage.archive.foreign.plain import Damaged

_MAGIC = b"\x28\xb5\x2f\xfd"
_DICTIONARY_MAGIC = b"\x5d\x2a\x4d\x18"
_SKIPPABLE = b"\x2a\x4d\x18"  # behind a byte from 0x50 to 0x5F (RFC 8878 3.1.2)
_HEAD = struct.Struct("<4sI")
_MAX_DICTIONARY_BYTES = 16 * 1024 * 1024
#: What a frame may ask to be kept in memory: as much as `zstd` itself takes without being told to.
_MAX_WINDOW_BYTES = 128 * 1024 * 1024
#: Four bytes may stand for 128 KiB, so that these inflate to 32 MiB at most.
_FED_BYTES = 1024


def is_zstd(opening: bytes) -> bool:
    """Whether a file begins with a frame, or with one that is to be skipped."""
    return opening.startswith(_MAGIC) or (opening[1:4] == _SKIPPABLE and opening[0] >> 4 == 5)  # noqa: PLR2004 (0x5X)


def coding_in(file: BinaryIO) -> Coding:
    """The coding of a file's frames, with its dictionary. Raises Damaged, OSError."""
    decompressor = _decompressor(_dictionary(file))
    return Coding(member="zstd frame", magic=_MAGIC, begin=lambda: _Frame(decompressor), error=zstandard.ZstdError)


def _decompressor(dictionary: bytes | None) -> zstandard.ZstdDecompressor:
    """Raises Damaged."""
    try:
        made = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        return zstandard.ZstdDecompressor(dict_data=made, max_window_size=_MAX_WINDOW_BYTES)
    except zstandard.ZstdError as error:
        raise Damaged(f"its dictionary cannot be read: {error}") from error


def _dictionary(file: BinaryIO) -> bytes | None:
    """Raises Damaged, OSError."""
    file.seek(0)
    head = file.read(_HEAD.size)
    if not head.startswith(_DICTIONARY_MAGIC) or len(head) < _HEAD.size:
        return None
    size = _HEAD.unpack(head)[1]
    if size > _MAX_DICTIONARY_BYTES:
        raise Damaged(f"its dictionary has {size:,} bytes, more than {_MAX_DICTIONARY_BYTES:,}")
    data = file.read(size)
    return _unpacked(data) if data.startswith(_MAGIC) else data


def _unpacked(data: bytes) -> bytes:
    """Raises Damaged."""
    frame, parts, size = _Frame(_decompressor(None)), [], 0
    try:
        while data and not frame.eof:
            parts.append(frame.decompress(data))
            data, size = frame.unconsumed_tail, size + len(parts[-1])
            if size > _MAX_DICTIONARY_BYTES:
                raise Damaged(f"its dictionary has more than {_MAX_DICTIONARY_BYTES:,} bytes")
    except zstandard.ZstdError as error:
        raise Damaged(f"its dictionary cannot be read: {error}") from error
    return b"".join(parts)


class _Frame:
    """Undoes the coding of one frame, piece by piece."""

    def __init__(self, decompressor: zstandard.ZstdDecompressor) -> None:
        self._frame = decompressor.decompressobj()
        self.unconsumed_tail = self.unused_data = b""

    @property
    def eof(self) -> bool:
        """Whether it has ended."""
        return self._frame.eof

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Goes on with some of the data. Raises ZstdError."""
        plain = self._frame.decompress(data[:_FED_BYTES])
        rest = data[_FED_BYTES:]
        if self._frame.eof:
            self.unused_data, self.unconsumed_tail = self._frame.unused_data + rest, b""
        else:
            self.unconsumed_tail = rest
        return plain
