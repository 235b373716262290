"""What a page or a header calls its encoding, as browsers read it."""

from __future__ import annotations

import base64
import json

import pytest
from w3lib.encoding import read_bom

from crawler.encodings.labels import codec_of, header_label, page_label

CODECS = {
    "latin-1 is windows-1252": ("ISO-8859-1", "cp1252"),
    "Hebrew in reading order": ("iso-8859-8-i", "iso8859-8"),
    "Hebrew by its look": ("visual", "iso8859-8"),
    "a label with blanks around": (" windows-1256 ", "cp1256"),
    "a label of old browsers": ("x-sjis", "cp932"),
    "gb2312 is the larger set": ("gb2312", "gb18030"),
    "a name that nobody knows": ("klingon", None),
    "a codec of Python that is none of text": ("unicode_escape", None),
    "another such": ("idna", None),
    "utf-7, which hides markup": ("utf-7", None),
}


@pytest.mark.parametrize(("label", "codec"), CODECS.values(), ids=CODECS.keys())
def test_a_label_means_what_browsers_make_of_it(label, codec):
    assert codec_of(label) == codec


PAGES = {
    "a meta charset": (b"<meta charset=windows-1255>", "windows-1255"),
    "a meta http-equiv": (
        b"<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=Windows-1256'>",
        "windows-1256",
    ),
    "an XML declaration": (b"<?xml version='1.0' encoding='koi8-r'?><rss>", "koi8-r"),
    "one in a comment does not count": (b"<!-- <meta charset=koi8-r> --><meta charset=windows-1251>", "windows-1251"),
    "one in another tag's attribute does not count": (b"<p title='<meta charset=koi8-r>'>", None),
    "an unknown label is passed over": (b"<meta charset=klingon><meta charset=koi8-r>", "koi8-r"),
    "a tag without an end ends the search": (b"<meta charset=koi8-r", None),
    "UTF-16 in ASCII is UTF-8": (b"<meta charset=utf-16>", "utf-8"),
    "one after the first 1,024 bytes": (b"<!--" + b"x" * 3_000 + b"--><meta charset=koi8-r>", "koi8-r"),
    "no label": (b"<html><body>", None),
}


@pytest.mark.parametrize(("body", "label"), PAGES.values(), ids=PAGES.keys())
def test_the_label_of_a_page(body, label):
    assert page_label(body) == label


HEADERS = {
    "plain": ("text/html; charset=windows-1251", "windows-1251"),
    "in quotes": ('text/html;charset="UTF-8"', "utf-8"),
    "in capitals": ("TEXT/HTML; CHARSET=KOI8-R", "koi8-r"),
    "a label that only we know": ("text/html; charset=ISO-8859-8-I", "iso-8859-8-i"),
    "unknown": ("text/html; charset=klingon", None),
    "none": ("text/html", None),
    "absent": (None, None),
}


@pytest.mark.parametrize(("content_type", "label"), HEADERS.values(), ids=HEADERS.keys())
def test_the_label_of_a_header(content_type, label):
    assert header_label(content_type) == label


@pytest.mark.shared
def test_encoding_html5lib(shared):
    """html5lib's cases of the search for an encoding in a page: all."""
    wrong = []
    with (shared / "suites" / "encoding-html5lib" / "cases.jsonl").open() as lines:
        for case in map(json.loads, lines):
            body = base64.b64decode(case["b64"])
            found = read_bom(body)[0] or codec_of(page_label(body) or "windows-1252")
            if found != codec_of(case["expect"]):
                wrong.append((case["id"], case["expect"], found))
    assert not wrong
