"""The WARC files inside a WACZ package, copied out one at a time under names of our own.

No name in a package becomes a path, so none leaves the folder (zip slip); what is unpacked is counted as it comes,
whatever the package says of its sizes.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from storage.archive.foreign.plain import Damaged

_INNER = re.compile(r"archive/[^/]+\.warc(?:\.gz)?", re.IGNORECASE)
_MAX_MEMBERS = 10_000
#: As of WARC files themselves: what all of a package unpacks to.
_FREE_BYTES = 1024 * 1024 * 1024
_MAX_RATIO = 30
_CHUNK = 1024 * 1024


def is_package(path: Path) -> bool:
    """Whether a file is a ZIP package. Raises OSError."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def unpacked(path: Path, folder: Path) -> Iterator[Path]:
    """Copies each WARC file of a package into the folder. Raises Damaged and OSError."""
    left = _FREE_BYTES + _MAX_RATIO * path.stat().st_size
    try:
        with zipfile.ZipFile(path) as package:
            members = package.infolist()
            if len(members) > _MAX_MEMBERS:
                raise Damaged(f"it has more than {_MAX_MEMBERS:,} members")
            warcs = [member for member in members if _INNER.fullmatch(member.filename)]
            if not warcs:
                raise Damaged("it holds no WARC file under archive/")
            for number, member in enumerate(sorted(warcs, key=lambda each: each.filename)):
                target = folder / f"{number}.warc"
                with package.open(member) as source, target.open("wb") as out:
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise Damaged("it unpacks to far more than its size")
                        out.write(chunk)
                yield target
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Damaged(f"the package cannot be unpacked: {error}") from error
