"""What a body is when it is no text at all. Text is read by `crawler.encodings`."""

from __future__ import annotations

from w3lib.encoding import read_bom

from crawler.encodings.decoding import decode
from crawler.encodings.detection import wide

__all__ = ["binary_kind", "decode"]

_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"RIFF", "RIFF media"),
    (b"\x00\x00\x01\x00", "an icon"),
)
_SAMPLE = 4096


def binary_kind(body: bytes) -> str | None:
    """What a body is when it is no text at all ("a PDF document"), else None."""
    for signature, kind in _SIGNATURES:
        if body.startswith(signature):
            return kind
    sample = body[:_SAMPLE]
    if b"\x00" in sample and read_bom(body)[0] is None and wide(sample) is None:
        return "binary data"
    return None
