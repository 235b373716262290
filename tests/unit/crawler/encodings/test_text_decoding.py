"""Bytes to text, whatever the labels say."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.encodings.decoding import decode
from crawler.encodings.visual import is_visual
from crawler.extract.decoding import binary_kind

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


#: Sentences of our own, with the encodings in which outlets of these languages were or are written.
WRITTEN = {
    "Hebrew": (
        "הממשלה אישרה אתמול את התוכנית החדשה לפיתוח הנגב והגליל, כך אמר השר בכנסת. ראשי הערים ביקשו עוד 25 מיליון שקלים (NIS) עבור בתי ספר וגני ילדים.",
        "cp1255 iso8859-8 utf-16-le utf-16-be",
    ),
    "Arabic": (
        "أعلنت الحكومة يوم الجمعة خطة جديدة لتطوير المدارس في جميع المحافظات، وقال الوزير إن المشروع سيبدأ قريبا.",
        "cp1256 iso8859-6 utf-16-le utf-16-be",
    ),
    "Persian": (
        "دولت روز جمعه برنامه تازه‌اي براي مدرسه‌ها اعلام کرد و وزير گفت که اين طرح از سال آينده آغاز مي‌شود.".replace(
            "ک", "ك"
        ),
        "cp1256 utf-16-le utf-16-be",
    ),
    "Russian": (
        "Правительство объявило в пятницу новый план развития школ, сообщил министр.",
        "cp1251 koi8-r iso8859-5 cp866 utf-16-le utf-16-be",
    ),
    "Greek": ("Η κυβέρνηση ανακοίνωσε την Παρασκευή νέο σχέδιο. Άλλωστε το είπε ο υπουργός.", "cp1253 iso8859-7"),
    "Turkish": ("Hükümet cuma günü okullar için yeni bir plan açıkladı, bakan söyledi. İstanbul şehri.", "cp1254"),
    "Polish": ("Rząd ogłosił w piątek nowy plan dla szkół. Źródła donoszą, że będzie więcej.", "cp1250 iso8859-2"),
    "Czech": ("Vláda v pátek oznámila nový plán pro školy. Příští týden začne jednání.", "cp1250 iso8859-2"),
    "Lithuanian": ("Vyriausybė penktadienį paskelbė naują planą mokykloms. Šiandien žmonės", "cp1257"),
    "German": (
        "Die Regierung hat am Freitag einen Plan für Schulen angekündigt. „Größe“ – äußerte er.",
        "cp1252 utf-16-le",
    ),
    "Spanish": ("El Gobierno anunció el viernes un plan para los colegios. ¿Qué pasará mañana?", "cp1252 mac-roman"),
    "Thai": ("รัฐบาลประกาศแผนใหม่สำหรับโรงเรียนในวันศุกร์ รัฐมนตรีกล่าว", "cp874"),
    "Japanese": ("政府は金曜日、学校のための新しい計画を発表したと大臣が述べた。", "cp932 euc_jp iso2022_jp"),
    "Korean": ("정부는 금요일 학교를 위한 새로운 계획을 발표했다고 장관이 말했다.", "euc_kr iso2022_kr utf-16-be"),
    "Chinese": ("政府星期五宣布了新的学校发展计划，部长说，这个项目将于明年开始。", "gb2312 gb18030"),
    "Chinese of Taiwan": ("政府星期五宣布了新的學校發展計劃，部長說，這個項目將於明年開始。", "big5"),
}
UNLABELLED = [(language, codec) for language, (_, codecs) in WRITTEN.items() for codec in codecs.split()]


@pytest.mark.parametrize(("language", "codec"), UNLABELLED)
def test_text_without_a_label_is_read_as_it_was_written(language, codec):
    sentence = WRITTEN[language][0]
    for page in (f"<html><body><h1>News</h1><p>{sentence}</p></body></html>", f"<p>{sentence}</p>\n" * 40):
        assert decode(page.encode(codec)) == page


@pytest.mark.parametrize(
    ("language", "codec"), [pair for pair in UNLABELLED if not pair[1].startswith(("utf", "iso2022"))]
)
def test_a_wrong_label_is_not_believed_where_it_loses_letters(language, codec):
    page = f"<html><body><p>{WRITTEN[language][0]}</p></body></html>"
    assert decode(page.encode(codec), "text/html; charset=utf-8") == page


ORDER = {
    "a mark before the header": (b"\xef\xbb\xbf" + RUSSIAN.encode(), "text/html; charset=windows-1251", RUSSIAN),
    "the header before the meta": (b"<meta charset=koi8-r>" + RUSSIAN.encode("cp1251"), "text/html; charset=windows-1251", RUSSIAN),
    "the meta where the header is wrong": (b"<meta charset=windows-1251>" + RUSSIAN.encode("cp1251"), "text/html; charset=utf-8", RUSSIAN),
    "the meta where the header is unknown": (b"<meta charset=windows-1251>" + RUSSIAN.encode("cp1251"), "text/html; charset=klingon", RUSSIAN),
    "a late meta": (b" " * 2_000 + b"<meta charset=koi8-r>" + RUSSIAN.encode("koi8-r"), None, RUSSIAN),
}  # fmt: skip


@pytest.mark.parametrize(("body", "content_type", "text"), ORDER.values(), ids=ORDER.keys())
def test_what_is_believed_first(body, content_type, text):
    assert decode(body, content_type).strip().endswith(text)


def by_its_look(line):
    turned = line[::-1].translate(str.maketrans("()", ")("))
    return re.sub(r"[A-Za-z0-9]+", lambda found: found[0][::-1], turned)


def test_hebrew_by_its_look_is_put_into_reading_order():
    line = WRITTEN["Hebrew"][0]
    page = f'<p class="a">{by_its_look(line)}<br>\n{by_its_look(line)}</p>'
    read = decode(page.encode("iso8859-8"), "text/html; charset=iso-8859-8")
    assert read == f'<p class="a">{line}<br>\n{line}</p>'


def test_hebrew_in_reading_order_stays_whatever_its_label():
    page = f"<p>{WRITTEN['Hebrew'][0]}</p>"
    assert decode(page.encode("iso8859-8"), "text/html; charset=iso-8859-8") == page
    assert not is_visual(page)


def test_no_half_of_a_character_and_no_zero_is_left():
    text = decode((RUSSIAN * 9 + "a\ud800b\x00c").encode("utf-8", "surrogatepass"), "text/html; charset=utf-8")
    assert text.replace("\ufffd", "") == RUSSIAN * 9 + "abc"
    assert decode(b"\xff\xfe" + "a\ud800b".encode("utf-16-le", "surrogatepass")).replace("\ufffd", "") == "ab"


@given(
    st.binary(max_size=200),
    st.sampled_from([None, "text/html; charset=utf-16", "text/html; charset=hz", "a; charset=idna"]),
)
def test_any_bytes_have_a_text(body, content_type):
    decode(body, content_type).encode()


def test_a_long_text_without_a_label_costs_no_second():
    body = bytes(random.Random(7).randrange(256) for _ in range(4_096)) * 1_000
    decode(body)


#: Names under which the suite's folders differ from Python's.
NAMES = {"maccyrillic": "mac_cyrillic", "macroman": "mac_roman"}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("is_labelled", "one_in"), [(True, 1), (False, 5), pytest.param(False, 1, marks=pytest.mark.soak)]
)
def test_encoding_chardet(shared, is_labelled, one_in):
    """chardet's texts: at least 97 in 100 exactly as the codec of their folder reads them, and as many without labels."""
    folder, wrong, count = shared / "suites" / "encoding-chardet", [], 0
    for case in map(json.loads, (folder / "cases.jsonl").read_text().splitlines()[::one_in]):
        name = re.sub(r"-[a-z]{5,}$", "", case["expect"].lower())
        body = (folder / case["path"]).read_bytes()
        if not is_labelled:
            body = re.sub(rb"encoding\s*=\s*[\"'][^\"']*[\"']|charset=[^\"'\s>]*", b"", body)
        try:
            expected = body.decode(NAMES.get(name, name))
        except UnicodeDecodeError:
            continue
        count += 1
        if decode(body) != re.sub("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]", "", expected.removeprefix("\ufeff")):
            wrong.append(case["id"])
    assert len(wrong) <= 0.03 * count, wrong
