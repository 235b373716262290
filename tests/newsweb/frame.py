"""The parts of a page that are the same all over an outlet, and the lists of related articles."""

from __future__ import annotations

import html
import json
import random
from functools import lru_cache

from tests.newsweb.articles import article_text
from tests.newsweb.chunks import Chunk
from tests.newsweb.links import Links
from tests.newsweb.templates import TOPICS
from tests.newsweb.world import SECTIONS, Outlet

THEMES = (
    ("<article class='story' itemprop='articleBody'>", "</article>", "story-aside"),
    ("<div class='post-content entry-content'>", "</div>", "sidebar widget-area"),
    ("<div id='article-body' class='article__body'>", "</div>", "rail rail--right"),
    ("<section class='content'><div class='text'>", "</div></section>", "related"),
)


class Frame:
    """Renders what surrounds articles and listings; each part once."""

    def __init__(self, links: Links):
        self.links = links
        self.shell = lru_cache(maxsize=None)(self._make_shell)
        self.related = lru_cache(maxsize=1024)(self._make_related)

    def _make_related(self, outlet: Outlet, version: int) -> Chunk:
        """Links to what were the newest articles when that day began."""
        now = outlet.events[version - 1] if version else outlet.world.start
        links = "".join(
            f"<li><a href='{html.escape(self.links.in_listing(article, n))}'>{html.escape(article_text(article, 0)[0])}</a></li>"
            for n, article in enumerate(outlet.latest(now)[:12])
        )
        aside = THEMES[outlet.index % len(THEMES)][2]
        return Chunk(f"<aside class='{aside}'><h3>Related</h3><ul>{links}</ul></aside>")

    def _make_shell(self, outlet: Outlet) -> tuple[Chunk, Chunk]:
        """The parts of a page that are the same all over an outlet: styles, scripts, menus, footer."""
        rng, language = random.Random(f"{outlet.world.seed}|shell {outlet.index}"), outlet.language
        styles = "".join(
            f".{rng.choice(language.content_words)}-{n}{{margin:{n % 40}px;padding:{n % 9}px;color:#{n:06x}}}\n"
            for n in range(rng.randint(150, 600))
        )
        settings = json.dumps(
            {
                f"{rng.choice(language.content_words)}{n}": text[:40]
                for n, text in enumerate(rng.choices(language.small_talk, k=rng.randint(100, 500)))
            }
        )
        feeds = "".join(
            f'<link rel="alternate" type="{kind}" href="{path}">'
            for kind, path in (
                ("application/rss+xml", "/feed.xml"),
                ("application/atom+xml", "/atom.xml"),
                ("application/feed+json", "/feed.json"),
            )
        )
        menu = "".join(
            f"<li><a href='/section/{section}/'>{section.title()}</a><ul>"
            + "".join(
                f"<li><a href='/topic/{rng.randrange(TOPICS)}'>{rng.choice(language.content_words)}</a></li>"
                for _ in range(8)
            )
            + "</ul></li>"
            for section in SECTIONS
        )
        promos = "".join(
            f"<div class='promo'><h4>{text[:30]}</h4><p>{text}.</p><a href='/topic/{n}'>{text[-20:]}</a></div>"
            for n, text in enumerate(rng.choices(language.small_talk, k=25))
        )
        return (
            Chunk(
                f"{feeds}<style>{styles}</style><script>window.settings={settings}</script></head><body>"
                f"<div id='consent-banner'>We and our partners use cookies. <a href='/account/privacy'>Settings</a></div>"
                f"<header><a href='/'>{outlet.name}</a> <a href='/search?q='>Search</a>"
                f"<nav><ul>{menu}</ul></nav></header>",
                6,
            ),
            Chunk(
                f"<div class='promos'>{promos}</div><footer><p>{outlet.about}</p><a href='/private/jobs'>Jobs</a>"
                f"<ul>{menu}</ul></footer></body></html>",
                6,
            ),
        )
