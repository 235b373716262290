"""The seen-set in memory: the twin for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock

from storage.dedup.generations import KEPT_GENERATIONS
from storage.ports import Claim


class MemorySeenSet:
    """A `SeenSet` of one process, empty at its start. Its methods raise nothing."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._generations: list[set[int]] = [set()]  # the newest last
        self._claims: dict[int, tuple[str, datetime]] = {}  # owner, and when the claim runs out

    def claim(self, keys: Sequence[int], owner: str, now: datetime, ttl: timedelta) -> list[Claim]:
        """Claims each key for `owner`; one answer a key, in order. A repeated key is TAKEN."""
        with self._lock:
            return [self._claim_one(key, owner, now, ttl) for key in keys]

    def confirm(self, keys: Iterable[int]) -> None:
        """Makes keys seen, claimed or not."""
        with self._lock:
            for key in keys:
                self._claims.pop(key, None)
                for older in self._generations[:-1]:
                    older.discard(key)
                self._generations[-1].add(key)

    def seen(self, keys: Sequence[int]) -> list[bool]:
        """Whether each key is confirmed."""
        with self._lock:
            return [self._is_seen(key) for key in keys]

    def rotate(self) -> int:
        """Begins a new generation and forgets the oldest; returns how many are kept."""
        with self._lock:
            self._generations = [*self._generations, set()][-KEPT_GENERATIONS:]
            return len(self._generations)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._generations = [set()]
            self._claims.clear()

    def _is_seen(self, key: int) -> bool:
        return any(key in generation for generation in self._generations)

    def _claim_one(self, key: int, owner: str, now: datetime, ttl: timedelta) -> Claim:
        if self._is_seen(key):
            return Claim.SEEN
        if key in self._claims and self._claims[key][1] > now:
            return Claim.TAKEN
        self._claims[key] = (owner, now + ttl)
        return Claim.NEW
