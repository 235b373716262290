"""Digests as archives made by others tell them: `sha1:` and BASE32, `sha256:` and hexadecimal digits, `md5:`."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

_KINDS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "md5": hashlib.md5}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDigest:
    """What some bytes are said to be."""

    kind: str  # sha1, sha256 or md5
    value: str  # lower case, without padding

    def is_of(self, data: bytes) -> bool:
        """Whether these are the bytes."""
        return self.value in spellings(self.kind, data)

    @property
    def sha256(self) -> str | None:
        """In hexadecimal digits; None where it is of another kind, or none at all."""
        if self.kind != "sha256":
            return None
        try:
            is_hex = len(self.value) == 2 * hashlib.sha256().digest_size
            raw = bytes.fromhex(self.value) if is_hex else base64.b32decode(self.value.upper() + "====")
        except ValueError:
            return None
        return raw.hex() if len(raw) == hashlib.sha256().digest_size else None


def spellings(kind: str, data: bytes) -> set[str]:
    """How digests of a kind that is known tell these bytes."""
    digest = _KINDS[kind](data).digest()
    return {digest.hex(), base64.b32encode(digest).decode().rstrip("=").lower()}


def digest_in(told: str) -> ForeignDigest | None:
    """A field's digest; None for one of a kind that is not known, which says nothing."""
    name, _, value = told.partition(":")
    kind = name.strip().lower().replace("-", "")
    return ForeignDigest(kind=kind, value=value.strip().lower().rstrip("=")) if kind in _KINDS else None
