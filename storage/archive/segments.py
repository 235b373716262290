"""Bodies in segment files, as Presswatch kept them before it wrote WARC: read, and written no more.

A body is one frame: a byte that tells how it is kept (as it came, or deflated), then the bytes.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

from storage.errors import BodyMissing
from storage.records import BodyRef

SUFFIX = ".bodies"
_DEFLATED = b"\x01"


class Segments:
    """The segment files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, ref: BodyRef, digest: str) -> bytes:
        """The body at a place. Raises BodyMissing when it is not there or not what it was."""
        try:
            with (self._folder / ref.segment).open("rb") as segment:
                segment.seek(ref.offset)
                frame = segment.read(ref.length)
            body = zlib.decompress(frame[1:]) if frame[:1] == _DEFLATED else frame[1:]
        except (OSError, ValueError, zlib.error) as error:
            raise BodyMissing(f"body {digest} cannot be read from {ref.segment} at {ref.offset}: {error}") from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise BodyMissing(f"the bytes in {ref.segment} at {ref.offset} are not body {digest}; restore the file")
        return body
