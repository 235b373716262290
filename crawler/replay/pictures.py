"""Pictures out of the archive as a shown page may hold them: what is one by its first bytes, as a data URI; pure.

What a server called it is not asked: a drawing (SVG) or a page under a picture's name is none.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from crawler.addresses import absolute_url

#: Larger ones, and what is beyond so many bytes in one page, stay absent.
MAX_PICTURE_BYTES = 1_000_000
MAX_ALL_BYTES = 4_000_000
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_RIFF, _WEBP = b"RIFF", b"WEBP"


def kind_of(data: bytes) -> str | None:
    """The media type of a picture made of dots; None for anything else."""
    if data[:4] == _RIFF and data[8:12] == _WEBP:
        return "image/webp"
    return next((kind for signature, kind in _KINDS if data.startswith(signature)), None)


def as_data_uris(found: Mapping[str, bytes]) -> dict[str, str]:
    """Data URIs by address, of those that are pictures, as far as there is room."""
    room, uris = MAX_ALL_BYTES, dict[str, str]()
    for url, data in found.items():
        kind = kind_of(data)
        if kind is None or len(data) > min(room, MAX_PICTURE_BYTES):
            continue
        room -= len(data)
        uris[absolute_url(url)] = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return uris
