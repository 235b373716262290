"""What PostgreSQL's full-text search indexes, in the form in which its programs send tsvectors to each other. Pure.

A tsvector holds a headline's words with weight A, a byline's with B, a text's with C, and facts without a place.
Their index (GIN) knows words, but neither places nor weights: for those each tsvector is looked at again.
https://www.postgresql.org/docs/current/datatype-textsearch.html

The binary form (`tsvectorsend` in PostgreSQL's src/backend/utils/adt/tsvector.c): how many words; then each, ended by
a zero byte, with how many places it has, and these in order, two bits of weight before fourteen of the place. Written
out as text it would take the server five times as long to read, and us twice as long to write.
"""

from __future__ import annotations

import struct

from storage.search.documents import Document

#: Longer ones are no words; PostgreSQL takes up to 2,046 bytes.
MAX_WORD_CHARS = 100
#: Between two fields: more than NEAR can ask for, so that nothing is side by side or near over their border.
BETWEEN_FIELDS = 64
#: Articles whose ids are the same but for so many bits are a block: what is newest is looked for in the newest blocks.
FINE_BITS, MIDDLE_BITS, COARSE_BITS = 13, 16, 19
_BLOCKS = (FINE_BITS, MIDDLE_BITS, COARSE_BITS)
_TSVECTOR_BYTES = 1_000_000  # it takes 1 MiB
_PLACE_BYTES = 6  # a word takes at most so many bytes besides its letters
_LAST_PLACE = 16_383
_A, _B, _C = 3 << 14, 2 << 14, 1 << 14
_MOST_PLACES = 256  # of one word
#: What follows a word, by how many bytes its places take.
_COUNTED = tuple(b"\0" + struct.pack(">H", size // 2) for size in range(2 * _MOST_PLACES + 1))


class Tsvector(bytes):
    """A tsvector in its binary form."""

    __slots__ = ()


def tsvector(document: Document) -> Tsvector:
    """Words and their places; of a longer text the words that do not fit are left out."""
    names = (*document.facts, *(f"block:{bits}:{document.article_id >> bits}" for bits in _BLOCKS))
    places = {name.encode(): b"" for name in names}
    room = _TSVECTOR_BYTES - sum(len(name) + _PLACE_BYTES for name in places)
    last = 0
    for field, weight in ((document.title, _A), (document.authors, _B), (document.body, _C)):
        if field and room > 0:
            last, room = _add(places, field.encode(), last, weight, room)
        last += BETWEEN_FIELDS
    if max(map(len, places)) > MAX_WORD_CHARS:
        places = {word: at for word, at in places.items() if len(word.decode()) <= MAX_WORD_CHARS}
    written = [
        word + _COUNTED[len(at)] + at if len(at) < len(_COUNTED) else word + _COUNTED[-1] + at[: 2 * _MOST_PLACES]
        for word, at in places.items()
    ]
    return Tsvector(b"".join((struct.pack(">I", len(written)), *written)))


def _add(places: dict[bytes, bytes], field: bytes, last: int, weight: int, room: int) -> tuple[int, int]:
    """Adds the places of a field's words, the first of them after `last`; the last of them, and what room is left."""
    words = field.split()
    first, end = last + 1, last + 1 + len(words)
    size = len(field) - len(words) + 1 + _PLACE_BYTES * len(words)  # without the spaces between
    if size > room or end > _LAST_PLACE:
        return end - 1, _add_one_by_one(places, words, last, weight, room)
    marks = _EARLY[weight][first - 1 : end - 1] if end <= _MOST_EARLY else _marks(first, end, weight)
    before = places.get
    for word, at in zip(words, marks, strict=True):
        places[word] = before(word, b"") + at
    return end - 1, room - size


def _marks(first: int, end: int, weight: int) -> tuple[bytes, ...]:
    """Places of this weight, two bytes each."""
    packed = struct.pack(f">{end - first}H", *range(first | weight, end | weight))
    return tuple(at for (at,) in struct.iter_unpack("2s", packed))


def _add_one_by_one(places: dict[bytes, bytes], words: list[bytes], last: int, weight: int, room: int) -> int:
    """The same where not all of them have room, or a place of their own."""
    for place, word in enumerate(words, last + 1):
        if len(word.decode()) > MAX_WORD_CHARS:
            continue
        room -= len(word) + _PLACE_BYTES
        if room < 0:
            break
        before = places.get(word, b"")
        if not before or int.from_bytes(before[-2:]) & _LAST_PLACE < _LAST_PLACE:  # of those at the end one is enough
            places[word] = before + struct.pack(">H", min(place, _LAST_PLACE) | weight)
    return room


_MOST_EARLY = 2_048  # nearly all articles end before
_EARLY = {weight: _marks(1, _MOST_EARLY, weight) for weight in (_A, _B, _C)}
