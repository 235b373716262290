"""What kind of text a page holds, and where it may come from."""

from __future__ import annotations

import pytest

from crawler.extract.article import extract_article
from storage.records import Extraction, Outlet

SENTENCE = "The council of the town met on Monday and spoke at some length about the bridge over the river. "
TEXT = "".join(f"<p>{word} of all: {SENTENCE * 3}</p>" for word in ("First", "Second", "Third", "Fourth", "Fifth"))
SHORT = f"<p>{SENTENCE}</p><p>It will meet again, {SENTENCE}</p>"


def read(
    body: str = TEXT,
    *,
    head: str = "",
    url: str = "https://example.org/news/bridge",
    title: str = "The council speaks of the bridge",
) -> Extraction:
    html = f"<html lang=en><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{body}</article>"
    outlet = Outlet(key="example", name="The Example", home_url="https://example.org/", hosts=("example-news.net",))
    return extract_article(f"{html}</body></html>".encode(), url=url, outlet=outlet)


def ld(fields: str, kind: str = "NewsArticle") -> str:
    return f'<script type="application/ld+json">{{"@type": "{kind}", "headline": "H", {fields}}}</script>'


FREE_NOT = '"isAccessibleForFree": "False"'
TIMES = "".join(f"<section><time>1{n}:00</time><p>{SENTENCE}</p></section>" for n in range(6))
PICTURES = "<figure><img src=a.jpg><figcaption>A bridge</figcaption></figure>" * 6
TURNS = "".join(f"<p>{'JANE ROE' if n % 2 else 'JOHN DOE'}: {n} times, {SENTENCE}</p>" for n in range(10))
CASES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "a plain article has no marks": ({}, ()),
    "a short text behind a paywall is partial": ({"body": SHORT, "head": ld(FREE_NOT)}, ("partial",)),
    "a whole text that is sold is not": ({"head": ld(FREE_NOT)}, ()),
    "a text of far fewer words than the page names is": (
        {"head": ld(FREE_NOT + ', "wordCount": 2000')}, ("partial",),
    ),
    "an element named for a paywall over a short text": ({"body": f'{SHORT}<div class="paywall">Pay</div>'}, ("partial",)),
    "a part that is sold": (
        {"body": SHORT, "head": ld('"isAccessibleForFree": true, "hasPart": {"@type": "WebPageElement", "isAccessibleForFree": false, "cssSelector": ".rest"}')},
        ("partial",),
    ),
    "one of several parts that is sold": (
        {"body": SHORT, "head": ld('"hasPart": [{"@type": "WebPageElement", "isAccessibleForFree": "True"}, {"@type": "WebPageElement", "isAccessibleForFree": "False"}]')},
        ("partial",),
    ),
    "a locked tier": ({"body": SHORT, "head": '<meta property="article:content_tier" content="locked">'}, ("partial",)),
    "a free tier is not": ({"body": SHORT, "head": '<meta property="article:content_tier" content="free">'}, ()),
    "a line that sells the rest": ({"body": f"{SHORT}<p>Subscribe to The Example to continue reading this story today.</p>"}, ("partial",)),
    "a German line that sells the rest": ({"body": f"{SHORT}<p>Jetzt weiterlesen mit dem Digital-Abo der Beispielzeitung, vier Wochen.</p>"}, ("partial",)),
    "a French line that sells the rest": ({"body": f"{SHORT}<p>Il vous reste 82 % de cet article à lire. La suite est réservée aux abonnés.</p>"}, ("partial",)),
    "a Hebrew line that sells the rest": ({"body": f"{SHORT}<p>הכתבה המלאה פתוחה למנויים בלבד, הצטרפו עכשיו.</p>"}, ("partial",)),
    "a line that sells over a whole text is not": ({"body": f"{TEXT}<p>Subscribe to The Example to continue reading more of this.</p>"}, ()),
    "a live blog by its type": ({"head": ld('"datePublished": "2020-05-09"', "LiveBlogPosting")}, ("live",)),
    "a live blog by its URL and its times": ({"body": TIMES, "url": "https://example.org/live/bridge"}, ("live",)),
    "a URL alone makes no live blog": ({"url": "https://example.org/live/bridge"}, ()),
    "a gallery by its URL and pictures": ({"body": SHORT + PICTURES, "url": "https://example.org/gallery/x"}, ("gallery",)),
    "a transcript by its speakers": ({"body": TURNS}, ("transcript",)),
    "a transcript by its title": ({"title": "Transcript: the mayor speaks"}, ("transcript",)),
    "a correction": ({"body": f"{TEXT}<p>Correction: an earlier version named the wrong river.</p>"}, ("corrected",)),
    "a Hebrew correction": ({"body": f"{TEXT}<p>תיקון: בגרסה קודמת של הכתבה נכתב שם שגוי.</p>"}, ("corrected",)),
    "an opinion by its type": ({"head": ld('"url": "x"', "OpinionNewsArticle")}, ("opinion",)),
    "an opinion by its section": ({"head": ld('"articleSection": "Opinion"')}, ("opinion",)),
    "an opinion by its URL": ({"url": "https://example.org/opinion/bridge"}, ("opinion",)),
    "an opinion by its title": ({"title": "Opinion: the bridge must stand"}, ("opinion",)),
    "an article about opinions has no mark": ({"title": "Opinions differ on the bridge"}, ()),
    "sponsored by its URL": ({"url": "https://example.org/sponsored/bridge"}, ("sponsored",)),
    "a press release by the wire's words": ({"body": f"<p>LONDON, May 9 /PRNewswire/ -- {SENTENCE}</p>{TEXT}"}, ("press-release",)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_marks(name: str):
    page, marks = CASES[name]
    found = read(**page)
    assert found.marks == marks
    assert tuple(e.value for e in found.evidence if e.field == "mark") == marks


ORIGINS: dict[str, tuple[dict[str, str], tuple[tuple[str, str], ...]]] = {
    "no hint": ({}, ()),
    "a canonical URL at another site": (
        {"head": '<link rel=canonical href="https://www.jpost.com/a-1">'}, (("canonical", "https://www.jpost.com/a-1"),),
    ),
    "a canonical URL at another site with the same path, of a page that does not say where it is": (
        {"head": '<link rel=canonical href="https://www.renamed.net/news/bridge/"><meta property="og:site_name" content="Renamed">'},
        (("canonical, same page", "https://www.renamed.net/news/bridge/"),),
    ),
    "a canonical URL at a sister with the same path": (
        {"head": '<link rel=canonical href="https://sister.net/news/bridge"><meta property="og:site_name" content="The Example">'},
        (("canonical", "https://sister.net/news/bridge"),),
    ),
    "a canonical URL at the outlet's other host is none": (
        {"head": '<link rel=canonical href="https://www.example-news.net/a">'}, (),
    ),
    "a canonical URL at a subdomain is none": ({"head": '<link rel=canonical href="https://m.example.org/a">'}, ()),
    "isBasedOn": (
        {"head": ld('"isBasedOn": [{"@type": "CreativeWork", "url": "https://a.test/b"}, "https://c.test/d"]')},
        (("json-ld isBasedOn", "https://a.test/b"), ("json-ld isBasedOn", "https://c.test/d")),
    ),
    "source meta": (
        {"head": '<meta name="syndication-source" content="https://a.test/b"><meta name=source content="The Example">'},
        (("meta syndication-source", "https://a.test/b"),),
    ),
    "a sentence": (
        {"body": f"{TEXT}<p>This article was first published in The Jerusalem Post.</p>"},
        (("sentence in the text", "The Jerusalem Post"),),
    ),
    "a credit line": ({"body": f"{TEXT}<p>The Jerusalem Post</p>"}, (("credit line", "The Jerusalem Post"),)),
}  # fmt: skip


@pytest.mark.parametrize("name", ORIGINS)
def test_origins(name: str):
    page, origins = ORIGINS[name]
    assert read(**page).origins == origins
