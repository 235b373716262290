"""Articles and listings as HTML pages, made of chunks."""

from __future__ import annotations

import argparse
import html
import json
from functools import lru_cache

from tests.newsweb.articles import Article, article_text
from tests.newsweb.chunks import Chunk
from tests.newsweb.clock import DAY, iso
from tests.newsweb.frame import THEMES, Frame
from tests.newsweb.links import Links
from tests.newsweb.templates import TOPICS, Template
from tests.newsweb.world import Outlet


class Pages:
    """Renders the pages of outlets, as lists of chunks."""

    def __init__(self, options: argparse.Namespace, templates: list[Template], links: Links):
        self.options, self.templates = options, templates
        self.links = links
        self.frame = Frame(links)
        self.article = lru_cache(maxsize=4096)(self._make_article)

    # -- articles

    def lead(self, article: Article, revision: int) -> str | None:
        """The article's own words in a real page: its first generated paragraph."""
        return article_text(article, revision)[1][0] if article.template >= 0 else None

    def text(self, article: Article, revision: int) -> str | None:
        """The text an extractor should find (None if the real page's text is not known)."""
        if article.template < 0:
            return "\n\n".join(article_text(article, revision)[1])
        known = self.templates[article.template].text
        return known and f"{self.lead(article, revision)}\n\n{known}"

    @staticmethod
    def credit(article: Article) -> str | None:
        return f"This story was first published by {article.origin.outlet.name}." if article.origin else None

    def _make_article(self, article: Article, revision: int, variant: str) -> list[Chunk]:
        """An article page in its 'canonical', 'amp', 'mobile' or 'print' form; the same until the next revision."""
        title, paragraphs = article_text(article, revision)
        head = self._article_head(article, revision, title, variant)
        credit = f"<p class='credit'><em>{html.escape(self.credit(article) or '')}</em></p>\n" if article.origin else ""
        if article.template >= 0 and variant == "canonical":
            first, second, rest = self.templates[article.template].parts
            return [first, Chunk(head), second, Chunk(f"{html.escape(paragraphs[0])}</p>{credit}<p>"), rest]
        opening, closing, _ = THEMES[article.outlet.index % len(THEMES)]
        body = (
            "".join(
                f"<p>{html.escape(paragraph)}</p>\n"
                for paragraph in (
                    [self.lead(article, revision) or "", self.text(article, revision) or ""]
                    if article.template >= 0
                    else paragraphs
                )
            )
            + credit
        )
        byline = (
            f"<h1>{html.escape(title)}</h1><div class='meta'>By <a rel='author' href='/topic/{article.id % TOPICS}'>"
            f"{article.author}</a> "
            f"<time datetime='{iso(article.published)}'>{iso(article.published)[:16].replace('T', ' ')}</time></div>"
        )
        story = f"{byline}{opening}{body}<p class='about'>{html.escape(article.outlet.about)}</p>{closing}"
        if variant != "canonical":
            return [
                Chunk(
                    f"<!DOCTYPE html><html{' amp' if variant == 'amp' else ''}><head>{head}</head>"
                    f"<body><main>{story}</main></body></html>"
                )
            ]
        top, bottom = self.frame.shell(article.outlet)
        return [
            Chunk("<!DOCTYPE html>\n<html lang='" + article.outlet.language.code + "'><head>" + head),
            top,
            Chunk(self._with_furniture(article, story)),
            self.frame.related(article.outlet, article.outlet.version(article.published // DAY * DAY)),
            bottom,
        ]

    def _article_head(self, article: Article, revision: int, title: str, variant: str) -> str:
        """Metadata: title, canonical and alternate links, OpenGraph, JSON-LD."""
        # A page in another form names the outlet's own desktop page, as AMP demands; where lists mix URL variants, that matters.
        own = variant != "canonical" and self.options.list_variants
        canonical = article.url if own else article.declared_canonical
        modified, escaped, url = iso(article.modified(revision)), html.escape(title), html.escape(canonical)
        linked = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": title,
            "datePublished": iso(article.published),
            "dateModified": modified,
            "url": canonical,
            "author": [{"@type": "Person", "name": article.author}],
            "articleSection": article.section,
            "publisher": {"@type": "Organization", "name": article.outlet.name},
        }
        script = json.dumps(linked).replace("</", "<\\/")
        amp = f'<link rel="amphtml" href="{html.escape(article.variants()["amp"])}">' if variant == "canonical" else ""
        return (
            f'<meta charset="utf-8"><title>{escaped} | {article.outlet.name}</title>\n'
            f'<link rel="canonical" href="{url}">{amp}\n<meta property="og:type" content="article">'
            f'<meta property="og:title" content="{escaped}"><meta property="og:url" content="{url}">'
            f'<meta property="og:site_name" content="{article.outlet.name}">'
            f'<meta property="article:published_time" content="{iso(article.published)}">'
            f'<meta property="article:modified_time" content="{modified}">'
            f'<meta name="author" content="{article.author}">\n'
            f'<script type="application/ld+json">{script}</script>\n'
        )

    def _with_furniture(self, article: Article, story: str) -> str:
        """A story with a figure and ads in it and comments below."""
        rng, language = article.rng("furniture"), article.outlet.language
        caption, *comments = rng.choices(language.small_talk, k=rng.randint(1, 9))
        figure = (
            f"<figure><img src='/img/{article.id}.jpg' alt='{article.section}'>"
            f"<figcaption>{caption}. Photo: {language.name(rng)}</figcaption></figure>"
        )
        advert = f"<div class='ad' data-slot='mid'><script>window.ads&&ads.push({{slot:{article.id}}})</script></div>"
        thread = "".join(
            f"<li class='comment'><b>{language.name(rng)}</b><p>{comment}</p></li>" for comment in comments
        )
        story = story.replace("</p>\n", f"</p>{figure}\n", 1).replace("</p>\n", f"</p>{advert}\n", 2)
        return f"<main>{story}<section id='comments'><h3>Comments</h3><ol>{thread}</ol></section></main>"

    # -- listings

    def listing(
        self, outlet: Outlet, now: float, articles: list[Article], *, heading: str, page: int, path: str
    ) -> list[Chunk]:
        """The home page, a section or a topic page."""
        size = self.options.page_size
        shown = articles[size * (page - 1) : size * page]
        cards = "".join(
            f"<div class='card'><h2><a href='{html.escape(self.links.in_listing(a, n))}'>{html.escape(article_text(a, a.revision_at(now))[0])}</a></h2>"
            f"<p>{html.escape(article_text(a, a.revision_at(now))[1][0][:160])}…</p></div>"
            for n, a in enumerate(shown)
        )
        cards += "".join(
            f"<div class='card'><h2><a href='{html.escape(entry.link)}'>{entry.title}</a></h2></div>"
            for entry in (self.links.dead(outlet) if page == 1 else ())
        )
        more = len(articles) > size * page
        pager = f"<a rel='next' href='{path}?page={page + 1}'>Next</a>" if more else ""
        top, bottom = self.frame.shell(outlet)
        return [
            Chunk(
                f"<!DOCTYPE html>\n<html lang='{outlet.language.code}'><head><meta charset='utf-8'>"
                f"<title>{heading}</title>"
            ),
            top,
            Chunk(f"<main><h1>{heading}</h1>{cards}{pager}</main>"),
            bottom,
        ]
