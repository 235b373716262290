"""A whole page in, an article out: the case, layouts in many scripts, and pages that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.extract.article import EXTRACTOR_VERSION, extract_article, warm
from storage.records import Hints, Moment, Outlet, Picture, Precision, Zone

URL = "https://example.org/2024/05/11/a-story-about-water"
SENTENCES = (
    "The council of the town decided on Friday to rebuild the old water works before the winter comes.",
    "Engineers had warned for years that the pipes under the market would not last another season of frost.",
    "The work is to begin in June and will cost about four million, most of which the province pays.",
    "Shops around the square fear for their trade and ask that the street be kept open on market days.",
)


def page(body: str, head: str = "", lang: str = "en") -> bytes:
    return f'<html lang="{lang}"><head><title>Water works to be rebuilt</title>{head}</head><body>{body}</body></html>'.encode()


def article(*paragraphs: str, top: str = "", end: str = "") -> str:
    text = "".join(f"<p>{p}</p>" for p in (paragraphs or SENTENCES))
    return f"<main><article><h1>Water works to be rebuilt</h1>{top}<div class='text'>{text}{end}</div></article></main>"


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.shared
@pytest.mark.parametrize("name", ["jpost", "track-persia"])
def test_the_case_is_read_as_expected(shared, name):
    folder = shared / "cases" / "reprint"
    expected = json.loads((folder / "expected.json").read_text())[name]
    found = extract_article((folder / f"{name}.html").read_bytes(), url=expected["url"])
    assert found.rejected is None
    assert found.title == expected["title"]
    assert list(found.authors) == expected["authors"]
    assert found.published is not None
    assert found.published.at == datetime.fromisoformat(expected.get("published") or expected["republished"])
    assert found.published.precision == expected.get("published_precision", "second")
    assert found.published.zone is Zone.STATED
    assert found.language == expected["language"]
    assert found.credit == expected.get("credit")
    assert [words(p) for p in found.body.split("\n\n")] == [words(p) for p in expected["body"]]
    assert not any(line in found.body for line in expected["never_in_body"])
    written = next((e.value for e in found.evidence if e.field == "written"), None)
    assert written == expected.get("written_day")
    assert found.canonical_url == expected["url"]


NO_ARTICLES = {
    "an empty body": (b"", "empty"),
    "white space": (b" \n\t ", "empty"),
    "a PDF under an HTML name": (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x00", "a PNG image"),
    "zeros": (b"\x00" * 3000, "binary data"),
    "random bytes with zeros": (bytes(range(256)) * 20, "binary data"),
    "no text at all": (b"<html><body><script>var a = 1</script></body></html>", "No text"),
    "one short line": (b"<html><body><p>Hello there.</p></body></html>", "too few"),
    "an error page with status 200": (
        page("<h1>404 Page not found</h1><p>The page you look for does not exist any more. Try the search.</p>"),
        "nothing here",
    ),
    "a wall against robots": (
        page("<h1>Just a moment...</h1><p>Checking your browser before accessing the site. Please wait a while.</p>"),
        "wall",
    ),
    "a consent form": (
        page("<h1>We value your privacy</h1><p>We and our partners store cookies. Choose what you agree to.</p>"),
        "consent form",
    ),
}


@pytest.mark.parametrize("name", NO_ARTICLES)
def test_what_is_no_article_gets_a_reason(name):
    body, reason = NO_ARTICLES[name]
    found = extract_article(body, url=URL)
    assert found.rejected is not None
    assert reason in found.rejected
    assert found.rejected.endswith(".")
    assert found.extractor == EXTRACTOR_VERSION


def test_a_front_page_is_a_list_of_links():
    teasers = "".join(
        f"<div><h2><a href='/n/{i}'>The {i}th headline of the day tells of something else</a></h2><p>A teaser.</p></div>"
        for i in range(60)
    )
    found = extract_article(page(f"<main>{teasers}</main>"), url="https://example.org/world")
    assert found.rejected is not None
    assert "list of 60 links" in found.rejected


HOSTILE = {
    "deep nesting": b"<div>" * 20_000 + b"deep" + b"</div>" * 20_000,
    "many attributes": b"<p " + b" ".join(b"a%d=1" % i for i in range(20_000)) + b">text</p>",
    "an unclosed JSON-LD script": b'<script type="application/ld+json">{"@type": "NewsArticle", "headline": "',
    "deep JSON-LD": b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>text</p>",
    "lone surrogates in JSON-LD": (
        b'<script type="application/ld+json">{"@type":"NewsArticle","headline":"A \\ud800 headline",'
        b'"author":[null,1,{"name":{"x":[]}}],"datePublished":{"a":1},"articleBody":[1]}</script><p>text</p>'
    ),
    "impossible dates": b'<meta property="article:published_time" content="2024-13-45T99:99:99Z"><p>text</p>',
    "a numeric date of many digits": b'<meta name="date" content="9999999999999"><p>text</p>',
    "a broken canonical URL": b'<link rel="canonical" href="http://[::1"><p>text</p>',
    "an unknown charset": b'<meta charset="x-klingon"><p>text \xff\xfe</p>',
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_raise_nothing(name):
    found = extract_article(HOSTILE[name], url="http://[broken")
    (found.title + found.body).encode("utf-8")
    assert found.extractor == EXTRACTOR_VERSION


def test_rooms_agree_on_a_plain_page():
    head = (
        '<link rel="canonical" href="/story"><meta property="og:image" content="/a.jpg">'
        '<meta property="article:section" content="Local">'
        '<meta property="article:published_time" content="2024-05-11T09:30:00+02:00">'
    )
    found = extract_article(page(article(top="<p>By Ann Miller and John Fox</p>"), head), url=URL)
    assert found.rejected is None
    assert found.title == "Water works to be rebuilt"
    assert found.authors == ("Ann Miller", "John Fox")
    assert found.body.split("\n\n") == list(SENTENCES)
    assert found.published == Moment(
        at=datetime(2024, 5, 11, 7, 30, tzinfo=UTC),
        precision=Precision.MINUTE,
        rule="meta article:published_time",
        zone=Zone.STATED,
    )
    assert (found.language, found.section) == ("en", "Local")
    assert found.canonical_url == "https://example.org/story"
    assert found.lead_image == Picture(url="https://example.org/a.jpg")


def test_an_author_bio_related_links_and_prompts_are_no_text():
    end = (
        "<p><a href='/x'>Another story of the water works and its history</a></p>"
        "<p>Sign up for our newsletter to get the latest news in your inbox.</p>"
        "<p>Ann Miller is a reporter of this paper and covers the province.</p>"
    )
    found = extract_article(page(article(top="<p>By Ann Miller</p>", end=end)), url=URL)
    assert found.body.split("\n\n") == list(SENTENCES)


def test_admin_the_outlet_and_addresses_are_no_persons():
    head = '<meta name="author" content="admin"><meta name="dc.creator" content="desk@example.org">'
    outlet = Outlet(key="example", name="Example Herald", home_url="https://example.org/")
    found = extract_article(page(article(top="<p>By Example Herald</p>"), head), url=URL, outlet=outlet)
    assert found.authors == ()
    lost = next(e.lost for e in found.evidence if e.field == "authors")
    assert ("meta author", "admin") in lost


def test_the_sources_hints_fill_what_the_page_leaves_open():
    told = Moment(at=datetime(2024, 5, 12, 6, 0, tzinfo=UTC), precision=Precision.MINUTE, rule="feed", zone=Zone.STATED)
    found = extract_article(
        page(article()), url="https://example.org/story", hints=Hints(authors=("Ann Miller",), published=told)
    )
    assert found.authors == ("Ann Miller",)
    assert found.published == told


def test_a_time_without_zone_takes_the_outlets_or_tells_the_day_only():
    head = '<meta property="article:published_time" content="2024-05-11T09:30:00">'
    html = page(article(), head)
    outlet = Outlet(key="t", name="T", home_url="https://example.org/", timezone="Asia/Jerusalem")
    with_zone = extract_article(html, url=URL, outlet=outlet).published
    without = extract_article(html, url=URL).published
    assert with_zone is not None
    assert (with_zone.at, with_zone.zone) == (datetime(2024, 5, 11, 6, 30, tzinfo=UTC), Zone.OUTLET)
    assert without is not None
    assert (without.at, without.precision, without.zone) == (
        datetime(2024, 5, 11, tzinfo=UTC),
        Precision.DAY,
        Zone.NONE,
    )


def test_a_date_of_the_future_is_not_believed():
    head = '<meta property="article:published_time" content="2031-01-01T09:30:00Z">'
    found = extract_article(
        page(article(), head), url="https://example.org/story", now=datetime(2024, 6, 1, tzinfo=UTC)
    )
    assert found.published is None or found.published.at.year < 2031


RIGHT_TO_LEFT = {
    "Persian, with a Jalali date": (
        "fa",
        (
            "<h1>آب و هوای تهران تغییر می‌کند</h1><div class='byline'>نویسنده: سارا رضایی</div>"
            "<time class='date'>۲۰ اردیبهشت ۱۳۹۹</time>"
        ),
        "سازمان هواشناسی اعلام کرد که دمای هوا در روزهای آینده در بیشتر شهرهای کشور کاهش خواهد یافت و باران می‌بارد.",
        "سارا رضایی",
    ),
    "Arabic, with digits of its own": (
        "ar",
        (
            "<h1>الحكومة تعلن خطة جديدة للمياه</h1><div class='byline'>بقلم: أحمد الخطيب</div>"
            "<span class='date'>٩ مايو ٢٠٢٠</span>"
        ),
        "أعلنت الحكومة يوم الجمعة خطة جديدة لإعادة بناء شبكة المياه في المدينة القديمة قبل بداية فصل الشتاء القادم.",
        "أحمد الخطيب",
    ),
    "Hebrew, with Latin names between": (
        "he",
        (
            "<h1>העירייה תשקם את מפעל המים הישן</h1><div class='byline'>מאת דוד כהן</div>"
            "<span class='date'>9 במאי 2020</span>"
        ),
        "מועצת העיר החליטה ביום שישי לשקם את מפעל המים הישן יחד עם חברת Veolia לפני שיגיע החורף הבא והגשמים.",
        "דוד כהן",
    ),
}


@pytest.mark.parametrize("name", RIGHT_TO_LEFT)
def test_right_to_left_layouts(name):
    language, top, sentence, author = RIGHT_TO_LEFT[name]
    paragraphs = "".join(f"<p>{sentence} {i}.</p>" for i in range(1, 5))
    html = page(f"<main dir='rtl'><article>{top}<div>{paragraphs}</div></article></main>", lang=language)
    found = extract_article(html, url="https://example.org/story")
    assert found.rejected is None
    assert found.language == language
    assert found.authors == (author,)
    assert found.published is not None
    assert found.published.at.date().isoformat() == "2020-05-09"
    assert len(found.body.split("\n\n")) == 4


def test_warming_up_reads_a_page():
    warm()
