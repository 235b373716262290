"""A capture as WARC/1.1 records (ISO 28500:2017): response or revisit, request, metadata; each as one gzip member.

Heads are written byte for byte as they went over the wire, and so is a body's transfer coding. A WARC-Payload-Digest is
of the bytes behind the head, as warcio and wget count it; the digest that the store knows a body by, which is of the
body without its transfer coding, stands in the metadata record.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.archive.cdxj import line_of, told_by
from storage.archive.chunks import is_chunked, rechunked, unchunked
from storage.archive.member import packed
from storage.archive.record import is_head
from storage.errors import BodyMissing
from storage.records import Capture, Provenance

VERSION = "WARC/1.1"
REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_NOT_MODIFIED = 304
_FIELDS = "application/warc-fields"
_PRINTABLE = range(0x21, 0x7F)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The response record that holds a body, as a later capture with the same body refers to it."""

    record_id: str
    url: str
    date: str
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The records of one capture, to be appended in one go."""

    data: bytes  # of all records
    length: int  # of the first of them, which is the response or the revisit, in bytes of the file
    index_line: str  # with `{offset}` and `{name}` still to be filled in
    original: Original  # as which a later capture may refer to it


def info_record(name: str, software: str, at: datetime) -> bytes:
    """The warcinfo record that a file begins with."""
    fields = {"software": software, "format": "WARC File Format 1.1", "conformsTo": _CONFORMS_TO}
    head = {"WARC-Record-ID": _record_id(), "WARC-Filename": name, "WARC-Date": warc_date(at)}
    return _member("warcinfo", "", head, _FIELDS, _fields(fields))


def records_of(capture: Capture, found: Provenance | None, original: Original | None) -> Written:
    """All records of a capture; with an `original`, its body is not written again."""
    url, date = header_url(capture.final_url), warc_date(capture.fetched_at)
    record_id = _record_id()
    exchange = capture.exchange
    is_kept = exchange is not None and is_head(exchange.response_head)
    head = exchange.response_head if exchange and is_kept else rebuilt_head(capture)
    content, is_as_it_came = _content_of(capture, head)
    is_known = content is capture.body and capture.status != _NOT_MODIFIED  # that bears the digest of what it confirms
    digest = f"sha256:{capture.digest}" if is_known else _digest(content)
    ip = {"WARC-IP-Address": exchange.ip} if exchange and exchange.ip else {}
    common = {"WARC-Date": date, **ip}
    if original is None:
        own = {"WARC-Record-ID": record_id, **common, "WARC-Payload-Digest": digest}
        first = _member("response", url, own, _HTTP.format("response"), content, http_head=head)
    else:
        digest = original.payload_digest
        own = {
            "WARC-Record-ID": record_id,
            **common,
            "WARC-Payload-Digest": digest,
            "WARC-Profile": NOT_MODIFIED_PROFILE if capture.status == _NOT_MODIFIED else REVISIT_PROFILE,
            "WARC-Refers-To": original.record_id,
            "WARC-Refers-To-Target-URI": original.url,
            "WARC-Refers-To-Date": original.date,
        }
        first = _member("revisit", url, own, _HTTP.format("response"), b"", http_head=head)
    members = [first]
    status, mime = told_by(head)  # as `recover` and `verify` read it there
    beside = {"WARC-Concurrent-To": record_id, **common}
    if exchange is not None and exchange.request:
        asked = {"WARC-Record-ID": _record_id(), **beside}
        members.append(_member("request", url, asked, _HTTP.format("request"), b"", http_head=exchange.request))
    told = _fields(_metadata(capture, found, is_rebuilt=not is_kept, is_reframed=not is_as_it_came))
    members.append(_member("metadata", url, {"WARC-Record-ID": _record_id(), **beside}, _FIELDS, told))
    return Written(
        data=b"".join(members),
        length=len(first),
        index_line=line_of(
            url,
            capture.fetched_at,
            status=status,
            mime="warc/revisit" if original else mime,
            digest=digest,
            length=len(first),
        ),
        original=original or Original(record_id=record_id, url=url, date=date, payload_digest=digest),
    )


def _content_of(capture: Capture, head: bytes) -> tuple[bytes, bool]:
    """What stands behind the head, and whether it is as it came. Chunks that our reader would not read as the client
    has are made anew: what is kept must be found again, whatever a server sends.
    """
    framed = capture.exchange.framed if capture.exchange else None
    if not is_chunked(head):
        return capture.body, framed is None
    with suppress(BodyMissing):
        if framed is not None and unchunked(framed) == capture.body:
            return framed, True
    return rechunked(capture.body), False


def warc_date(at: datetime) -> str:
    """As WARC/1.1 writes a moment: UTC, with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def header_url(url: str) -> str:
    """A URL as a header's value: what no URL may hold, line ends above all, is percent-encoded."""
    raw = url.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _PRINTABLE else f"%{byte:02X}" for byte in raw)


