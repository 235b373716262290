"""What stands in a text: hashes of its five-word runs (shingles), and the few of them by which copies are found.

Pure. A text of n words has n - 4 shingles of 64 bits. The index keeps picks of them: of each window of shingles the
least (winnowing: Schleimer, Wilkerson and Aiken, SIGMOD 2003), so two texts that share a run of words as long as a
window and four more words share a pick, wherever the run stands. Windows are narrow where texts begin, since excerpts
mostly begin there too, and wider further on; a pick of a wide window is a pick of each narrower one that holds it,
so texts share picks also where one has the run at its head and the other deep within.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from storage.dedup.wording import evened, quotations, starts_of, words_in

#: Of everything here that changes a signature, and of `storage.dedup.wording`. Signatures of others are not compared.
ALGORITHM = 1
SHINGLE_WORDS = 5
#: (shingles from the beginning on, window): about one pick in (window + 1) / 2 shingles.
_WINDOWS = ((0, 8), (64, 36), (400, 72))
#: Texts are read up to here; what follows of a longer one is left out.
MOST_WORDS = 20_000
_MOST_CHARS = 20 * MOST_WORDS
_KEPT_WORDS = 150_000  # hashes of words that are kept at hand

#: After these a capital says nothing.
_SENTENCE_END = re.compile('[.!?:\n"\u201c\u201d\u00ab\u00bb\u201e]')

Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]


class _WordHashes(dict[str, int]):
    """64-bit hashes of words, worked out once."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _KEPT_WORDS:
            self.clear()
        value = int.from_bytes(blake2b(word.casefold().encode("utf-8", "replace"), digest_size=8).digest(), "little")
        self[word] = value
        return value


_hashes = _WordHashes()
_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F],
    dtype=np.uint64,
)
_MIX = np.uint64(0xFF51AFD7ED558CCD)


@dataclass(frozen=True)
class Text:
    """A text taken apart. `body` is its paragraphs; the headline is no part of it."""

    body: str

    @cached_property
    def evened(self) -> str:
        """With one spelling for what is one."""
        return evened(self.body[:_MOST_CHARS])

    @cached_property
    def words(self) -> list[str]:
        """In order, their case kept."""
        return words_in(self.evened)[:MOST_WORDS]

    @cached_property
    def word_hashes(self) -> Hashes:
        """One a word."""
        return np.fromiter(map(_hashes.__getitem__, self.words), dtype=np.uint64, count=len(self.words))

    @cached_property
    def shingles(self) -> Hashes:
        """One for each word that four more follow."""
        return shingles_of(self.word_hashes)

    @cached_property
    def picks(self) -> NDArray[np.intp]:
        """Places of the shingles that stand in the index, in order."""
        return picked(self.shingles)

    @cached_property
    def keys(self) -> NDArray[np.uint32]:
        """The upper 32 bits of the picked shingles, in the order of `picks`: what the index knows."""
        return (self.shingles[self.picks] >> np.uint64(32)).astype(np.uint32)

    @cached_property
    def mark(self) -> int:
        """31 bits that the same words in the same order share, and hardly any others do."""
        digest = blake2b(self.word_hashes.astype("<u8").tobytes(), digest_size=4).digest()
        return int.from_bytes(digest, "little") >> 1

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where each word begins in `evened`."""
        return np.array(starts_of(self.evened), dtype=np.int64)[: len(self.words)]

    @cached_property
    def is_telling(self) -> Mask:
        """Which words are figures, or have a capital without beginning a sentence, as names do."""
        flags = self.is_figure.copy()
        text, starts = self.evened, self.starts.tolist()
        for place, word in enumerate(self.words):
            if word[0].isupper() and place:
                end = starts[place - 1] + len(self.words[place - 1])
                flags[place] = not _SENTENCE_END.search(text, end, starts[place])
        return flags

    @cached_property
    def is_figure(self) -> Mask:
        """Which words begin with a digit."""
        return np.fromiter((word[0].isdigit() for word in self.words), dtype=bool, count=len(self.words))

    @cached_property
    def is_quoted(self) -> Mask:
        """Which words stand between quotation marks."""
        starts = self.starts
        spans = np.array(list(quotations(self.evened)), dtype=np.int64).reshape(-1, 2)
        depth = np.searchsorted(spans[:, 0], starts, side="right") - np.searchsorted(spans[:, 1], starts, side="right")
        return np.asarray(depth > 0)


def shingles_of(word_hashes: Hashes) -> Hashes:
    """Hashes of all runs of five words; empty for fewer words."""
    count = len(word_hashes) - SHINGLE_WORDS + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    total = word_hashes[:count] * _FACTORS[0]
    for place in range(1, SHINGLE_WORDS):
        total ^= total >> np.uint64(29)  # so that the order of words counts
        total = total * _FACTORS[place] + word_hashes[place : place + count]
    total ^= total >> np.uint64(33)
    total *= _MIX
    total ^= total >> np.uint64(33)
    return np.asarray(total)


def picked(shingles: Hashes) -> NDArray[np.intp]:
    """Places of the least shingle of each window, in order, each once."""
    found = []
    ends = [start for start, _ in _WINDOWS[1:]] + [len(shingles)]
    for (start, window), end in zip(_WINDOWS, ends, strict=True):
        part = shingles[start : min(end, len(shingles))]
        if len(part):
            found.append(_least(part, window) + start)
    return np.concatenate(found) if found else np.empty(0, dtype=np.intp)


def _least(part: Hashes, window: int) -> NDArray[np.intp]:
    if len(part) <= window:
        return np.array([part.argmin()])
    windows = np.lib.stride_tricks.sliding_window_view(part, window)
    places = windows.argmin(axis=1) + np.arange(len(windows))  # they never go back
    return np.asarray(places[np.flatnonzero(np.diff(places, prepend=-1))])
