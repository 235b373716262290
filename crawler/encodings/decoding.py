"""A body's text, whatever its labels say."""

from __future__ import annotations

import codecs
import re

from w3lib.encoding import read_bom, to_unicode

from crawler.encodings.detection import detected, escaped, wide
from crawler.encodings.labels import STRICTER, STRICTER_OF_CODEC, codec_of, header_label, page_label
from crawler.encodings.visual import in_reading_order, is_visual

#: What no XML holds; half surrogates and NUL among them.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_CONTROLS = bytes(code for code in range(128) if _NO_TEXT.match(chr(code)))
_TO_BE_LOOKED_AT = ("\ufffe", "\uffff")
_SAMPLE_BYTES = 4096
_MAX_WRONG_SHARE = 0.01  # broken UTF-8 is still UTF-8 while so few characters are lost
_ESCAPED = frozenset({"iso2022_jp", "iso2022_kr", "hz", "iso2022_jp_2"})  # pure ASCII as bytes
_EBCDIC = b"\x4c\x6f\xa7\x94"
_DECLARED = re.compile(r"(<\?xml\s[^>]{0,200}?encoding\s*=\s*)(?:\"[^\"]*\"|'[^']*')")
_NAMED = re.compile(rb"\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([^\"']*)[\"']")
_HEBREW = frozenset({"iso8859-8", "cp1255"})


def decode(body: bytes, content_type: str | None = None) -> str:
    """Text of a body.

    Order: byte order mark; valid UTF-8 whatever the labels say (text in another encoding is hardly ever valid UTF-8 by
    accident); the HTTP header; what the body says of itself; then detection. A label that loses more than one character
    in a hundred is not believed. Labels are read as browsers read them (iso-8859-1 is windows-1252). Hebrew in visual
    order is put into reading order; characters that XML cannot hold are removed. Never raises.
    """
    text = _plain_utf8(body)
    return _NO_TEXT.sub("", _decode(body, content_type)) if text is None else text


def _plain_utf8(body: bytes) -> str | None:
    """The text of a body that is UTF-8 without a mark, an escape or anything to be dropped: most are, and are looked
    through for single bytes in a fifth of the time.
    """
    if body.startswith(codecs.BOM_UTF8) or any(control in body for control in _CONTROLS):
        return None
    if b"~" in body and b"~{" in body:
        return None
    text = _whole(body, "utf-8")
    return None if text is None or any(sign in text for sign in _TO_BE_LOOKED_AT) else text


def _decode(body: bytes, content_type: str | None) -> str:
    bom, mark = read_bom(body)
    if bom is not None and mark is not None:
        return to_unicode(body[len(mark) :], bom)
    if b"\x00" in body[:_SAMPLE_BYTES] and (codec := wide(body[:_SAMPLE_BYTES])):
        return to_unicode(body, codec)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(body, content_type)
    return (_escaped(body, content_type) or text) if "\x1b" in text or "~{" in text else text


def _escaped(body: bytes, content_type: str | None) -> str | None:
    """ASCII that is another script by its escape sequences, or by its label."""
    for label in _labels(body, content_type):
        codec = codec_of(label)
        if codec in _ESCAPED:
            return to_unicode(body, codec)
    codec = escaped(body)
    return body.decode(codec, "replace") if codec else None


def _labels(body: bytes, content_type: str | None) -> list[str]:
    return [label for label in (header_label(content_type), page_label(body)) if label]


def _not_utf8(body: bytes, content_type: str | None) -> str:
    for label in _labels(body, content_type):
        stricter = STRICTER.get(label)
        if stricter and (text := _whole(body, stricter)) is not None:
            return text
        codec = codec_of(label)
        if codec is None or codec.startswith(("utf-16", "utf-32")):
            continue
        text = to_unicode(body, codec)
        if text.count("\ufffd") <= _MAX_WRONG_SHARE * len(text):
            return _in_order(text, codec)
    codec = detected(body)
    stricter = STRICTER_OF_CODEC.get(codec)
    if stricter and (text := _whole(body, stricter)) is not None:
        return text
    return _in_order(to_unicode(body, codecs.lookup(codec).name), codec)


def _whole(body: bytes, codec: str) -> str | None:
    """The text, where all of it fits the codec."""
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None


def _in_order(text: str, codec: str) -> str:
    return in_reading_order(text) if codec in _HEBREW and is_visual(text) else text


def xml_as_utf8(body: bytes, content_type: str | None) -> tuple[bytes, bool]:
    """An XML document in UTF-8 and whether it was in another encoding, or said so, before.

    Parsers believe the declaration, which must then not contradict: it is put right.
    """
    label = page_label(body[:_SAMPLE_BYTES]) or header_label(content_type) or "utf-8"
    codecs_said = {codec_of(label), codec_of(header_label(content_type) or label)}
    is_plain = codecs_said == {"utf-8"} and b"\0" not in body[:_SAMPLE_BYTES] and _whole(body, "utf-8") is not None
    if is_plain or body.startswith(_EBCDIC):
        return body, False
    text = decode(body, content_type)
    return _DECLARED.sub(r'\1"utf-8"', text, count=1).encode(), True


def incremental_codec(first: bytes, content_type: str | None) -> str:
    """The codec in which a stream is to be decoded, told by its first chunk. LookupError for a label nobody knows."""
    bom, _ = read_bom(first)
    if bom is not None:
        return "utf-8-sig" if bom == "utf-8" else bom[:6]  # without -le or -be a decoder takes the mark away
    if codec := wide(first[:_SAMPLE_BYTES]):
        return codec
    if not first.isascii() and _starts_as_utf8(first):
        return "utf-8"
    if (named := _NAMED.match(first)) and codec_of(named[1].decode("ascii", "replace")) is None:
        raise LookupError(f"unknown encoding: {named[1].decode('ascii', 'replace')}")
    labels = (header_label(content_type), page_label(first[:_SAMPLE_BYTES]))
    return next((codec for label in labels if label and (codec := codec_of(label)) and codec[:5] != "utf-1"), "utf-8")


def _starts_as_utf8(first: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return False
    return True