def rebuilt_head(capture: Capture) -> bytes:
    """A head made of what was kept of one, where its bytes were not."""
    try:
        phrase = HTTPStatus(capture.status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {capture.status} {phrase}".rstrip()]
    lines += [f"{name}: {value}" for name, value in capture.headers if name.lower() != "transfer-encoding"]
    plain = ("".join(letter for letter in line if letter not in "\r\n\0") for line in lines)
    return "\r\n".join([*plain, "", ""]).encode("latin-1", "replace")


_HTTP = "application/http; msgtype={}"
_CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


def _metadata(capture: Capture, found: Provenance | None, *, is_rebuilt: bool, is_reframed: bool) -> dict[str, str]:
    """What the capture came from and came over; WARC fields (`name: value`)."""
    exchange = capture.exchange
    told: dict[str, str | int | None] = {"body-digest": f"sha256:{capture.digest}"}
    if found is not None:
        told |= {
            "outlet": found.outlet_key,
            "source": found.source_url,
            "source-id": found.source_id,
            "candidate": found.candidate_url,
            "candidate-id": found.candidate_id,
            "imported-from": found.imported_from,
            "kept-as": found.kept_as,
        }
    if capture.url != capture.final_url:
        told["via"] = capture.url
    if is_rebuilt:
        told["head"] = "rebuilt from the stored headers"
    if exchange is not None and exchange.tls:
        tls = exchange.tls
        told |= {"tls": tls.version, "tls-cipher": tls.cipher, "tls-certificate": f"sha256:{tls.certificate}"}
    if is_reframed:
        told["chunks"] = "not kept as they came"
    return {name: header_url(value) if "://" in value else value for name, value in _strings(told)}


def _strings(told: dict[str, str | int | None]) -> Sequence[tuple[str, str]]:
    return [(name, str(value)) for name, value in told.items() if value is not None]


def _fields(told: dict[str, str]) -> bytes:
    plain = ((name, " ".join(value.split())) for name, value in told.items())
    return "".join(f"{name}: {value}\r\n" for name, value in plain).encode("utf-8", "replace")


def _member(
    kind: str, url: str, head: dict[str, str], content_type: str, content: bytes, *, http_head: bytes = b""
) -> bytes:
    out = BytesIO()
    writer = _Writer(out, gzip=False, warc_version="1.1")
    block = hashlib.sha256(http_head)
    block.update(content)
    record = writer.create_warc_record(
        url,
        kind,
        payload=BytesIO(),  # warcio writes the heads; the content goes past it, uncopied
        length=0,
        warc_content_type=content_type,
        warc_headers_dict={**head, "WARC-Block-Digest": f"sha256:{block.hexdigest()}"},
        http_headers=_Verbatim(http_head),
    )
    record.payload_length = len(content)
    writer.write_record(record)
    begin = out.getvalue().removesuffix(_END)
    return packed(begin, content, _END)


_END = b"\r\n\r\n"


class _Verbatim(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """The head of a message as it is, where warcio would write it anew from its parts."""

    def __init__(self, head: bytes) -> None:
        super().__init__("verbatim", [])
        self._head = head

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self._head


class _Writer(WARCWriter):  # type: ignore[misc]
    def ensure_digest(self, *_: object, **__: object) -> None:
        """Digests are given, where a record has one."""


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _record_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"
