"""WARC files whose records share a gzip member or zstd frame, as `gzip some.warc` makes them.

No record of theirs is reached but through all before it: they are unpacked first.
"""

from __future__ import annotations

from pathlib import Path

from storage.archive.foreign.plain import Bomb, Damaged, Shared
from storage.archive.foreign.records import next_of, packed_in


def is_shared(path: Path) -> bool:
    """Whether the first member of a compressed file holds more than one record. Raises OSError."""
    with path.open("rb") as file:
        try:
            reading = packed_in(file, 0)
            if reading is None:
                return False
            next_of(reading)
            reading.next_record()
        except Shared:
            return True
        except Damaged:
            pass
        return False


def unpack(path: Path, target: Path) -> None:
    """Writes a compressed file without its coding, as far as that can be undone. Raises Bomb and OSError."""
    with path.open("rb") as file, target.open("wb") as out:
        try:
            reading = packed_in(file, 0)
            for part in reading.contents() if reading else ():
                out.write(part)
        except Bomb:
            raise
        except Damaged:  # its last record is cut off, and is told to be
            pass
