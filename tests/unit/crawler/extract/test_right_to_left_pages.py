"""Persian, Arabic and Hebrew pages, in layouts that their outlets use. The pages are ours; real ones are to be tried."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract.article import extract_article
from crawler.extract.moments import read_date
from storage.records import Extraction, Outlet, Precision, Zone

NOW = datetime(2026, 2, 1, tzinfo=UTC)
FA = "مقام‌های ایران روز شنبه گفتند که نیروهای خود را از شمال سوریه (Aleppo) بیرون نمی‌برند و گفت‌وگوها ادامه می‌یابد."
AR = "قال مسؤولون يوم السبت إن المحادثات مع شركة Siemens بشأن محطة الكهرباء (GT-26) ستستمر في الأسبوع المقبل."
HE = "גורמים רשמיים אמרו בשבת כי השיחות עם חברת Intel על המפעל בקריית גת (Fab 28) יימשכו גם בשבוע הבא."
NIQQUD = "בְּרֵאשִׁית הַשָּׁבוּעַ הִתְכַּנְּסָה הַמּוֹעֵצָה וְדָנָה בַּגֶּשֶׁר שֶׁעַל הַנָּהָר, וְהֶחְלִיטָה לִבְנוֹתוֹ מֵחָדָשׁ."


def paragraphs(text: str, count: int = 6) -> str:
    ordinals = ("یک", "دو", "سه", "چهار", "پنج", "شش") if text is FA else ("א", "ב", "ג", "ד", "ה", "ו")
    return "".join(f"<p>{text} {ordinals[number]}{number + 1}</p>" for number in range(count))


def read(html: str, url: str, *, zone: str, name: str) -> Extraction:
    outlet = Outlet(key="x", name=name, home_url=url, timezone=zone)
    return extract_article(html.encode(), url=f"{url}news/1", outlet=outlet, now=NOW)


# As agencies in Tehran lay out a page: Jalali date in Persian digits beside the time, code, reporter under the text.
TEHRAN = f"""<!doctype html><html dir=rtl lang=fa><head><meta charset=utf-8><title>گفت‌وگوها ادامه دارد - خبرگزاری نمونه</title>
<meta property=og:title content="گفت‌وگوها ادامه دارد"><meta property=og:site_name content="خبرگزاری نمونه"></head><body>
<header><nav><a href=/>صفحه نخست</a><a href=/p>سیاسی</a></nav></header><main><div class=item-header>
<div class=item-time><span>۱۵ آذر ۱۴۰۴ - ۱۴:۳۰</span></div><div class=item-code>کد خبر: ۸۵۱۲۳۴۵۶</div>
<h1>گفت‌وگوها ادامه دارد</h1></div><div class=item-text>{paragraphs(FA)}</div>
<div class=tags>برچسب‌ها: ایران، سوریه</div></main><footer>تمامی حقوق محفوظ است</footer></body></html>"""

# As Arabic papers do: Levantine month names, Arabic-Indic digits, byline before the text.
AMMAN = f"""<!doctype html><html dir=rtl lang=ar><head><meta charset=utf-8><title>المحادثات مستمرة | صحيفة المثال</title>
<meta property=og:site_name content="صحيفة المثال"></head><body><article><h1>المحادثات مستمرة</h1>
<div class=meta><span class=author>بقلم: أحمد منصور</span><span class=date>٦ كانون الأول ٢٠٢٥</span></div>
<div class=body>{paragraphs(AR)}</div></article><aside><p>اقرأ أيضا: خبر آخر</p></aside></body></html>"""

# As Hebrew sites do: מאת, day.month.year with the time, niqqud in the text.
TEL_AVIV = f"""<!doctype html><html dir=rtl lang=he><head><meta charset=utf-8><title>השיחות יימשכו</title></head><body>
<article><h1>השיחות יימשכו</h1><div class=article-author>מאת: נועה לוי</div><div class=article-date>פורסם: 6.12.2025, 18:45</div>
<div class=text>{paragraphs(HE)}<p>{NIQQUD}</p></div><p>לקריאה נוספת: ידיעה אחרת</p></article></body></html>"""


def test_a_persian_page_keeps_its_joiners_and_its_jalali_moment_is_tehrans():
    found = read(TEHRAN, "https://fa.example.org/", zone="Asia/Tehran", name="خبرگزاری نمونه")
    assert found.title == "گفت‌وگوها ادامه دارد"
    assert found.language == "fa"
    assert found.published is not None
    assert found.published.at == datetime(2025, 12, 6, 11, 0, tzinfo=UTC)
    assert (found.published.precision, found.published.zone) == (Precision.MINUTE, Zone.OUTLET)
    assert "مقام‌های ایران" in found.body  # with its zero-width joiner
    assert "(Aleppo)" in found.body
    assert "برچسب" not in found.body
    assert found.authors == ()


def test_an_arabic_page_has_its_author_and_day():
    found = read(AMMAN, "https://ar.example.org/", zone="Asia/Amman", name="صحيفة المثال")
    assert (found.title, found.language) == ("المحادثات مستمرة", "ar")
    assert found.authors == ("أحمد منصور",)
    assert found.published is not None
    assert found.published.at.date().isoformat() == "2025-12-06"
    assert found.published.precision is Precision.DAY
    assert "Siemens" in found.body
    assert "اقرأ" not in found.body


def test_a_hebrew_page_keeps_its_points_and_its_clock_is_jerusalems():
    found = read(TEL_AVIV, "https://he.example.org/", zone="Asia/Jerusalem", name="הדוגמה")
    assert (found.title, found.language) == ("השיחות יימשכו", "he")
    assert found.authors == ("נועה לוי",)
    assert found.published is not None
    assert found.published.at == datetime(2025, 12, 6, 16, 45, tzinfo=UTC)
    assert NIQQUD in found.body
    assert "Intel" in found.body
    assert "לקריאה נוספת" not in found.body


@pytest.mark.parametrize("mark", ["\u200f", "\u202b", "\u2067"])
def test_direction_marks_around_a_headline_or_name_do_no_harm(mark: str):
    page = AMMAN.replace("<h1>", f"<h1>{mark}").replace("بقلم: ", f"بقلم: {mark}")
    found = read(page, "https://ar.example.org/", zone="Asia/Amman", name="صحيفة المثال")
    assert found.authors == ("أحمد منصور",)
    assert "المحادثات مستمرة" in found.title


def test_without_a_zone_of_the_outlet_only_the_day_is_told():
    found = extract_article(TEHRAN.encode(), url="https://fa.example.org/news/1", now=NOW)
    assert found.published is not None
    assert (found.published.at, found.published.zone) == (datetime(2025, 12, 6, tzinfo=UTC), Zone.NONE)


@pytest.mark.parametrize(
    "text",
    ["٦ كانون الأول ٢٠٢٥", "۶ دسامبر ۲۰۲۵", "شنبه ۶ دسامبر ۲۰۲۵ - ۱۸:۳۰", "۱۵ آذر ۱۴۰۴", "١٤٠٤/٠٩/١٥", "6 בדצמבר 2025"],
)
def test_one_day_as_five_calendars_of_the_region_write_it(text: str):
    reading = read_date(text)
    assert reading is not None
    assert reading.day.isoformat() == "2025-12-06"


@pytest.mark.parametrize(
    ("text", "month"), [("٦ آب ٢٠٢٥", 8), ("6 أيلول 2025", 9), ("۶ مه ۲۰۲۵", 5), ("6 آذار 2025", 3)]
)
def test_months_of_one_word(text: str, month: int):
    reading = read_date(text)
    assert reading is not None
    assert reading.day.month == month
