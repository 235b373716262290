"""RSS 2.0 (rssboard.org/rss-specification), with the parts of Atom and Dublin Core that its profile advises."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from lxml import etree

from delivery.feeds.dates import rfc822
from delivery.feeds.records import Feed, FeedEntry
from delivery.feeds.wording import is_web_url, one_line, title_of, to_html

MEDIA_TYPE = "application/rss+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_TAG = re.compile(r"<[A-Za-z/!?]")


def render(feed: Feed, entries: Sequence[FeedEntry]) -> bytes:
    """The whole document, UTF-8. `pubDate` is `FeedEntry.dated`."""
    root = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": _ATOM, "dc": _DC})
    channel = etree.SubElement(root, "channel")
    _add(channel, "title", one_line(feed.title))
    _add(channel, "link", one_line(feed.home_url))
    _add(channel, "description", one_line(feed.description))
    _add(channel, "language", feed.language)
    _add(channel, "lastBuildDate", rfc822(feed.updated))
    _add(channel, "generator", "Presswatch")
    etree.SubElement(channel, f"{{{_ATOM}}}link", {"href": one_line(feed.self_url), "rel": "self", "type": MEDIA_TYPE})
    for hub in feed.hubs:
        etree.SubElement(channel, f"{{{_ATOM}}}link", {"href": one_line(hub), "rel": "hub"})
    for entry in entries:
        _add_item(channel, entry)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _add_item(channel: etree._Element, entry: FeedEntry) -> None:
    item = etree.SubElement(channel, "item")
    _add(item, "title", _title(entry))
    if is_web_url(entry.url):
        _add(item, "link", one_line(entry.url))
    _add(item, "guid", entry.id).set("isPermaLink", "false")
    _add(item, "pubDate", rfc822(entry.dated))
    for author in filter(None, map(one_line, entry.authors)):
        _add(item, f"{{{_DC}}}creator", author)
    if entry.language:
        _add(item, f"{{{_DC}}}language", one_line(entry.language))
    for category in filter(None, map(one_line, entry.categories)):
        _add(item, "category", category)
    _add(item, "source", one_line(entry.outlet_name)).set("url", one_line(entry.outlet_url))
    if entry.story and not (entry.story.is_origin or entry.story.is_seen_first):
        _add(item, f"{{{_DC}}}source", one_line(entry.story.origin))
    _add(item, "description", to_html(entry.text, entry.language))


def _title(entry: FeedEntry) -> str:
    """RSS 2.0 leaves open whether a title is text or markup, and readers differ.

    So plain titles stay plain, and one that could be taken for a tag is escaped once more: shown raw by some
    readers, run as markup by none.
    """
    title = title_of(entry)
    return escape(title, quote=False) if _TAG.search(title) else title


def _add(parent: etree._Element, tag: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, tag)
    element.text = text
    return element
