"""What was fetched, as it came, and where it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


def is_success(status: int) -> bool:
    """Whether an HTTP status says that what was asked for is in the answer (RFC 9110 15.3)."""
    return 200 <= status < 300  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How a connection was encrypted."""

    version: str  # "TLSv1.3"
    cipher: str
    certificate: str  # SHA-256 of the server's certificate (DER), hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpExchange:
    """The bytes of one request and its response on the wire, and the connection that they took."""

    request: bytes  # line and headers as sent; the values of credentials are withheld; empty: it was not kept
    response_head: bytes  # status line and headers as received, with the empty line; empty: not kept as it was
    framed: bytes | None = None  # the body in its transfer coding (chunked); None: it had none, or too many bytes of it
    ip: str | None = None  # connected to
    tls: Tls | None = None  # None: not encrypted


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What led to a capture."""

    outlet_key: str
    candidate_id: int | None = None  # None: it is a source's own body
    candidate_url: str | None = None  # as it was found
    source_id: int | None = None
    source_url: str | None = None
    imported_from: str | None = None  # file and record of an archive made by others
    kept_as: str | None = None  # what it is kept for, where it is no page of an article


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One fetched response, as it came over the wire."""

    url: str  # asked for
    final_url: str  # answered
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes  # without its transfer coding, still content-encoded
    digest: str  # SHA-256 of `body`, hexadecimal
    exchange: HttpExchange | None = None  # None: nobody saw it on the wire (a hub's push, an older archive)


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
class RecordRef:
    """Where one record lies in the archive."""

    segment: str  # file name
    offset: int
    length: int  # bytes in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRef:
    """Where a body lies in the archive."""

    segment: str  # file name
    offset: int
    length: int  # bytes in the file
    revisit: RecordRef | None = None  # of a later capture with the same body: its own record, which refers to that one


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A capture and where its body lies: a page that can be read again."""

    capture: StoredCapture
    ref: BodyRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """What an article's newest revision was read from, and by whom."""

    revision: int  # number
    extractor: str
    page: KeptPage | None  # None: it is not kept
