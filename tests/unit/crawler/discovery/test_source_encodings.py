"""Feeds, sitemaps and section pages in the encodings that outlets write them in."""

from __future__ import annotations

import pytest

from crawler.discovery.read import discover
from storage.records import Outlet, SourceKind

OUTLET = Outlet(key="x", name="X", home_url="https://example.com/")
TITLES = {
    "windows-1255": "ראש הממשלה הודיע על תוכנית חדשה",
    "windows-1256": "أعلنت الحكومة خطة جديدة للمدارس",
    "windows-1251": "Правительство объявило новый план",
    "koi8-r": "Правительство объявило новый план",
    "gb2312": "政府星期五宣布了新的学校发展计划",
    "big5": "政府星期五宣布了新的學校發展計劃",
    "shift_jis": "政府は金曜日、新しい計画を発表した",
    "euc-kr": "정부는 금요일 새로운 계획을 발표했다",
    "utf-16": "Правительство объявило новый план",
    "utf-8": "ראש הממשלה הודיע על תוכנית חדשה",
}
NAMED_BY = ("declaration", "header", "nothing")


def body_of(kind, codec, said):
    title, declared = TITLES[codec], f' encoding="{codec}"' if said == "declaration" else ""
    if kind is SourceKind.FEED:
        text = (
            f'<?xml version="1.0"{declared}?><rss version="2.0"><channel><title>X</title><item><title>{title}</title>'
            "<link>https://example.com/news/a-123456</link></item></channel></rss>"
        )
    elif kind is SourceKind.SITEMAP:
        text = (
            f'<?xml version="1.0"{declared}?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://example.com/news/a-123456</loc>'
            f"<news:news><news:title>{title}</news:title></news:news></url></urlset>"
        )
    else:
        declared = f"<meta charset={codec}>" if said == "declaration" else ""
        text = f'<html><head>{declared}</head><body><a href="/news/a-123456">{title}</a></body></html>'
    return text.encode(codec)


CASES = [
    (kind, codec, said)
    for kind in (SourceKind.FEED, SourceKind.SITEMAP, SourceKind.LISTING)
    for codec in TITLES
    for said in NAMED_BY
    # XML that says nothing is UTF-8, and a sitemap is read as a stream, with no second look.
    if said != "nothing" or kind is not SourceKind.SITEMAP or codec in {"utf-8", "utf-16"}
]


@pytest.mark.parametrize(("kind", "codec", "said"), CASES)
def test_titles_are_read_as_they_were_written(kind, codec, said):
    content_type = f"application/xml; charset={codec}" if said == "header" else "application/xml"
    body = body_of(kind, codec, said)
    found = discover(kind, body, url="https://example.com/x", content_type=content_type, outlet=OUTLET)
    assert [candidate.hints.title for candidate in found.candidates] == [TITLES[codec]]


@pytest.mark.parametrize("kind", [SourceKind.FEED, SourceKind.SITEMAP, SourceKind.LISTING])
def test_utf8_that_calls_itself_something_else_is_utf8(kind):
    body = body_of(kind, "utf-8", "declaration").replace(b"utf-8", b"iso-8859-1")
    content_type = "text/xml; charset=iso-8859-1"
    found = discover(kind, body, url="https://example.com/x", content_type=content_type, outlet=OUTLET)
    assert [candidate.hints.title for candidate in found.candidates] == [TITLES["utf-8"]]


def test_a_damaged_byte_costs_no_more_than_its_own_entry():
    entries = "".join(f"<url><loc>https://example.com/a-{n}</loc></url>" for n in range(3))
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()
    body = body.replace(b"a-1<", b"a-\xff1<")
    found = discover(SourceKind.SITEMAP, body, url="https://example.com/s", content_type=None, outlet=OUTLET)
    assert [c.url for c in found.candidates][::2] == ["https://example.com/a-0", "https://example.com/a-2"]


def test_json_feeds_are_read_in_their_encoding():
    text = (
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "https://example.com/a-1", "title": "%s"}]}'
    )
    for codec in ("utf-8", "utf-16", "windows-1256"):
        body = (text % TITLES["windows-1256"]).encode(codec)
        kind = f"application/feed+json; charset={codec}"
        found = discover(SourceKind.FEED, body, url="https://example.com/f", content_type=kind, outlet=OUTLET)
        assert [c.hints.title for c in found.candidates] == [TITLES["windows-1256"]]
