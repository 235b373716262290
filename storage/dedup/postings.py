"""Which articles have which picks, as bytes for SQL, and looking picks up in them.

Pure. An entry is a key (the upper 32 bits of a picked shingle) with an article's number. Entries are kept in buckets
by the upper bits of their keys, sorted, six bytes each: the other bits of the key and the number. In memory an entry
is one 64-bit number, key before article, so that sorted entries are searched by key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

#: There are 2 ** 18 buckets: with a million articles each has a kilobyte, which both databases keep in their row.
BUCKET_BITS = 18
BUCKETS = 1 << BUCKET_BITS
_LOW_BITS = 32 - BUCKET_BITS
_LOW = np.uint64((1 << _LOW_BITS) - 1)
_ARTICLE_BITS = np.uint64(32)
_STORED = np.dtype([("low", "<u2"), ("article", "<u4")])
#: Article numbers from here on do not fit.
MOST_ARTICLES = 1 << 32

Entries = NDArray[np.uint64]
Keys = NDArray[np.uint32]

_Number = TypeVar("_Number", bound=np.generic)

NO_ENTRIES: Entries = np.empty(0, dtype=np.uint64)


def once(values: NDArray[_Number]) -> NDArray[_Number]:
    """Numbers sorted, each once; for the few of an article it is faster than `numpy.unique`."""
    ordered = np.sort(values)
    return ordered[np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))] if len(ordered) else ordered


def runs(ordered: NDArray[_Number]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(where each number begins, how often it stands there) of sorted numbers."""
    if not len(ordered):
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return starts, np.diff(np.append(starts, len(ordered)))


def entries_of(keys: Keys, article_id: int) -> Entries:
    """The entries of an article, sorted, each key once."""
    return (once(keys).astype(np.uint64) << _ARTICLE_BITS) | np.uint64(article_id)


def buckets_of(keys: Keys) -> NDArray[np.int64]:
    """The buckets of these keys, sorted, each once."""
    return once(keys >> np.uint32(_LOW_BITS)).astype(np.int64)


def packed(entries: Entries) -> bytes:
    """Sorted entries of one bucket as bytes."""
    stored = np.empty(len(entries), dtype=_STORED)
    stored["low"] = (entries >> _ARTICLE_BITS) & _LOW
    stored["article"] = entries & np.uint64(0xFFFFFFFF)
    return stored.tobytes()


def unpacked(buckets: Mapping[int, bytes]) -> Entries:
    """The entries of buckets, sorted."""
    if not buckets:
        return NO_ENTRIES
    numbers = sorted(buckets)
    stored = np.frombuffer(b"".join(buckets[number] for number in numbers), dtype=_STORED)
    counts = [len(buckets[number]) // _STORED.itemsize for number in numbers]
    upper = np.repeat(np.array(numbers, dtype=np.uint64) << np.uint64(_LOW_BITS), counts)
    return ((upper | stored["low"].astype(np.uint64)) << _ARTICLE_BITS) | stored["article"].astype(np.uint64)


def by_bucket(entries: Entries) -> Iterable[tuple[int, Entries]]:
    """Sorted entries by their bucket."""
    if not len(entries):
        return
    numbers = entries >> np.uint64(64 - BUCKET_BITS)
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] + np.uint64(1)))
    for start, end in zip(starts, [*starts[1:], len(entries)], strict=True):
        yield int(numbers[start]), entries[start:end]


def merged(*parts: Entries) -> Entries:
    """Sorted entries of several, each once."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return NO_ENTRIES
    return filled[0] if len(filled) == 1 else once(np.concatenate(filled))


def found(entries: Entries, keys: Keys, most: int) -> Entries:
    """The entries of these keys (sorted, each once) among sorted entries, at most so many a key."""
    wide = keys.astype(np.uint64) << _ARTICLE_BITS
    first = np.searchsorted(entries, wide)
    last = np.searchsorted(entries, wide | np.uint64(0xFFFFFFFF), side="right")
    counts = np.minimum(last - first, most)
    total = int(counts.sum())
    if not total:
        return NO_ENTRIES
    begun = np.cumsum(counts) - counts
    return entries[np.repeat(first - begun, counts) + np.arange(total)]


def keys_in(entries: Entries) -> Keys:
    """The key of each entry."""
    return (entries >> _ARTICLE_BITS).astype(np.uint32)


def articles_in(entries: Entries) -> NDArray[np.int64]:
    """The article of each entry."""
    return (entries & np.uint64(0xFFFFFFFF)).astype(np.int64)
