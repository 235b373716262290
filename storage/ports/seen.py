"""What tells a known URL from a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol


class Claim(IntEnum):
    """What the seen-set answers to a claim."""

    NEW = 0  # ours now: fetch it, then confirm
    TAKEN = 1  # another worker (or an earlier claim of ours) is at it
    SEEN = 2  # known, confirmed after a store


class SeenSet(Protocol):
    """Which URL fingerprints (signed 64-bit integers) are known, exact to 64 bits.

    A claim that is not confirmed runs out after its time to live. SQL is the truth:
    an implementation may forget everything at any moment, and is then filled again by `confirm`.
    """

    def claim(self, keys: Sequence[int], owner: str, now: datetime, ttl: timedelta) -> list[Claim]:
        """Claims each key for `owner`; one answer a key, in order. A repeated key is TAKEN."""

    def confirm(self, keys: Iterable[int]) -> None:
        """Makes keys seen, claimed or not. To be called after the store committed, never before."""

    def seen(self, keys: Sequence[int]) -> list[bool]:
        """Whether each key is confirmed."""

    def rotate(self) -> int:
        """Begins a new generation and forgets the oldest; returns how many generations are kept.

        A key confirmed again moves to the newest generation, so only keys that no source has listed
        for a whole cycle are forgotten.
        """

    def clear(self) -> None:
        """Forgets everything."""
