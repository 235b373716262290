"""A file in parts, as an upload sends them one by one, and their checksums."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a file, as it lies here."""

    number: int
    offset: int
    size: int
    sha256: bytes
    md5: str  # servers that keep no other checksum tell this one


def sha256_of(path: Path) -> str:
    """SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parts_of(path: Path, part_bytes: int) -> tuple[list[Part], str]:
    """The parts of a file, one at least, and the SHA-256 of the whole. Raises OSError."""
    parts: list[Part] = []
    whole, offset = hashlib.sha256(), 0
    with path.open("rb") as file:
        while (data := file.read(part_bytes)) or not parts:
            whole.update(data)
            md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
            sha256 = hashlib.sha256(data).digest()
            parts.append(Part(number=len(parts) + 1, offset=offset, size=len(data), sha256=sha256, md5=md5))
            offset += len(data)
    return parts, whole.hexdigest()


def bytes_of(path: Path, part: Part) -> bytes:
    """The part itself. Raises OSError."""
    with path.open("rb") as file:
        file.seek(part.offset)
        return file.read(part.size)


def is_same(part: Part, there: dict[str, Any] | None) -> bool:
    """Whether a part that a server tells of (the answer to ListParts) is this one."""
    if there is None or there["Size"] != part.size:
        return False
    return there.get("ChecksumSHA256") == in_base64(part.sha256) or there["ETag"].strip('"') == part.md5


def in_base64(digest: bytes) -> str:
    """As the headers of S3 have it."""
    return base64.b64encode(digest).decode("ascii")
