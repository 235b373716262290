"""What was fetched, as it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


def is_success(status: int) -> bool:
    """Whether an HTTP status says that what was asked for is in the answer (RFC 9110 15.3)."""
    return 200 <= status < 300  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One fetched response for an article, as it came over the wire."""

    url: str  # asked for
    final_url: str  # answered
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes  # as on the wire, still content-encoded
    digest: str  # SHA-256 of `body`, hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCapture:
    """A capture as it is kept: where its body lies, and what is known of it."""

    id: int
    article_id: int | None
    url: str
    final_url: str
    fetched_at: datetime
    status: int
    digest: str
    headers: tuple[tuple[str, str], ...]
    size: int  # bytes of the body on the wire


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRef:
    """Where a body lies in the archive."""

    segment: str  # file name
    offset: int
    length: int  # bytes in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A capture and where its body lies: a page that can be read again."""

    capture: StoredCapture
    ref: BodyRef
