"""The archive kept as it is while a command reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from control.refusal import Refusal
from storage.archive.exclusion import kept_still


@contextmanager
def held_still(archive: Path) -> Iterator[None]:
    """Until the block ends, retention moves nothing that is read in it. Raises Refusal while it does just now."""
    try:
        with kept_still(archive, is_exclusive=False):
            yield
    except BlockingIOError as error:
        raise Refusal("`presswatch retention` writes files of the archive anew; try again once it has ended") from error
