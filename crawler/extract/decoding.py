"""Bytes to text: which character encoding a page is really in."""

from __future__ import annotations

import codecs
import re

from trafilatura.utils import detect_encoding
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)

_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"RIFF", "RIFF media"),
    (b"\x00\x00\x01\x00", "an icon"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_UTF16 = ("utf-16-le", "utf-16-be")
_ESCAPED = {"iso-2022-jp", "iso2022_jp", "hz", "utf-7"}  # encodings that are pure ASCII as bytes
_SAMPLE = 4096
_MAX_WRONG_SHARE = 0.01  # broken UTF-8 is still UTF-8 while so few characters are lost


def binary_kind(body: bytes) -> str | None:
    """What a body is when it is no text at all ("a PDF document"), else None."""
    for signature, kind in _SIGNATURES:
        if body.startswith(signature):
            return kind
    sample = body[:_SAMPLE]
    if b"\x00" in sample and read_bom(body)[0] is None and _wide_guess(sample) is None:
        return "binary data"
    return None


def decode(body: bytes, content_type: str | None = None) -> str:
    """Text of a body.

    Order: byte order mark; valid UTF-8 whatever the labels say (text in another encoding is hardly ever
    valid UTF-8 by accident); the HTTP header; the page's own meta; then detection. Labels are read as the
    WHATWG Encoding Standard maps them (iso-8859-1 is windows-1252). Characters that XML cannot hold are
    removed.
    """
    return _CONTROL.sub("", _decode(body, content_type))


def _decode(body: bytes, content_type: str | None) -> str:
    bom, mark = read_bom(body)
    if bom is not None and mark is not None:
        return to_unicode(body[len(mark) :], bom)
    sample = body[:_SAMPLE]
    if b"\x00" in sample and (wide := _wide_guess(sample)):
        return to_unicode(body, wide)
    labels = _labels(body, content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(body, labels)
    escaped = next((label for label in labels if label in _ESCAPED and b"\x1b" in body), None)
    return to_unicode(body, escaped) if escaped else text


def _labels(body: bytes, content_type: str | None) -> list[str]:
    """What the HTTP header and the page call their encoding, the header first."""
    declared = (http_content_type_encoding((content_type or "")[:500]), html_body_declared_encoding(body[:_SAMPLE]))
    return [label for label in declared if label]


def _not_utf8(body: bytes, labels: list[str]) -> str:
    for label in labels:
        name = resolve_encoding(label)
        if name is None or name in _UTF16:
            continue
        text = to_unicode(body, name)
        if text.count("\ufffd") <= _MAX_WRONG_SHARE * len(text):
            return text
    for guess in (*detect_encoding(body), "cp1252"):
        try:
            codecs.lookup(guess)
        except LookupError:
            continue
        text = to_unicode(body, guess)
        if text.count("\ufffd") <= _MAX_WRONG_SHARE * len(text):
            return text
    return to_unicode(body, "cp1252")


def _wide_guess(sample: bytes) -> str | None:
    """UTF-16 without a mark: Latin markup has a zero in every second byte."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None
