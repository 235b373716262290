"""What an article is filed under, and its lead picture with caption and credit."""

from __future__ import annotations

import json

import pytest

from crawler.extract.article import extract_article
from storage.records import Extraction, Outlet, OutletRule, Picture, RuleField

SENTENCE = "The council of the town met on Monday and spoke at some length about the bridge over the river. "
TEXT = "".join(f"<p>{word} of all: {SENTENCE * 3}</p>" for word in ("First", "Second", "Third", "Fourth"))
URL = "https://example.org/news/bridge"


def read(head: str = "", *, top: str = "", end: str = "", ld: dict | None = None, **outlet: object) -> Extraction:
    data = (
        f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "headline": "H", **ld})}</script>'
        if ld
        else ""
    )
    html = f"<html lang=en><head><title>The bridge</title>{head}{data}</head><body><article><h1>The council speaks of the bridge</h1>"
    made = Outlet(key="example", name="The Example", home_url="https://example.org/", **outlet)
    return extract_article(f"{html}{top}{TEXT}{end}</article></body></html>".encode(), url=URL, outlet=made)


def rule_of(found: Extraction, field: str) -> str:
    return next(e.rule for e in found.evidence if e.field == field)


TAGS: dict[str, tuple[Extraction, tuple[str, ...], str]] = {
    "a string of keywords is split": (read(ld={"keywords": "Bridges, River,bridges"}), ("Bridges", "River"), "json-ld keywords"),
    "a list is taken item by item, a comma within belongs to it": (
        read(ld={"keywords": ["Springfield, Ohio", "River"]}), ("Springfield, Ohio", "River"), "json-ld keywords",
    ),
    "defined terms are told by their names": (
        read(ld={"keywords": [{"@type": "DefinedTerm", "name": "River"}]}), ("River",), "json-ld keywords",
    ),
    "things that it is about": (read(ld={"about": [{"@type": "Thing", "name": "Ann Miller"}]}), ("Ann Miller",), "json-ld about"),
    "article:tag comes before news_keywords": (
        read('<meta name=news_keywords content="Town"><meta property=article:tag content=River><meta property=article:tag content=Bridge>'),
        ("River", "Bridge"), "meta article:tag",
    ),
    "Persian commas separate": (read('<meta name=news_keywords content="ایران، سوریه">'), ("ایران", "سوریه"), "meta news_keywords"),
    "links with rel=tag where nothing is declared": (
        read(end='<p><a rel="tag" href="/t/1">#Bridges</a> <a rel="category tag" href="/t/2">River</a></p>'),
        ("Bridges", "River"), "rel=tag",
    ),
    "what only a system files by is no tag, nor is the outlet": (
        read(ld={"keywords": ["/article", "type_review", "Category: News", "id:12", "2024", "The Example", "a.example.com",
                              "cce15240-c52a-4887-a61a-cd64701d6596", "River &amp; Bridge"]}),
        ("River & Bridge",), "json-ld keywords",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("found", "tags", "rule"), TAGS.values(), ids=TAGS.keys())
def test_tags_are_told_with_where_they_came_from(found: Extraction, tags: tuple[str, ...], rule: str):
    assert (found.tags, rule_of(found, "tags")) == (tags, rule)


def test_tags_have_caps_and_hostile_ones_cost_nothing():
    many = read(ld={"keywords": [f"tag {'x' * (n % 90)}{n}" for n in range(5_000)]})
    assert len(many.tags) == 30
    assert max(map(len, many.tags)) <= 60
    assert read(ld={"keywords": {"a": [[[1, None, {"name": {"name": []}}]]]}}).tags == ()
    assert "," * 30 not in str(read(ld={"keywords": "," * 100_000}).tags)


SECTIONS = {
    "json-ld before meta": (
        read('<meta property="article:section" content="Town">', ld={"articleSection": ["Local", "News"]}), "Local", "json-ld articleSection",
    ),
    "meta": (read('<meta property="article:section" content="Town">'), "Town", "meta article:section"),
    "the step below the home page": (
        read(ld={"breadcrumb": {"@type": "BreadcrumbList", "itemListElement": [
            {"position": 2, "item": {"name": "Local"}}, {"position": 1, "name": "Home"}, {"position": 3, "name": "The bridge"}]}}),
        "Local", "json-ld breadcrumb",
    ),
    "an outlet rule before all": (
        read(top="<b class=kicker>Rivers</b>", ld={"articleSection": "Local"}, rules=(OutletRule(field=RuleField.SECTION, css="b.kicker"),)),
        "Rivers", "outlet rule css b.kicker",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("found", "section", "rule"), SECTIONS.values(), ids=SECTIONS.keys())
def test_the_section_is_told_with_where_it_came_from(found: Extraction, section: str, rule: str):
    assert (found.section, rule_of(found, "section")) == (section, rule)


def figure(caption: str, source: str = "/i/bridge-300.jpg") -> str:
    return f'<figure><img src="{source}"><figcaption>{caption}</figcaption></figure>'


OG = '<meta property="og:image" content="/i/bridge-1200.jpg">'
IMAGE = "https://example.org/i/bridge-1200.jpg"
PICTURES: dict[str, tuple[Extraction, Picture | None]] = {
    "JSON-LD tells all": (
        read(ld={"image": {"@type": "ImageObject", "url": "/a.jpg", "caption": "A bridge", "creditText": "Ann Miller"}}),
        Picture(url="https://example.org/a.jpg", caption="A bridge", credit="Ann Miller"),
    ),
    "of several images the first, its author an object": (
        read(ld={"image": [{"contentUrl": "https://i.example.org/a.jpg", "author": {"@type": "Person", "name": "Ann Miller"}}, "b.jpg"]}),
        Picture(url="https://i.example.org/a.jpg", credit="Ann Miller"),
    ),
    "a reference within the page is followed": (
        read(ld={"image": {"@id": "#pic"}, "mainEntity": {"@type": "ImageObject", "@id": "#pic", "url": "/a.jpg", "caption": "A bridge"}}),
        Picture(url="https://example.org/a.jpg", caption="A bridge"),
    ),
    "og:image with the caption of the figure at the top": (
        read(OG, top=figure("A bridge. Photo: Ann Miller")), Picture(url="https://example.org/i/bridge-300.jpg", caption="A bridge.", credit="Ann Miller"),
    ),
    "a figure of the same file, wherever it stands": (
        read('<meta property="og:image" content="https://cdn.example/1200/img48210.jpg">', end=figure("Far down (Reuters)", "/300x200/img48210.jpg")),
        Picture(url="https://cdn.example/1200/img48210.jpg", caption="Far down", credit="Reuters"),
    ),
    "an element named for the credit": (
        read(top=figure("A bridge <span class=credit>Foto: Ann Miller/dpa</span>")),
        Picture(url="https://example.org/i/bridge-300.jpg", caption="A bridge", credit="Ann Miller/dpa"),
    ),
    "a name and an agency after the last sentence": (
        read(top=figure("A bridge was seen. Ann Miller/Getty Images")),
        Picture(url="https://example.org/i/bridge-300.jpg", caption="A bridge was seen.", credit="Ann Miller/Getty Images"),
    ),
    "a lazy picture is where its data says": (
        read(top='<figure><img src="data:image/gif;base64,R0" data-src="/real.jpg"><figcaption>A bridge</figcaption></figure>'),
        Picture(url="https://example.org/real.jpg", caption="A bridge"),
    ),
    "a figure below the text is no lead picture": (read(OG, end=figure("Another bridge", "/x.jpg")), Picture(url=IMAGE)),
    "no picture": (read(), None),
    "only http and https": (read('<meta property="og:image" content="javascript:alert(1)">'), None),
    "no address without end": (read(f'<meta property="og:image" content="https://e.org/{"x" * 3000}">'), None),
}  # fmt: skip


@pytest.mark.parametrize(("found", "picture"), PICTURES.values(), ids=PICTURES.keys())
def test_the_lead_picture_is_told_with_caption_and_credit(found: Extraction, picture: Picture | None):
    assert found.lead_image == picture


def test_each_part_of_a_picture_says_where_it_came_from():
    found = read(
        ld={"image": {"url": "/i/bridge-1200.jpg", "caption": "A bridge"}},
        top=figure("Other words. Photo: Ann Miller", "/i/bridge-1200.jpg"),
    )
    told = {e.field: e.rule for e in found.evidence if e.field.startswith("lead image")}
    assert told == {
        "lead image": "json-ld image",
        "lead image caption": "json-ld image",
        "lead image credit": "figcaption",
    }
