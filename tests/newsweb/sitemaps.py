"""robots.txt and sitemaps of an outlet."""

from __future__ import annotations

import html

from tests.newsweb.articles import article_text
from tests.newsweb.clock import DAY, iso
from tests.newsweb.links import Links
from tests.newsweb.world import CLOSED_AGENTS, DISALLOWED, Outlet

NEWS_SITEMAP_WINDOW = 2 * DAY


def robots(outlet: Outlet) -> str:
    """The rules of an outlet, for all and for closed-out agents, with its Crawl-delay."""
    if "closed" in outlet.faults:
        return "User-agent: *\nDisallow: /\n"
    delay = f"Crawl-delay: {outlet.crawl_delay:g}\n" if outlet.crawl_delay else ""
    closed = "".join(f"User-agent: {agent}\n" for agent in CLOSED_AGENTS) + "Disallow: /\n"
    return (
        "User-agent: *\n"
        + "".join(f"Disallow: {path}\n" for path in DISALLOWED)
        + delay
        + "\n"
        + closed
        + f"\nSitemap: {outlet.base}/sitemap_index.xml\nSitemap: {outlet.base}/sitemap-news.xml\n"
    )


def sitemap_index(outlet: Outlet, now: float) -> str:
    """The index: the news sitemap and one for each month; gzipped ones at every fifth outlet."""
    suffix = ".xml.gz" if outlet.index % 5 == 0 else ".xml"
    months = sorted({iso(a.published)[:7] for a in outlet.latest(now)})
    names = ["sitemap-news.xml"] + [f"sitemap-{month}{suffix}" for month in months]
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        + "".join(
            f"<sitemap><loc>{outlet.base}/{name}</loc><lastmod>{iso(outlet.changed(now))}</lastmod></sitemap>\n"
            for name in names
        )
        + "</sitemapindex>\n"
    )


def sitemap(outlet: Outlet, links: Links, now: float, month: str | None) -> str:
    """A month's sitemap, or the Google News one of the last two days."""
    head = (
        "<?xml version='1.0' encoding='UTF-8'?>\n<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>\n"
    )
    out = [head]
    for article in outlet.latest(now):
        if month is None and article.published < now - NEWS_SITEMAP_WINDOW:
            break
        if month is not None and iso(article.published)[:7] != month:
            continue
        revision = article.revision_at(now)
        news = (
            ""
            if month is not None
            else (
                f"<news:news><news:publication><news:name>{outlet.name}</news:name><news:language>{outlet.language.code}"
                f"</news:language></news:publication><news:publication_date>{iso(article.published)}</news:publication_date>"
                f"<news:title>{html.escape(article_text(article, revision)[0])}</news:title></news:news>"
            )
        )
        out.append(
            f"<url><loc>{html.escape(links.in_sitemap(article, is_news=month is None))}</loc>"
            f"<lastmod>{iso(article.modified(revision))}</lastmod>{news}</url>\n"
        )
    out += [f"<url><loc>{html.escape(entry.link)}</loc></url>\n" for entry in links.dead(outlet)]
    return "".join(out) + "</urlset>\n"
