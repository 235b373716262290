"""The WARC files inside a WACZ package, or inside the packages of one that holds others, copied out one at a time.

They get names of our own: no name in a package becomes a path, so none leaves the folder (zip slip). What is unpacked
is counted as it comes, whatever the package says of its sizes.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path

from storage.archive.foreign.plain import Damaged

_WARC = re.compile(r"archive/[^/]+\.warc(?:\.gz|\.zst)?", re.IGNORECASE)
_PACKAGE = re.compile(r"(?:[^/]+/)?[^/]+\.wacz", re.IGNORECASE)
_ODD = re.compile(r"[^0-9A-Za-z._-]")
_MAX_NAME_CHARS = 100
_MAX_MEMBERS = 10_000
#: As of WARC files themselves: what all of a package unpacks to.
_FREE_BYTES = 1024 * 1024 * 1024
_MAX_RATIO = 30
_CHUNK = 1024 * 1024


def is_package(path: Path) -> bool:
    """Whether a file is a ZIP package. Raises OSError."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def unpacked(path: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Copies each WARC file of a package into the folder: where it is, and its name. Raises Damaged and OSError."""
    unpacking = _Unpacking(folder, _FREE_BYTES + _MAX_RATIO * path.stat().st_size)
    if (yield from unpacking.all_of(path, _WARC)):
        return
    found = 0
    for package, _ in unpacking.all_of(path, _PACKAGE):
        found += yield from unpacking.all_of(package, _WARC)
        package.unlink()
    if not found:
        raise Damaged("it holds no WARC file under archive/")


class _Unpacking:
    """Members of packages copied into a folder, up to so many bytes in all."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._left = most
        self._files = 0

    def all_of(self, path: Path, wanted: re.Pattern[str]) -> Generator[tuple[Path, str], None, int]:
        """Copies what has such a name; returns how many there are. Raises Damaged and OSError."""
        try:
            with zipfile.ZipFile(path) as package:
                members = package.infolist()
                if len(members) > _MAX_MEMBERS:
                    raise Damaged(f"it has more than {_MAX_MEMBERS:,} members")
                chosen = sorted((m for m in members if wanted.fullmatch(m.filename)), key=lambda each: each.filename)
                for member in chosen:
                    yield self._copied(package, member), _name(member)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise Damaged(f"the package cannot be unpacked: {error}") from error
        return len(chosen)

    def _copied(self, package: zipfile.ZipFile, member: zipfile.ZipInfo) -> Path:
        self._files += 1
        target = self._folder / str(self._files)
        with package.open(member) as source, target.open("wb") as out:
            while chunk := source.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise Damaged("it unpacks to far more than its size")
                out.write(chunk)
        return target


def _name(member: zipfile.ZipInfo) -> str:
    return _ODD.sub("_", member.filename.rpartition("/")[2])[-_MAX_NAME_CHARS:]
