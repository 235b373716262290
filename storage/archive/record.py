"""One record of a WARC file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.archive.chunks import is_chunked, unchunked

_HEAD_END = re.compile(rb"\r?\n\r?\n")


def is_head(data: bytes) -> bool:
    """Whether a record's reader takes all of this for its HTTP head, and nothing that follows."""
    found = _HEAD_END.search(data)
    return found is not None and found.end() == len(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it was written."""

    headers: dict[str, str]  # by lower-case name
    block: bytes

    @property
    def kind(self) -> str:
        """Its WARC-Type."""
        return self.headers.get("warc-type", "")

    @property
    def head(self) -> bytes:
        """The HTTP head, its empty line included."""
        return self.block[: self._split()]

    @property
    def content(self) -> bytes:
        """What stands behind the head, in its transfer coding."""
        return self.block[self._split() :]

    @property
    def body(self) -> bytes:
        """The body without its transfer coding. Raises BodyMissing."""
        return unchunked(self.content) if is_chunked(self.head) else self.content

    def _split(self) -> int:
        found = _HEAD_END.search(self.block)
        return found.end() if found else len(self.block)
