"""Autodiscovery: what a home page, its robots.txt and custom say of an outlet's sources, and the outlet
that follows. Bytes in, records out; the caller fetches, tries the sources and caps sizes.

No input makes it raise, save a home address that is none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from urllib.parse import urlsplit

import ada_url
from lxml import etree

from crawler.codes import country_of_domain, only_zone
from crawler.discovery.errors import BadUrl
from crawler.discovery.masthead import languages_of, name_of
from crawler.discovery.pagetree import page_tree
from crawler.discovery.urls import fetch_url
from crawler.sites import free_key, host_of, site_label, site_of
from storage.records import Outlet, OutletSource, SourceKind

MAX_FOUND = 50
MAX_LOOKED_AT = 1_000
MAX_URL_LENGTH = 2_000

_FEED_TYPES = {
    "application/rss+xml": 0,
    "application/atom+xml": 0,
    "application/rdf+xml": 0,
    "application/x-rss+xml": 0,
    "application/xml": 1,
    "text/xml": 1,
    "application/feed+json": 2,
    "application/json": 2,  # also WordPress' API and others: only where the address looks like a feed
}
_VAGUE_TYPES = frozenset({"application/xml", "text/xml", "application/json"})
_LOOKS_LIKE_FEED = re.compile(
    r"(?:^|[/._=?&-])(?:rss\w*|atom|feeds?|rdf)(?:$|[/._=?&-])|\.(?:rss|atom|rdf)$", re.IGNORECASE
)
_OF_COMMENTS = re.compile(
    r"comment|(?:^|[/=])respon[sd]|kommentar|commentaire|comentario|yorum"
    r"|تعليق|دیدگاه|نظرات|תגוב",
    re.IGNORECASE,
)
# Feeds of a part of the outlet, or of another medium.
_NARROW = re.compile(
    r"/(?:tags?|topics?|category|categories|author|authors|podcasts?|video|videos|search)(?:/|$)", re.IGNORECASE
)

_FEED_PATHS = (
    *("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed/", "rss/", "feeds/latest"),
    *("index.rdf", "rss/all.xml", "rss/news.xml", "feeds/rss", "feed.json"),
)
_SITEMAP_PATHS = (
    *("sitemap-news.xml", "news-sitemap.xml", "sitemap_news.xml", "news_sitemap.xml", "sitemaps/news.xml"),
    *("googlenews.xml", "sitemap_index.xml", "sitemap-index.xml", "wp-sitemap.xml", "sitemap.xml"),
)
_ROBOTS_SITEMAP = re.compile(r"^[ \t]*site-?map[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A link to what may be a feed; `rank` is smaller the more it looks like the outlet's main feed."""

    url: str
    rank: tuple[int, ...]


def feeds_in_page(html: bytes, url: str) -> list[OutletSource]:
    """Feeds that a page names, the most likely main one first: `link rel=alternate` (WHATWG HTML 4.6.7.1),
    then links that look like one. Feeds of comments are left out.
    """
    tree = page_tree(html)
    if tree is None:
        return []
    base = _base_of(tree, url)
    found = islice(chain(_declared(tree, base, url), _linked(tree, base, url)), MAX_LOOKED_AT)
    return _sources(SourceKind.FEED, (item.url for item in sorted(found, key=lambda item: item.rank)))


def usual_places(home_url: str) -> list[OutletSource]:
    """Where outlets commonly keep feeds and sitemaps, below the home page's folder and at the host's root;
    to be tried in this order.
    """
    folder = _absolute(home_url, ".")
    if folder is None:
        return []
    roots = dict.fromkeys(root for root in (_as_folder(home_url), _absolute(home_url, "/")) if root)
    feeds = (f"{root}{path}" for root in roots for path in _FEED_PATHS)
    sitemaps = (f"{root}{path}" for root in roots for path in _SITEMAP_PATHS)
    return [*_sources(SourceKind.FEED, feeds), *_sources(SourceKind.SITEMAP, sitemaps)]


def sitemaps_in_robots(text: str, url: str) -> list[OutletSource]:
    """Sitemaps that a robots.txt names (sitemaps.org, "Specifying the sitemap location"), those of news first."""
    named = (_absolute(url, match[1]) for match in _ROBOTS_SITEMAP.finditer(text.removeprefix("\ufeff")))
    return _sources(SourceKind.SITEMAP, sorted((place for place in named if place), key=_sitemap_rank))


