"""JSON-LD as pages write it, whole and broken."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from crawler.extract.jsonld import MAX_SCRIPT_CHARS, nodes, text_of, types
from crawler.extract.page import parse, read_page

SCRIPTS = {
    "an object": '{"@type": "NewsArticle", "headline": "H"}',
    "a list": '[{"@type": "WebSite"}, {"@type": "NewsArticle", "headline": "H"}]',
    "a graph": '{"@graph": [{"@type": "Person"}, {"@type": ["NewsArticle", "Article"], "headline": "H"}]}',
    "a full type address": '{"@type": "https://schema.org/NewsArticle", "headline": "H"}',
    "a CDATA section": '//<![CDATA[\n{"@type": "NewsArticle", "headline": "H"}\n//]]>',
    "a trailing comma": '{"@type": "NewsArticle", "headline": "H",}',
    "a raw line break in a string": '{"@type": "NewsArticle", "description": "a\nb", "headline": "H"}',
    "a semicolon at the end": '{"@type": "NewsArticle", "headline": "H"};',
    "an unescaped quote elsewhere": '{"@type": "NewsArticle", "headline": "H", "description": "a "b" c"}',
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_article_is_found(name):
    html = f'<html><body><script type="application/ld+json">{SCRIPTS[name]}</script></body></html>'
    tree = parse(html)
    assert tree is not None
    assert read_page(tree, "https://example.org/", ()).article.get("headline") == "H"


def test_scripts_over_a_mebibyte_are_not_read():
    script = '{"@type": "NewsArticle", "headline": "' + "x" * MAX_SCRIPT_CHARS + '"}'
    tree = document_fromstring(f'<html><body><script type="application/ld+json">{script}</script></body></html>')
    assert nodes(tree) == []


def test_texts_of_values():
    assert text_of([None, {"name": "A  B"}]) == "A B"
    assert text_of({"@value": "x"}) == "x"
    assert text_of("Q &amp; A") == "Q & A"
    assert text_of("a \ud800 b") == "a b"
    assert text_of(True) is None
    assert text_of({"name": {"name": {"name": {"name": {"name": "deep"}}}}}) is None


def test_types_without_their_vocabulary():
    assert types({"@type": ["http://schema.org/Article", "schema:Report", 3]}) == {"article", "report"}
