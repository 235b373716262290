"""Feeds of an outlet: RSS 2.0, Atom, RSS 1.0 (RDF) and JSON Feed."""

from __future__ import annotations

import argparse
import html
import json
from dataclasses import dataclass
from email.utils import formatdate

from tests.newsweb.articles import article_text
from tests.newsweb.clock import iso
from tests.newsweb.links import Links
from tests.newsweb.world import Outlet


@dataclass(frozen=True)
class Item:
    """An entry of a feed; the body is HTML."""

    key: str
    link: str
    title: str
    body: str
    published: float
    modified: float
    author: str
    section: str


class Feeds:
    """Renders feeds as text."""

    def __init__(self, options: argparse.Namespace, links: Links):
        self.options, self.links = options, links

    def _items(self, outlet: Outlet, now: float, kind: str) -> list[Item]:
        """What a feed of this kind lists, the newest first, then the dead entries."""
        items = []
        for article in outlet.latest(now)[: self.options.feed_items]:
            revision = article.revision_at(now)
            title, paragraphs = article_text(article, revision)
            shown = paragraphs if outlet.full_feed and article.template < 0 else [paragraphs[0]]
            items.append(
                Item(
                    article.key,
                    self.links.in_feed(article, kind),
                    title,
                    "".join(f"<p>{html.escape(p)}</p>" for p in shown),
                    article.published,
                    article.modified(revision),
                    article.author,
                    article.section,
                )
            )
        items += [
            Item(
                entry.link,
                entry.link,
                entry.title,
                "<p>It was never written.</p>",
                entry.published,
                entry.published,
                "Nobody",
                "world",
            )
            for entry in self.links.dead(outlet)
        ]
        return items

    def rss(self, outlet: Outlet, now: float) -> str:
        items = "".join(
            f"<item><title>{html.escape(i.title)}</title><link>{html.escape(i.link)}</link><guid isPermaLink='false'>{i.key}</guid>"
            f"<pubDate>{formatdate(i.published, usegmt=True)}</pubDate><dc:creator>{i.author}</dc:creator>"
            f"<category>{i.section}</category><description><![CDATA[{i.body}]]></description></item>\n"
            for i in self._items(outlet, now, "rss")
        )
        return (
            "<?xml version='1.0' encoding='UTF-8'?>\n<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>"
            f"<title>{outlet.name}</title><link>{outlet.base}/</link><description>{outlet.name}</description>"
            f"<ttl>15</ttl>\n{items}</channel></rss>\n"
        )

    def atom(self, outlet: Outlet, now: float) -> str:
        entries = "".join(
            f"<entry><title>{html.escape(i.title)}</title><link rel='alternate' href='{html.escape(i.link)}'/>"
            f"<id>tag:{outlet.host},2026:{i.key}</id>"
            f"<published>{iso(i.published)}</published><updated>{iso(i.modified)}</updated>"
            f"<author><name>{i.author}</name></author>"
            f"<summary type='html'>{html.escape(i.body)}</summary></entry>\n"
            for i in self._items(outlet, now, "atom")
        )
        return (
            f"<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom'><title>{outlet.name}</title>"
            f"<id>{outlet.base}/</id><updated>{iso(outlet.changed(now))}</updated>\n{entries}</feed>\n"
        )

    def rdf(self, outlet: Outlet, now: float) -> str:
        entries = self._items(outlet, now, "rdf")
        order = "".join(f"<rdf:li rdf:resource='{html.escape(i.link)}'/>" for i in entries)
        items = "".join(
            f"<item rdf:about='{html.escape(i.link)}'><title>{html.escape(i.title)}</title><link>{html.escape(i.link)}</link>"
            f"<description>{html.escape(i.body)}</description><dc:date>{iso(i.published)}</dc:date></item>\n"
            for i in entries
        )
        return (
            "<?xml version='1.0' encoding='UTF-8'?>\n<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
            f"xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
            f"<channel rdf:about='{outlet.base}/rdf.xml'>"
            f"<title>{outlet.name}</title><link>{outlet.base}/</link><description>{outlet.name}</description>"
            f"<items><rdf:Seq>{order}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
        )

    def json_feed(self, outlet: Outlet, now: float) -> str:
        items = [
            {
                "id": i.key,
                "url": i.link,
                "title": i.title,
                "content_html": i.body,
                "date_published": iso(i.published),
                "date_modified": iso(i.modified),
                "authors": [{"name": i.author}],
            }
            for i in self._items(outlet, now, "json_feed")
        ]
        return json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": outlet.name,
                "home_page_url": outlet.base + "/",
                "feed_url": outlet.base + "/feed.json",
                "items": items,
            }
        )