def propose_outlet(home_url: str, html: bytes, sources: Sequence[OutletSource], taken_keys: Collection[str]) -> Outlet:
    """The outlet whose home page this is, with the sources that were found; without any, the home page
    is its listing. Country and time zone are told only where the domain leaves no doubt.

    Raises ValueError when the home address is not an absolute http or https URL.
    """
    home = _absolute(home_url, "")
    if home is None:
        raise ValueError(f'"{home_url}" is not an absolute http or https address; write it as https://www.example.org')
    tree = page_tree(html)
    country = country_of_domain(host_of(home))
    kept = {source.url: source for source in sources} or {home: OutletSource(kind=SourceKind.LISTING, url=home)}
    return Outlet(
        key=free_key(site_label(home), taken_keys),
        name=(name_of(tree, site_label(home)) if tree is not None else None) or host_of(home).removeprefix("www."),
        home_url=home,
        country=country,
        languages=languages_of(tree) if tree is not None else (),
        timezone=only_zone(country),
        sources=tuple(kept.values()),
    )


def _declared(tree: etree._Element, base: str, page_url: str) -> Iterator[_Found]:
    for link in tree.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        media_type = (link.get("type") or "").partition(";")[0].strip().lower()
        target = _absolute(base, link.get("href") or "")
        if target is None or not ({"alternate", "feed"} & set(rel)) or "stylesheet" in rel:
            continue
        is_feed = "feed" in rel or media_type in _FEED_TYPES
        if media_type in _VAGUE_TYPES and not _LOOKS_LIKE_FEED.search(target):
            is_feed = False
        if is_feed and not _is_of_comments(target, link.get("title") or ""):
            yield _found(target, page_url, 0, _FEED_TYPES.get(media_type, 1))


def _linked(tree: etree._Element, base: str, page_url: str) -> Iterator[_Found]:
    for link in tree.iter("a"):
        href = (link.get("href") or "").strip()
        # The cheap test first: a page has many links.
        if not _LOOKS_LIKE_FEED.search(href):
            continue
        target = _absolute(base, href)
        if target is None or not _LOOKS_LIKE_FEED.search(_without_tracking(target)):
            continue
        if site_of(target) == site_of(page_url) and not _is_of_comments(target, link.get("title") or ""):
            yield _found(target, page_url, 1, 1)


def _found(target: str, page_url: str, step: int, media: int) -> _Found:
    path = urlsplit(target).path
    is_foreign = site_of(target) != site_of(page_url)
    return _Found(url=target, rank=(step, bool(_NARROW.search(path)), is_foreign, media))


def _is_of_comments(target: str, title: str) -> bool:
    parts = urlsplit(target)
    return any(_OF_COMMENTS.search(text) for text in (parts.path, parts.query, title))


def _base_of(tree: etree._Element, url: str) -> str:
    """What relative addresses are relative to: the first base element with an address, else the page."""
    href = next((base.get("href") for base in tree.iter("base") if base.get("href")), None)
    return (_absolute(url, href) if href else None) or url


def _absolute(base: str, href: str) -> str | None:
    """An absolute http or https URL without fragment and credentials, or None."""
    if len(href) > MAX_URL_LENGTH:
        return None
    try:
        url = ada_url.URL(href.strip(), base=base)
        if url.protocol not in ("http:", "https:") or not url.hostname or url.username or url.password:
            return None
        url.hash = ""
    except ValueError:
        return None
    return url.href


def _without_tracking(url: str) -> str:
    """A URL without tracking parameters: "utm_source=rss" is in links to articles, never to a feed."""
    try:
        return fetch_url(url)
    except BadUrl:
        return url


def _as_folder(url: str) -> str | None:
    """A home page's address as that of a folder: https://x.org/en and https://x.org/en/ hold the same."""
    place = _absolute(url, "")
    if place is None:
        return None
    path = urlsplit(place).path
    if re.search(r"\.[A-Za-z]{2,5}$", path):
        return _absolute(place, ".")
    return _absolute(place, path.rstrip("/") + "/")


def _sitemap_rank(url: str) -> int:
    path = urlsplit(url).path.lower()
    if "news" in path:
        return 0
    return 2 if re.search(r"image|video|photo|tag|author|categor", path) else 1


def _sources(kind: SourceKind, urls: Iterable[str]) -> list[OutletSource]:
    return [OutletSource(kind=kind, url=url) for url in dict.fromkeys(urls)][:MAX_FOUND]
