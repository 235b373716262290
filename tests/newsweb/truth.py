"""The ground truth: what a perfect crawler would know."""

from __future__ import annotations

from collections.abc import Iterator

from tests.newsweb.articles import article_text
from tests.newsweb.clock import iso
from tests.newsweb.pages import Pages
from tests.newsweb.world import World


def truth(world: World, pages: Pages) -> Iterator[dict]:
    """What a perfect crawler would know, one record an article, in order of publication."""
    for outlet in world.outlets:
        for article in outlet.articles:
            revisions = [
                {"at": iso(r.at), "kind": r.kind, "title": article_text(article, n)[0], "text": pages.text(article, n)}
                for n, r in enumerate(article.revisions)
            ]
            yield {
                "key": article.key,
                "outlet": outlet.name,
                "outlet_index": outlet.index,
                "address": outlet.address,
                "host": outlet.host,
                "faults": sorted(outlet.faults),
                "crawl_delay": outlet.crawl_delay,
                "url": article.url,
                "variants": article.variants(),
                "declared_canonical": article.declared_canonical,
                "section": article.section,
                "language": outlet.language.code,
                "author": article.author,
                "published": iso(article.published),
                "published_ts": article.published,
                "title": revisions[0]["title"],
                "text": revisions[0]["text"],
                "lead": pages.lead(article, 0),
                "group": article.group,
                "is_copy": article.origin is not None,
                "credit": pages.credit(article),
                "about": outlet.about,
                "revisions": revisions,
                "removed_at": iso(article.removed_at) if article.removed_at else None,
                "removed_status": article.removed_status if article.removed_at else None,
            }
