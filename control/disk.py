"""Whether the disk of the data folder has room left."""

from __future__ import annotations

import shutil
from pathlib import Path

#: With less than this, the store and the archive may not find room for what comes in next.
_LEAST_FREE_BYTES = 100_000_000


class DiskWatch:
    """Tells once when the disk runs full, and once when there is room again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_full = False

    def look(self) -> str | None:
        """What changed since the last look, as a sentence; None when nothing did."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            return None if self._become(is_full=True) else f"the data folder cannot be looked at: {error}"
        if self._become(is_full=free < _LEAST_FREE_BYTES):
            return None
        if self._is_full:
            return (
                f"the disk of {self._folder.absolute()} is full ({free / 1e6:.1f} MB free): what comes in waits until "
                "there is room; make some, nothing needs to be started again"
            )
        return f"there is room on the disk of {self._folder.absolute()} again ({free / 1e6:.0f} MB free)"

    def _become(self, *, is_full: bool) -> bool:
        """Whether it was so before."""
        was_full, self._is_full = self._is_full, is_full
        return was_full is is_full
