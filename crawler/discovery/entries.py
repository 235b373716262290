"""A fast scan of a feed's entries: which of them, byte for byte, an earlier visit has read already.

Only the others need a parser: the document with them alone in it gives the same entries as the whole one. That holds
where the entries can be told apart without one, and what stands around them is as it was; `split` refuses all else.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

_START = re.compile(rb"<(item|entry)(?=[\s>])")
_END = re.compile(rb"</(item|entry)\s*>")
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|RDF)\b[^>]*>")
_DIGEST_BYTES = 8
_MARK = struct.Struct(f"<{_DIGEST_BYTES}sq")
#: Marks are kept with the source; a feed of more entries is read whole each time.
_MOST_ENTRIES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A feed's bytes: what stands before, in and after its entries."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes

    def only(self, chosen: Iterable[bytes]) -> bytes:
        """The document with these entries alone."""
        return b"".join((self.head, *chosen, self.tail))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Digests of the entries of one visit, each with the fingerprint of its article's URL (0: it has none).

    `context` is what else their reading hangs on: the root element, the feed's address, and what it says of guids.
    """

    context: bytes
    keys: dict[bytes, int]

    def pack(self) -> bytes:
        """As bytes, 16 an entry."""
        return self.context + b"".join(_MARK.pack(digest, key) for digest, key in self.keys.items())

    @classmethod
    def unpack(cls, data: bytes | None) -> Marks | None:
        """The marks again, None where there are none."""
        if data is None or len(data) < _DIGEST_BYTES or (len(data) - _DIGEST_BYTES) % _MARK.size:
            return None
        return cls(context=data[:_DIGEST_BYTES], keys=dict(_MARK.iter_unpack(data[_DIGEST_BYTES:])))


def split(body: bytes) -> Split | None:
    """The parts of a feed in an encoding that holds ASCII; None where a scan cannot tell them for sure."""
    starts, ends = list(_START.finditer(body)), list(_END.finditer(body))
    if not 0 < len(starts) == len(ends) <= _MOST_ENTRIES or b"<!ENTITY" in body or b"\0" in body:
        return None
    if len({match[1] for match in (*starts, *ends)}) > 1:
        return None
    entries, after = [], starts[0].start()
    for start, end in zip(starts, ends, strict=True):
        if start.start() < after or end.start() < start.end() or body[after : start.start()].strip():
            return None
        entries.append(body[start.start() : end.end()])
        after = end.end()
    parts = Split(head=body[: starts[0].start()], entries=tuple(entries), tail=body[after:])
    return parts if all(map(_is_whole, (parts.head, *entries, parts.tail))) else None


def digest_of(entry: bytes) -> bytes:
    """What an entry is known by."""
    return blake2b(entry, digest_size=_DIGEST_BYTES).digest()


def context_of(parts: Split, url: str, *, has_web_guids: bool) -> bytes:
    """What the reading of all entries hangs on."""
    root = _ROOT.search(parts.head)
    told = b"\0".join((root[0] if root else parts.head, url.encode(), b"%d" % has_web_guids))
    return blake2b(told, digest_size=_DIGEST_BYTES).digest()


def marks_of(context: bytes, entries: Sequence[bytes], keys: Sequence[int]) -> bytes:
    """Marks of entries by their digests, to be kept until the next visit."""
    return Marks(context=context, keys=dict(zip(entries, keys, strict=True))).pack()


def _is_whole(part: bytes) -> bool:
    """Whether a part begins and ends outside of CDATA and comments, so that no tag in it is mere text."""
    return part.count(b"<![CDATA[") == part.count(b"]]>") and part.count(b"<!--") == part.count(b"-->")
