"""What a page that lists the past leads to: addresses of the period, and further pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from urllib.parse import urlsplit

from crawler.discovery.articleurl import looks_like_article
from crawler.discovery.periods import (
    Period,
    Window,
    archive_pages,
    is_in,
    period_of_article,
    period_of_list,
)
from storage.backfills import Find, PageKind, PageToRead
from storage.records import Candidate, Discovery, Outlet, SitemapRef

MAX_DEPTH = 3  # a sitemap index names sitemaps; a few name indexes
#: Lists of authors, sections and keywords hold no articles, by the names that content systems give them.
_OF_NO_ARTICLES = re.compile(
    r"(?:^|[/_-])(?:authors?|categor(?:y|ies)|(?:post_)?tags?|topics?|users|taxonomies)(?=[/._-])", re.IGNORECASE
)
#: Pages of unknown days come after those of known ones, the first page before all.
_FIRST, _LAST = -10_000_000, 10_000_000
#: So many addresses of an archive are tried before the outlet is believed to have none.
PROBES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is looked for of an outlet's past, and in which order."""

    window: Window
    outlet: Outlet
    is_oldest_first: bool = False

    def first_pages(self, urls: Iterable[str], kind: PageKind) -> tuple[PageToRead, ...]:
        """Pages to begin with."""
        ranked = [PageToRead(kind=kind, url=url, rank=_FIRST) for url in dict.fromkeys(urls)]
        return tuple(page for page in ranked if self._may_hold(page.url, None))

    def archives(self, patterns: Sequence[str]) -> tuple[PageToRead, ...]:
        """The first pages of each pattern of archives; the rest is read where one of them is there."""
        return tuple(page for pattern in patterns for page in self._of_pattern(pattern)[:PROBES])

    def of_sitemap(self, page: PageToRead, found: Discovery) -> tuple[tuple[Find, ...], int, tuple[PageToRead, ...]]:
        """Finds of a sitemap, how many of its addresses nothing dates, and the sitemaps to be read after it."""
        finds, undated = self._finds(found.candidates, period_of_list(page.url))
        if page.depth >= MAX_DEPTH:
            return finds, undated, ()
        children = (self._child(ref, page.depth + 1) for ref in found.sitemaps if self._may_hold(ref.url, ref.lastmod))
        return finds, undated, tuple(children)

    def of_archive(
        self, page: PageToRead, found: Discovery, links: Iterable[str], patterns: Sequence[str]
    ) -> tuple[tuple[Find, ...], int, tuple[PageToRead, ...]]:
        """The same of an archive by date; what stands beside its list (the newest, the most read) is left out where
        addresses tell their day.
        """
        listed = [one for one in found.candidates if looks_like_article(one.url, self.outlet)]
        dated = [one for one in listed if period_of_article(one.url) is not None]
        finds, undated = self._finds(dated or listed, period_of_list(page.url))
        more: list[PageToRead] = []
        if finds:
            more += [
                other for pattern in patterns if page.url in self._urls(pattern) for other in self._of_pattern(pattern)
            ]
            further = _further(page, links)
            more += [PageToRead(kind=page.kind, url=further, rank=page.rank, depth=page.depth + 1)] if further else []
        return finds, undated, tuple(more)

    def _urls(self, pattern: str) -> list[str]:
        return archive_pages(pattern, self.window.days)

    def _of_pattern(self, pattern: str) -> list[PageToRead]:
        pages = [PageToRead(kind=PageKind.ARCHIVE, url=url, rank=self._rank_of(url)) for url in self._urls(pattern)]
        return sorted(pages, key=lambda page: page.rank)

    def _child(self, ref: SitemapRef, depth: int) -> PageToRead:
        return PageToRead(kind=PageKind.SITEMAP, url=ref.url, rank=self._rank_of(ref.url), depth=depth)

    def _may_hold(self, url: str, lastmod: datetime | None) -> bool:
        named = period_of_list(url)
        if named is not None:
            return named.meets(self.window.days)
        if _OF_NO_ARTICLES.search(urlsplit(url).path):
            return False
        return lastmod is None or lastmod >= self.window.since

    def _finds(self, found: Iterable[Candidate], of_list: Period | None) -> tuple[tuple[Find, ...], int]:
        judged = [(one, is_in(self.window, one, of_list)) for one in found]
        finds = tuple(Find(candidate=one, rank=self._rank(one, of_list)) for one, is_ours in judged if is_ours)
        return finds, sum(is_ours is None for _, is_ours in judged)

    def _rank_of(self, url: str) -> int:
        named = period_of_list(url)
        if named is None:
            return _LAST
        return named.first.toordinal() if self.is_oldest_first else -named.last.toordinal()

    def _rank(self, found: Candidate, of_list: Period | None) -> int:
        """Seconds by which finds are fetched one after the other; a day counts with its midnight."""
        moment = found.hints.published
        named = period_of_article(found.url) or of_list
        if moment is not None:
            at = moment.at
        elif named is not None:
            at = datetime.combine(named.first, time(), UTC)
        else:
            at = found.hints.modified.at if found.hints.modified else self.window.since
        seconds = int(at.timestamp())
        return seconds if self.is_oldest_first else -seconds


def _further(page: PageToRead, links: Iterable[str]) -> str | None:
    """The next page of the same list, where it is linked: /page/2/, ?page=2."""
    base = page.url if page.depth == 0 else re.sub(r"(?:/page/\d+/?|[?&](?:page|p)=\d+)$", "", page.url)
    number = page.depth + 2
    base = re.escape(base.rstrip("/"))
    wanted = re.compile(rf"{base}/?(?:page/{number}/?|[?&](?:page|p|pg)={number})")
    return next((link for link in links if wanted.fullmatch(link)), None)
