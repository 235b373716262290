"""From the bytes on the wire to the bytes a parser reads: content codings undone under a cap.

Runs in the child processes only, so that a compression bomb never grows the worker itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import brotli
import zstandard

from crawler.discovery.inflate import MAX_RATIO, most_inflated

#: What we can undo; sent as Accept-Encoding.
ACCEPT_ENCODING = "gzip, deflate, br, zstd"
_MAX_CODINGS = 2
_STEP_BYTES = 65_536


class BodyTooLarge(Exception):
    """A body grew past its cap while its coding was undone."""


class BodyDamaged(Exception):
    """A body's coding cannot be undone, or it ends before its end."""


def decode_body(body: bytes, content_encoding: str | None, max_bytes: int) -> bytes:
    """Undoes the content codings of a response (RFC 9110 8.4), last one first.

    Raises BodyTooLarge past `max_bytes` and past MAX_RATIO, BodyDamaged for unknown, broken or cut-off codings.
    """
    wire_bytes = len(body)
    most = min(max_bytes, most_inflated(wire_bytes))
    codings = [name.strip().lower() for name in (content_encoding or "").split(",")]
    codings = [name for name in codings if name not in {"", "identity"}]
    if len(codings) > _MAX_CODINGS:
        raise BodyDamaged(f"{len(codings)} content codings, one around the other")
    for coding in reversed(codings):
        try:
            body = _undo(coding, body, most)
        except BodyTooLarge:
            if most == max_bytes:
                raise
            raise BodyTooLarge(f"more than {MAX_RATIO} times its {wire_bytes} bytes on the wire") from None
    if len(body) > max_bytes:
        raise BodyTooLarge(f"{len(body)} bytes; the cap is {max_bytes}")
    return body


def _undo(coding: str, body: bytes, max_bytes: int) -> bytes:
    if coding in {"gzip", "x-gzip"}:
        return _gunzip(body, max_bytes)
    if coding == "deflate":
        return _inflate(body, max_bytes)
    if coding == "br":
        return _collect(_unbrotli(body), max_bytes)
    if coding == "zstd":
        return _collect(_unzstd(body), max_bytes)
    raise BodyDamaged(f"the content coding {coding!r} is not known")


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    if body[:2] != b"\x1f\x8b":  # labelled gzip, but sent plain: common, and harmless
        return body
    parts, size, rest = [], 0, body
    while rest[:2] == b"\x1f\x8b":  # a gzip body may have several members
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            part = _zlib(member, rest, max_bytes - size)
        except BodyTooLarge:
            raise BodyTooLarge(f"more than {max_bytes} bytes once inflated") from None
        parts.append(part)
        size += len(part)
        rest = member.unused_data
    return b"".join(parts)


def _inflate(body: bytes, max_bytes: int) -> bytes:
    try:
        return _zlib(zlib.decompressobj(), body, max_bytes)
    except BodyDamaged:  # many servers send raw deflate instead of the zlib format
        return _zlib(zlib.decompressobj(-zlib.MAX_WBITS), body, max_bytes)


def _zlib(decoder: zlib._Decompress, body: bytes, max_bytes: int) -> bytes:
    try:
        plain = decoder.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise BodyDamaged(str(error)) from error
    if len(plain) > max_bytes:
        raise BodyTooLarge(f"more than {max_bytes} bytes once inflated")
    if not decoder.eof:
        raise BodyDamaged("the compressed body ends before its end")
    return plain


def _unbrotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    try:
        for start in range(0, len(body), 1024):
            plain = decoder.process(body[start : start + 1024], output_buffer_limit=_STEP_BYTES)
            yield plain
            while not decoder.can_accept_more_data():
                yield decoder.process(b"", output_buffer_limit=_STEP_BYTES)
        while not decoder.is_finished() and (plain := decoder.process(b"", output_buffer_limit=_STEP_BYTES)):
            yield plain
    except brotli.error as error:
        raise BodyDamaged(str(error)) from error
    if not decoder.is_finished():
        raise BodyDamaged("the compressed body ends before its end")


def _unzstd(body: bytes) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024)
    decoder, is_between_frames = decompressor.decompressobj(), False
    try:
        for start in range(0, len(body), 1024):
            rest = body[start : start + 1024]
            while rest:  # a zstd body may have several frames (RFC 8878 3.1)
                if is_between_frames:
                    decoder = decompressor.decompressobj()
                yield decoder.decompress(rest)
                is_between_frames = decoder.eof
                rest = decoder.unused_data if decoder.eof else b""
    except zstandard.ZstdError as error:
        raise BodyDamaged(str(error)) from error
    if not decoder.eof:
        raise BodyDamaged("the compressed body ends before its end")


def _collect(parts: Iterator[bytes], max_bytes: int) -> bytes:
    collected, size = [], 0
    for part in parts:
        collected.append(part)
        size += len(part)
        if size > max_bytes:
            raise BodyTooLarge(f"more than {max_bytes} bytes once decompressed")
    return b"".join(collected)
