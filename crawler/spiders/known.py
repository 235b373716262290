"""Fingerprints of articles that a worker has lately stored."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 50_000


class Known:
    """The last of them."""

    def __init__(self) -> None:
        self._keys: dict[int, None] = {}  # oldest first

    def __contains__(self, key: int) -> bool:
        return key in self._keys

    def learn(self, keys: Iterable[int]) -> None:
        """Notes fingerprints of what was just stored."""
        for key in keys:
            self._keys[key] = None
        while len(self._keys) > _MOST:
            del self._keys[next(iter(self._keys))]
