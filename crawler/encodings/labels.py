"""What a body or its headers call its encoding.

Labels and their codecs are those of the WHATWG Encoding Standard, the search for them in a page is that of the
HTML Standard ("prescan a byte stream to determine its encoding").
"""

from __future__ import annotations

import re
from functools import lru_cache

from w3lib.encoding import http_content_type_encoding, resolve_encoding

#: A `meta` after the first 1,024 bytes makes browsers begin again with what it names, so it counts too, up to here.
PRESCAN_BYTES = 65_536
_MAX_HEADER_CHARS = 500

#: Labels that Python does not know, or understands as an encoding that browsers do not mean.
_CODECS = {
    "iso-8859-8-i": "iso8859-8", "csiso88598i": "iso8859-8", "logical": "iso8859-8", "visual": "iso8859-8",
    "iso-8859-8-e": "iso8859-8", "csiso88598e": "iso8859-8", "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6", "csiso88596i": "iso8859-6", "csiso88596e": "iso8859-6", "sun_eu_greek": "iso8859-7",
    "x-user-defined": "cp1252", "x-cp1250": "cp1250", "x-cp1251": "cp1251", "x-cp1252": "cp1252",
    "x-cp1253": "cp1253", "x-cp1254": "cp1254", "x-cp1255": "cp1255", "x-cp1256": "cp1256", "x-cp1257": "cp1257",
    "x-cp1258": "cp1258", "dos-874": "cp874", "koi": "koi8-r", "koi8": "koi8-r", "koi8-ru": "koi8-u",
    "x-mac-roman": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "x-mac-ukrainian": "mac-cyrillic",
    "x-gbk": "gb18030", "gb_2312": "gb18030", "x-x-big5": "big5hkscs", "cn-big5": "big5hkscs",
    "x-euc-jp": "euc_jp", "windows-949": "cp949", "unicode": "utf-8", "unicodefeff": "utf-8", "unicodefffe": "utf-8",
    "unicode-1-1-utf-8": "utf-8", "x-unicode20utf8": "utf-8", "unicode11utf8": "utf-8", "unicode20utf8": "utf-8",
    "iso-10646-ucs-2": "utf-8", "ucs-2": "utf-8", "csunicode": "utf-8",
}  # fmt: skip

#: What is called by these names was often written by the standard alone, which maps a few signs otherwise than the
#: later sets that hold it: the wave dash of Japanese, the dashes of Chinese. Tried first, and only if all of it fits.
STRICTER = {"shift_jis": "shift_jis", "gb2312": "gb2312", "tis-620": "tis-620", "big5": "big5"}
STRICTER_OF_CODEC = {"cp932": "shift_jis", "gb18030": "gb2312", "cp874": "tis-620", "big5hkscs": "big5"}


#: Python has codecs that are no encodings of pages (idna, punycode, unicode-escape, utf-7).
_OF_TEXT = re.compile(
    r"ascii|utf-(?:8|16|32)|cp\d|iso8859|koi8|mac|gb|big5|euc|shift_jis|iso2022|hz$|johab|tis|kz1048|ptcp"
)


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """The Python codec of a label, None for one that nobody knows."""
    name = label.strip(" \t\r\n\f\"'").lower()
    codec = _CODECS.get(name) or resolve_encoding(name)
    return codec if codec and _OF_TEXT.match(codec) else None


def header_label(content_type: str | None) -> str | None:
    """The label in a Content-Type header, where it names an encoding."""
    text = (content_type or "")[:_MAX_HEADER_CHARS]
    if "charset" not in text.lower():
        return None
    found = _CHARSET.search(text)
    label = found and (found[1] or found[2] or found[3])
    return label.lower() if label and codec_of(label) else http_content_type_encoding(text)


def page_label(body: bytes) -> str | None:
    """The label that a page or XML document gives itself, in lower case; None where it gives none that is known.

    UTF-16 cannot be true of what is found in ASCII, and counts as UTF-8.
    """
    head = body[:PRESCAN_BYTES]
    label = xml_label(head) or _prescan(head)
    return "utf-8" if label and (codec_of(label) or "").startswith(("utf-16", "utf-32")) else label


def xml_label(body: bytes) -> str | None:
    """The label in an XML declaration at the beginning of a body."""
    found = _XML.match(body[:_MAX_HEADER_CHARS])
    label = found and found[1].decode("ascii", "replace").lower()
    return label if label and codec_of(label) else None


_CHARSET = re.compile(r"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"';,]+))", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']\s*([\w.:-]+)\s*[\"']", re.IGNORECASE)
_TAG = re.compile(rb"<!--|<meta[\s/]|</?[a-z]|<[!/?]", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rb"[ \t\r\n\f/]*(?:(>)|([^ \t\r\n\f/>=][^ \t\r\n\f/>=]*|=[^ \t\r\n\f/>=]*)"
    rb"(?:[ \t\r\n\f]*=[ \t\r\n\f]*(?:\"([^\"]*)\"|'([^']*)'|([^ \t\r\n\f>\"'][^ \t\r\n\f>]*)?))?)"
)


def _prescan(head: bytes) -> str | None:
    """The first encoding that a `meta` names, comments and the insides of other tags left out."""
    position = 0
    while (tag := _TAG.search(head, position)) is not None:
        kind = tag[0].lower()
        if kind == b"<!--":
            end = head.find(b"-->", tag.start() + 2)
            position = end + 3
        elif kind.startswith((b"<!", b"</", b"<?")) and not kind[-1:].isalpha():
            end = head.find(b">", tag.end() - 1)
            position = end + 1
        else:
            attributes, end = _attributes(head, tag.end() - 1 if kind.startswith(b"<meta") else _name_end(head, tag))
            position = end
            if kind.startswith(b"<meta") and end >= 0 and (label := _meta_label(attributes)):
                return label
        if end < 0:
            return None  # the tag or comment has no end: browsers stop looking
    return None


def _name_end(head: bytes, tag: re.Match[bytes]) -> int:
    found = _NAME_END.search(head, tag.end())
    return found.start() if found else len(head)


_NAME_END = re.compile(rb"[ \t\r\n\f>]")


def _attributes(head: bytes, position: int) -> tuple[dict[str, str], int]:
    """The attributes of a tag, and where it ends; -1 where it does not. Of a name that comes twice the first counts."""
    found: dict[str, str] = {}
    while (attribute := _ATTRIBUTE.match(head, position)) is not None:
        if attribute[1]:
            return found, attribute.end()
        name = attribute[2].lower().decode("latin-1")
        value = attribute[3] or attribute[4] or attribute[5] or b""
        found.setdefault(name, value.lower().decode("latin-1"))
        position = attribute.end()
    return found, -1


def _meta_label(attributes: dict[str, str]) -> str | None:
    if (label := attributes.get("charset")) is not None:
        return label.strip() if codec_of(label) else None
    if attributes.get("http-equiv") != "content-type":
        return None
    found = _CHARSET.search(attributes.get("content", ""))
    label = found and (found[1] or found[2] or found[3])
    return label if label and codec_of(label) else None
