"""Bytes to text, whatever the labels say."""

from __future__ import annotations

import pytest

from crawler.extract.decoding import binary_kind, decode

PERSIAN, RUSSIAN, FRENCH = "سلام دنیا، این یک متن است", "Новости дня: текст статьи", "Été à la plage, déjà vu"

READ = {
    "UTF-8 without a label": (PERSIAN.encode(), None, PERSIAN),
    "UTF-8 that calls itself latin-1": (FRENCH.encode(), "text/html; charset=iso-8859-1", FRENCH),
    "windows-1251 by its header": (RUSSIAN.encode("cp1251"), "text/html; charset=windows-1251", RUSSIAN),
    "windows-1251 by its meta": (b"<meta charset=windows-1251>" + RUSSIAN.encode("cp1251"), None, RUSSIAN),
    "windows-1252 called iso-8859-1": (
        "“quoted” – dash".encode("cp1252"),
        "text/html; charset=iso-8859-1",
        "“quoted” – dash",
    ),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + PERSIAN.encode(), None, PERSIAN),
    "UTF-16 with a mark": (("\ufeff" + RUSSIAN).encode("utf-16-le"), None, RUSSIAN),
    "UTF-16 without a mark": (("<html><body>" + FRENCH * 20).encode("utf-16-le"), None, FRENCH),
    "ISO-2022-JP": ("<p>日本の新聞".encode("iso-2022-jp"), "text/html; charset=iso-2022-jp", "日本の新聞"),
    "a wrong label on windows-1256": (
        ("<html lang=ar><p>" + "أعلنت الحكومة يوم الجمعة خطة جديدة " * 30).encode("cp1256"),
        "text/html; charset=utf-8",
        "الحكومة",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_text_is_read_as_it_was_written(name):
    body, content_type, expected = READ[name]
    assert expected in decode(body, content_type)


def test_a_few_broken_bytes_do_not_change_the_encoding():
    text = decode((RUSSIAN * 50).encode() + b"\xff\xfe" + RUSSIAN.encode(), "text/html; charset=utf-8")
    assert text.startswith(RUSSIAN)


def test_what_xml_cannot_hold_is_removed():
    assert decode(b"a\x01b\x0bc\x1fd\ne") == "abcd\ne"


def test_binary_kinds():
    assert binary_kind(b"%PDF-1.4") == "a PDF document"
    assert binary_kind(b"<html>") is None
