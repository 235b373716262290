"""A response record made by others as the capture that it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address

from storage.archive.chunks import is_chunked, unchunked
from storage.archive.foreign.plain import Damaged
from storage.archive.foreign.records import ForeignRecord
from storage.errors import BodyMissing
from storage.records import Capture, HttpExchange, StoredCapture

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +([1-5]\d\d)(?: |\r?\n|$)")
_FOLDED = re.compile(rb"\r?\n[ \t]+")
_CHUNK_BEGINS = re.compile(rb"[0-9a-fA-F]{1,15}[ \t]*(?:;[^\r\n]*)?\r\n")
_CODING = "content-encoding"
#: What a header is called that holds no longer for the bytes behind it; as other tools call it too.
_FORMER = "X-Archive-Orig-"
_GZIP_MAGIC = b"\x1f\x8b"


def status_of(opening: bytes) -> int | None:
    """The status that a response begins with; None where none is told."""
    found = _STATUS.match(opening)
    return int(found[1]) if found else None


def capture_of_record(
    record: ForeignRecord, at: datetime, head: bytes, content: bytes, *, is_unchunked: bool = False
) -> Capture:
    """The capture, with `head` and `content` as `split` gave them. Raises Damaged: no HTTP response, or one cut off.

    Some tools keep the body without its codings under the head that names them. Of chunks the body itself decides; a
    Content-Encoding that is not there any more is kept under another name, and the head is then no longer as it came.
    Where the content `is_unchunked` already, it is not asked.
    """
    status = status_of(head)
    if status is None:
        raise Damaged("it holds no HTTP response")
    framed, body = None, content
    if is_chunked(head) and not is_unchunked:
        try:
            body, framed = unchunked(content), content
        except BodyMissing as error:
            if _CHUNK_BEGINS.match(content):
                raise Damaged(str(error)) from error
    headers = _headers(head)
    decoded = _is_decoded(headers, body)
    if decoded:
        headers = [(f"{_FORMER}{name}" if name.lower() == _CODING else name, value) for name, value in headers]
    is_as_it_came = not decoded and (framed is not None or not is_chunked(head))
    exchange = HttpExchange(
        request=b"",
        response_head=head if is_as_it_came else b"",
        framed=framed if is_as_it_came else None,
        ip=_address(record.headers.get("warc-ip-address", "")),
    )
    return Capture(
        url=record.url,
        final_url=record.url,
        fetched_at=at,
        status=status,
        headers=tuple(headers),
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
        exchange=exchange,
    )


def revisited(record: ForeignRecord, at: datetime, block: bytes, original: bytes) -> tuple[bytes, bytes]:
    """Head and content of a revisit by its own block and that of the response that it refers to. Raises Damaged.

    A revisit may have no head of its own (ISO 28500 6.7.2); the content comes without chunks where only one is in them.
    """
    own, (head, content) = split(block)[0], split(original)
    if not own.strip():
        return head, content
    if is_chunked(own) != is_chunked(head):
        content = capture_of_record(record, at, head, content).body
    return own, content


def revisit_of_stored(
    record: ForeignRecord, at: datetime, block: bytes, original: StoredCapture, body: bytes
) -> Capture:
    """The capture of a revisit by its own block and the stored capture that it refers to. Raises Damaged."""
    own = split(block)[0]
    if own.strip():
        return capture_of_record(record, at, own, body, is_unchunked=True)
    return Capture(
        url=record.url,
        final_url=record.url,
        fetched_at=at,
        status=original.status,
        headers=original.headers,
        body=body,
        digest=original.digest,
        exchange=HttpExchange(request=b"", response_head=b"", ip=_address(record.headers.get("warc-ip-address", ""))),
    )


def is_coded_alike(opening: bytes, original: StoredCapture) -> bool:
    """Whether a revisit's head, if it has one, names the coding that its original's body is in."""
    head, _ = split(opening)
    return not head.strip() or _coding(_headers(head)) == _coding(original.headers)


def split(block: bytes) -> tuple[bytes, bytes]:
    """Head, its empty line included, and what stands behind it."""
    found = _HEAD_END.search(block)
    end = found.end() if found else len(block)
    return block[:end], block[end:]


def _address(told: str) -> str | None:
    try:
        return str(ip_address(told))
    except ValueError:
        return None


def _headers(head: bytes) -> list[tuple[str, str]]:
    lines = _FOLDED.sub(b" ", head).decode("latin-1").split("\n")[1:]  # not splitlines: to it 0x85 ends a line
    pairs = (line.partition(":") for line in lines if ":" in line and "\0" not in line)  # no database takes a zero
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _is_decoded(headers: list[tuple[str, str]], body: bytes) -> bool:
    """Whether a body lies there without the coding that its head names: it begins as a page does."""
    coding = _coding(headers)
    if not coding:
        return False
    return body.lstrip()[:1] == b"<" or ("gzip" in coding and not body.startswith(_GZIP_MAGIC))


def _coding(headers: Sequence[tuple[str, str]]) -> str:
    told = next((value.strip().lower() for name, value in headers if name.lower() == _CODING), "")
    return "" if told == "identity" else told


def content_type_of(opening: bytes) -> str | None:
    """The type that a response's head names; None where it names none."""
    head, _ = split(opening)
    return next((value for name, value in _headers(head) if name.lower() == "content-type"), None)
