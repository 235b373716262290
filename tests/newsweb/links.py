"""How the lists of an outlet write the addresses of its articles, and the dead ones among them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from tests.newsweb.articles import Article
from tests.newsweb.clock import iso
from tests.newsweb.world import Outlet

LISTS = ("rss", "atom", "rdf", "json_feed", "listing", "sitemap", "sitemap-news")
DEAD_IDS = 9_000_000  # article numbers from here on are never given to an article


@dataclass(frozen=True)
class Entry:
    """What a list says of one address."""

    link: str
    title: str
    published: float


class Links:
    """Chooses the form in which a list names an article.

    With --list-variants each list names an article by another of its URLs, so that one article is found
    under many; without, feeds keep to their outlet's habit, listings mix three forms and sitemaps are
    canonical.
    """

    def __init__(self, options: argparse.Namespace):
        self.options = options

    def in_listing(self, article: Article, number: int) -> str:
        """Links come absolute, relative and with tracking parameters."""
        if self.options.list_variants:
            return self._variant(article, "listing")
        return (article.url, article.path, article.variants()["tracking"])[number % 3]

    def in_feed(self, article: Article, kind: str) -> str:
        """What the entry of a feed of this kind points to."""
        if self.options.list_variants:
            return self._variant(article, kind)
        form = article.outlet.feed_link
        return article.url if form == "url" else article.variants()[form]

    def in_sitemap(self, article: Article, *, is_news: bool) -> str:
        """What a sitemap names the article by."""
        if self.options.list_variants:
            return self._variant(article, "sitemap-news" if is_news else "sitemap")
        return article.url

    def dead(self, outlet: Outlet) -> list[Entry]:
        """Addresses that lists name though nothing is there."""
        day = iso(outlet.world.start)[:10].replace("-", "/")
        return [
            Entry(
                f"{outlet.base}/{day}/never-written-{DEAD_IDS + number}.html",
                f"Never written {number}",
                outlet.world.start,
            )
            for number in range(self.options.dead)
        ]

    def _variant(self, article: Article, where: str) -> str:
        known = article.variants()
        forms = [article.url, known["tracking"], known["amp"], known["mobile"], f"{article.url}#comments"]
        if where != "listing":  # there a link must show by itself that it leads to an article
            forms += [known["short"], known["feedlink"]]
        if self.options.port == 80:
            forms.append(f"{article.outlet.base}:80{article.path}")
        return forms[(article.id + LISTS.index(where)) % len(forms)]
