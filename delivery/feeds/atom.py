"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from delivery.feeds.dates import rfc3339
from delivery.feeds.records import Feed, FeedEntry, FeedStory
from delivery.feeds.wording import is_web_url, one_line, title_of, to_html

MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def render(feed: Feed, entries: Sequence[FeedEntry]) -> bytes:
    """The whole document, UTF-8. `published` is `FeedEntry.dated`, `updated` the newest revision's time."""
    root = etree.Element(f"{{{_ATOM}}}feed", {_LANG: feed.language}, nsmap={None: _ATOM})  # type: ignore[dict-item]  # the stubs know no default namespace
    _add(root, "id", one_line(feed.self_url))
    _add(root, "title", one_line(feed.title))
    _add(root, "subtitle", one_line(feed.description))
    _add(root, "updated", rfc3339(feed.updated))
    _link(root, rel="self", href=feed.self_url, media_type=MEDIA_TYPE)
    _link(root, rel="alternate", href=feed.home_url, media_type="text/html")
    for hub in feed.hubs:  # WebSub 4
        etree.SubElement(root, f"{{{_ATOM}}}link", {"rel": "hub", "href": one_line(hub)})
    _add(root, "generator", "Presswatch")
    for entry in entries:
        _add_entry(root, entry)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _add_entry(root: etree._Element, entry: FeedEntry) -> None:
    element = etree.SubElement(root, f"{{{_ATOM}}}entry")
    if entry.language:
        element.set(_LANG, one_line(entry.language))
    _add(element, "id", entry.id)
    _add(element, "title", title_of(entry))
    if is_web_url(entry.url):
        _link(element, rel="alternate", href=entry.url, media_type="text/html")
    _add_story(element, entry.story)
    _add(element, "published", rfc3339(entry.dated))
    _add(element, "updated", rfc3339(entry.updated_at))
    # RFC 4287 4.1.2: an entry without an author is invalid unless its feed has one. An article without a
    # byline is the outlet's own.
    for name in [*filter(None, map(one_line, entry.authors))] or [one_line(entry.outlet_name)]:
        _add(etree.SubElement(element, f"{{{_ATOM}}}author"), "name", name)
    for category in filter(None, map(one_line, entry.categories)):
        etree.SubElement(element, f"{{{_ATOM}}}category", {"term": category})
    # RFC 4287 4.1.2: only an entry with an alternate link may go without content.
    text = "summary" if entry.is_summary and is_web_url(entry.url) else "content"
    _add(element, text, to_html(entry.text, entry.language)).set("type", "html")
    _add_source(element, entry)


def _add_story(element: etree._Element, story: FeedStory | None) -> None:
    """Where the text comes from (RFC 4287 4.2.7.2, "via"), and the page of the story."""
    if story is None:
        return
    if not (story.is_origin or story.is_seen_first) and is_web_url(story.origin_url or ""):
        _link(element, rel="via", href=story.origin_url or "", media_type="text/html", title=story.origin)
    if is_web_url(story.url):
        _link(element, rel="related", href=story.url, media_type="text/html", title=story.summary)


def _add_source(element: etree._Element, entry: FeedEntry) -> None:
    source = etree.SubElement(element, f"{{{_ATOM}}}source")
    _add(source, "id", one_line(entry.outlet_url))
    _add(source, "title", one_line(entry.outlet_name))
    _add(source, "updated", rfc3339(entry.updated_at))
    _link(source, rel="alternate", href=entry.outlet_url, media_type="text/html")


def _link(parent: etree._Element, *, rel: str, href: str, media_type: str, title: str | None = None) -> None:
    link = etree.SubElement(parent, f"{{{_ATOM}}}link", {"rel": rel, "type": media_type, "href": one_line(href)})
    if title:
        link.set("title", one_line(title))


def _add(parent: etree._Element, tag: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{tag}")
    element.text = text
    return element
