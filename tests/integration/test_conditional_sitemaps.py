"""E3 for sitemap indexes: the index and each sitemap that it names are asked for conditionally, and nothing is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.hostileweb import Asked, HostileOutlet, Route, answer, article, hostile_web
from tests.integration.smalloutlet import SmallOutlet

pytestmark = pytest.mark.timeout(180)


def index(web: HostileOutlet, *names: str) -> bytes:
    refs = "".join(f"<sitemap><loc>{web.base}/{name}.xml</loc></sitemap>" for name in names)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{refs}</sitemapindex>'.encode()


def sitemap(web: HostileOutlet, *paths: str) -> bytes:
    urls = "".join(f"<url><loc>{web.base}{path}</loc></url>" for path in paths)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


def tagged(body: bytes, etag: str) -> Route:
    """Answers 304 to whoever knows this version, without its ETag, as careless servers do."""

    def send(asked: Asked, connection) -> None:
        is_known = asked.headers.get("if-none-match") == etag.encode()
        connection.sendall(answer(304) if is_known else answer(200, body, "application/xml", etag=etag))

    return send


def tags_sent(web: HostileOutlet, path: str) -> list[bytes | None]:
    return [asked.headers.get("if-none-match") for asked in web.asked if asked.path == path]


def test_an_index_and_its_sitemaps_are_asked_for_conditionally_and_what_changes_is_found(tmp_path: Path):
    with hostile_web(1) as webs:
        web = webs[2]
        web.routes |= {f"/2026/story-number-{n}.html": article(f"Story number {n}") for n in range(4)}
        web.routes |= {
            "/sitemap.xml": tagged(index(web, "old", "new"), '"i1"'),
            "/old.xml": tagged(sitemap(web, "/2026/story-number-0.html"), '"o1"'),
            "/new.xml": tagged(sitemap(web, "/2026/story-number-1.html"), '"n1"'),
        }
        outlet = SmallOutlet(tmp_path, web.base, "/sitemap.xml")
        assert outlet.crawl() == {"stored": 2}
        # One of them changes while the index stays as it is.
        web.routes["/new.xml"] = tagged(sitemap(web, "/2026/story-number-1.html", "/2026/story-number-2.html"), '"n2"')
        assert outlet.crawl() == {"stored": 1}
        # The index names another one, and the changed one stays as it is.
        web.routes["/sitemap.xml"] = tagged(index(web, "old", "new", "more"), '"i2"')
        web.routes["/more.xml"] = tagged(sitemap(web, "/2026/story-number-3.html"), '"m1"')
        assert outlet.crawl() == {"stored": 1}
        assert outlet.crawl() == {}
        assert tags_sent(web, "/sitemap.xml") == [None, b'"i1"', b'"i1"', b'"i2"']
        assert tags_sent(web, "/old.xml") == [None, b'"o1"', b'"o1"', b'"o1"']
        assert tags_sent(web, "/new.xml") == [None, b'"n1"', b'"n2"', b'"n2"']
        assert tags_sent(web, "/more.xml") == [None, b'"m1"']
