"""The two webs that can be served: a generated one, and one of real pages.

Both have `outlets`, `by_name` (host names and addresses), `find` (the page at a path), `stand_in` (what a fault
puts in its place), `is_struck` and `truth`.
"""

from __future__ import annotations

import argparse
import bisect
from collections.abc import Iterator

from aiohttp import web

from tests.newsweb.articles import Article
from tests.newsweb.links import Links
from tests.newsweb.misbehaviour import Misbehaviour
from tests.newsweb.pages import Pages
from tests.newsweb.real import RealOutlet, RealPage, Site, describe, feed, front_page, listed_in_sitemap
from tests.newsweb.replies import Reply
from tests.newsweb.routes import Routes
from tests.newsweb.templates import Template
from tests.newsweb.truth import truth
from tests.newsweb.world import Outlet, World


class GeneratedWeb:
    """Outlets, habits and stories made from a seed."""

    def __init__(self, options: argparse.Namespace, start: float, templates: list[Template]):
        self.world = World(options, start, len(templates))
        self.links = Links(options)
        self.pages = Pages(options, templates, self.links)
        self.routes = Routes(options, self.pages, self.links)
        self.misbehaviour = Misbehaviour(options, self.routes)
        self.outlets, self.by_name = self.world.outlets, self.world.by_name
        self.find, self.stand_in, self.is_struck = (
            self.routes.find,
            self.misbehaviour.stand_in,
            self.misbehaviour.struck,
        )

    def truth(self) -> Iterator[dict]:
        """What a perfect crawler would know."""
        return truth(self.world, self.pages)

    def article_count(self) -> int:
        """How many articles there will ever be."""
        return sum(len(outlet.articles) for outlet in self.outlets)

    def published(self, now: float) -> int:
        """How many articles were published up to now."""
        return sum(bisect.bisect_right(outlet.published, now) for outlet in self.outlets)

    def describe(self, outlet: Outlet) -> dict:
        """What a catalogue needs to know of an outlet, and the dead addresses its lists name."""
        return {
            "index": outlet.index,
            "name": outlet.name,
            "host": outlet.host,
            "address": outlet.address,
            "base": outlet.base,
            "language": outlet.language.code,
            "crawl_delay": outlet.crawl_delay,
            "faults": sorted(outlet.faults),
            "dead": [entry.link for entry in self.links.dead(outlet)],
            "unreachable": [a.key for a in outlet.articles if self.misbehaviour.is_unreachable(a)],
        }


class RealWeb:
    """Real pages, unmodified, at outlets grouped by site."""

    def __init__(self, options: argparse.Namespace, start: float, sites: list[Site]):
        self.outlets = [RealOutlet(options, number, site) for number, site in enumerate(sites, 1)]
        self.by_name = {name: outlet for outlet in self.outlets for name in (outlet.host, outlet.address)}

    def find(self, outlet: RealOutlet, path: str, now: float) -> Reply:
        """A page of the collection, or one of the lists of them."""
        if page := outlet.at(path):
            return Reply(
                page.chunks(), content_type="text/html", kind="article", article=page, variant="canonical", revision=0
            )
        for known, kind, content_type, make in (
            ("/robots.txt", "robots", "text/plain", lambda _: "User-agent: *\nDisallow:\n"),
            ("/feed.xml", "feed", "application/rss+xml", feed),
            ("/sitemap.xml", "sitemap", "application/xml", listed_in_sitemap),
            ("/", "home", Reply.content_type, front_page),
        ):
            if path == known:
                return Reply.of_text(make(outlet), content_type, kind)
        return Reply.of_text("<h1>Not found</h1>", Reply.content_type, "other", status=404)

    def stand_in(self, outlet: RealOutlet, request: web.BaseRequest, path: str) -> None:
        """Real pages have no faults but their own."""

    def is_struck(self, article: Article | RealPage | None) -> bool:
        """Never."""
        return False

    def truth(self) -> Iterator[dict]:
        """The labels of every page; a null field is not labelled."""
        return (record for outlet in self.outlets for record in describe(outlet))

    def article_count(self) -> int:
        """How many pages there are."""
        return sum(len(outlet.pages) for outlet in self.outlets)

    def published(self, now: float) -> int:
        """All of them, at any time."""
        return self.article_count()

    def describe(self, outlet: RealOutlet) -> dict:
        """What a catalogue needs to know of an outlet."""
        return {
            "index": outlet.index,
            "name": outlet.name,
            "host": outlet.host,
            "address": outlet.address,
            "base": outlet.base,
            "language": None,
            "crawl_delay": None,
            "faults": [],
            "dead": [],
            "unreachable": [],
        }
