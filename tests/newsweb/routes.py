"""Which page lies at which path of a generated outlet."""

from __future__ import annotations

import argparse
import re
import zlib
from functools import lru_cache
from typing import ClassVar

from tests.newsweb import sitemaps
from tests.newsweb.articles import Article
from tests.newsweb.chunks import Chunk, gzip_chunks
from tests.newsweb.faults import spoil_xml
from tests.newsweb.feeds import Feeds
from tests.newsweb.links import Links
from tests.newsweb.pages import Pages
from tests.newsweb.replies import Reply, redirect
from tests.newsweb.templates import TOPICS
from tests.newsweb.world import SECTIONS, Outlet


class Routes:
    """Finds the page at a path, were there no faults."""

    FEEDS: ClassVar = {
        "/feed.xml": ("rss", "application/rss+xml"),
        "/rss": ("rss", "text/xml"),
        "/atom.xml": ("atom", "application/atom+xml"),
        "/rdf.xml": ("rdf", "application/rdf+xml"),
        "/feed.json": ("json_feed", "application/feed+json"),
    }
    ARTICLE = re.compile(
        r"^(?P<form>/amp|/m|/print|/s|/r/feed)?(?:/story\.php\?id=(?P<a>\d+)"
        r"|/(?:.*[-/])?(?P<b>\d{4,})(?:\.html|/[^/?]+)?)(?:[?&].*)?$"
    )
    FORMS: ClassVar = {
        None: "canonical",
        "/amp": "amp",
        "/m": "mobile",
        "/print": "print",
        "/s": "short",
        "/r/feed": "feedlink",
    }

    def __init__(self, options: argparse.Namespace, pages: Pages, links: Links):
        self.options, self.pages, self.links = options, pages, links
        self.feeds = Feeds(options, links)
        self.cached = lru_cache(maxsize=2048)(self._render)

    def article_at(self, outlet: Outlet, path: str) -> Article | None:
        """The article that a path in any form leads to, published or not."""
        match = self.ARTICLE.match(path)
        return outlet.by_id.get(int(match["a"] or match["b"])) if match else None

    def find(self, outlet: Outlet, path: str, now: float) -> Reply:
        """The page at a path, were there no faults."""
        plain, _, query = path.partition("?")
        if plain == "/robots.txt":
            if "robots500" in outlet.faults:
                return Reply([Chunk("error")], 500, "text/plain", kind="robots")
            return Reply([Chunk(sitemaps.robots(outlet))], content_type="text/plain", kind="robots")
        if (article := self.article_at(outlet, path)) and article.published <= now:
            return self._article(article, self.FORMS[self.ARTICLE.match(path)["form"]], path, now)
        version, number = outlet.version(now), re.search(r"(?:^|&)page=(\d{1,4})(?:&|$)", query)
        shape = self.cached(outlet, plain, max(1, int(number[1])) if number else 1, version)
        if shape is None:
            return Reply([Chunk("<h1>Not found</h1>")], 404)
        kind, content_type, chunks = shape
        return Reply(
            list(chunks),
            200,
            content_type,
            etag=f'"{zlib.crc32(path.encode()):x}-{version}"',
            modified=outlet.changed(now),
            kind=kind,
        )

    def _article(self, article: Article, form: str, path: str, now: float) -> Reply:
        revision = article.revision_at(now)
        about = {"article": article, "variant": form, "kind": "article"}
        if article.removed(now):
            return Reply([Chunk("<h1>This article is no longer available</h1>")], article.removed_status, **about)
        if form in ("short", "feedlink"):
            return redirect(article.url, 301 if form == "short" else 302, **about)
        if form == "canonical" and path != article.path:
            base, extra = article.path, path.removeprefix(article.path)
            if not path.startswith(base) or extra[0] not in "?&":
                return redirect(article.url, 301, **{**about, "variant": "moved"})  # a wrong or former slug
            about["variant"] = "tracking"
        return Reply(
            self.pages.article(article, revision, form),
            etag=f'"{article.id}-{revision}-{form}"',
            modified=article.modified(revision, honest=True),
            revision=revision,
            **about,
        )

    def _render(self, outlet: Outlet, path: str, page: int, version: int) -> tuple[str, str, list[Chunk]] | None:
        """A listing, feed or sitemap: kind, content type and chunks; None if there is no such page."""
        now = outlet.events[version - 1] if version else outlet.world.start
        return (
            self._feed(outlet, path, now) or self._sitemap(outlet, path, now) or self._listing(outlet, path, now, page)
        )

    def _listing(self, outlet: Outlet, path: str, now: float, page: int) -> tuple[str, str, list[Chunk]] | None:
        """The home page, a section or a topic page."""
        if path == "/":
            kind, heading, found = "home", outlet.name, outlet.latest(now)
        elif (match := re.fullmatch(r"/section/(\w+)/?", path)) and match[1] in SECTIONS:
            kind, heading, found = "section", match[1].title(), outlet.latest(now, match[1])
            path = f"/section/{match[1]}/"
        elif match := re.fullmatch(r"/topic/(\d+)", path):
            found = [article for article in outlet.latest(now) if article.id % TOPICS == int(match[1])]
            kind, heading = "topic", f"Topic {match[1]}"
        else:
            return None
        return kind, Reply.content_type, self.pages.listing(outlet, now, found, heading=heading, page=page, path=path)

    def _feed(self, outlet: Outlet, path: str, now: float) -> tuple[str, str, list[Chunk]] | None:
        if path not in self.FEEDS:
            return None
        maker, content_type = self.FEEDS[path]
        text = getattr(self.feeds, maker)(outlet, now)
        if content_type != "application/feed+json":
            text = spoil_xml(text, outlet.faults, self.options.port)
        return "feed", f"{content_type}; charset=utf-8", [Chunk(text)]

    def _sitemap(self, outlet: Outlet, path: str, now: float) -> tuple[str, str, list[Chunk]] | None:
        if path in ("/sitemap_index.xml", "/sitemap.xml"):
            return "sitemap", "application/xml", [Chunk(sitemaps.sitemap_index(outlet, now))]
        match = re.fullmatch(r"/sitemap-(news|\d{4}-\d\d)\.xml(\.gz)?", path)
        if match is None:
            return None
        text = sitemaps.sitemap(outlet, self.links, now, None if match[1] == "news" else match[1])
        text = spoil_xml(text, outlet.faults & {"badxml"}, self.options.port)
        if match[2]:
            return "sitemap", "application/x-gzip", [Chunk(gzip_chunks([Chunk(text)]))]
        return "sitemap", "application/xml", [Chunk(text)]
