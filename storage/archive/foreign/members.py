"""Gzipped WARC files whose records share a gzip member, as `gzip some.warc` makes them.

No record of theirs is reached but through all before it: they are unpacked first.
"""

from __future__ import annotations

from pathlib import Path

from storage.archive.foreign.plain import GZIP_MAGIC, Bomb, Damaged, Gzipped, Shared
from storage.archive.foreign.records import next_of


def is_shared(path: Path) -> bool:
    """Whether the first gzip member of a file holds more than one record. Raises OSError."""
    with path.open("rb") as file:
        if file.read(len(GZIP_MAGIC)) != GZIP_MAGIC:
            return False
        reading = Gzipped(file, 0)
        try:
            next_of(reading)
            reading.next_record()
        except Shared:
            return True
        except Damaged:
            pass
        return False


def unpack(path: Path, target: Path) -> None:
    """Writes a file without its gzip coding, as far as that can be undone. Raises Bomb and OSError."""
    with path.open("rb") as file, target.open("wb") as out:
        try:
            for part in Gzipped(file, 0).contents():
                out.write(part)
        except Bomb:
            raise
        except Damaged:  # its last record is cut off, and is told to be
            pass
