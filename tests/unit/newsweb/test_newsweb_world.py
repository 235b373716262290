"""The web itself: the same from the same seed, and what its options change."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from crawler.outlets.catalogue import read_catalogue
from tests.newsweb.catalogue import MIXES, write_catalogue
from tests.newsweb.cli import arguments
from tests.newsweb.clock import parse_start
from tests.newsweb.real import load_sites
from tests.newsweb.server import listen
from tests.newsweb.webs import GeneratedWeb, RealWeb


def generated(*options: str) -> GeneratedWeb:
    chosen = arguments(["serve", *options])
    return GeneratedWeb(chosen, parse_start(chosen.start), [])


def text(web, outlet, path: str) -> str:
    return b"".join(chunk.raw for chunk in web.find(outlet, path, web.world.start).chunks).decode()


def test_the_same_seed_gives_the_same_truth_and_pages_as_ever():
    web = generated("--outlets", "3", "--articles", "10", "--seed", "7", "--rate", "0.5")
    digest = hashlib.sha256()
    for record in web.truth():
        digest.update(json.dumps(record, ensure_ascii=False).encode())
    for outlet in web.outlets:
        for path in ("/", "/robots.txt", "/feed.xml", "/atom.xml", "/rdf.xml", "/feed.json", "/sitemap-news.xml"):
            digest.update(text(web, outlet, path).encode())
        for article in outlet.articles[:10]:
            digest.update(text(web, outlet, article.path).encode())
    assert digest.hexdigest() == "4ab3a377aacbcafd9b01cc57f7484776807d30f35c121fbcade1b6da3f363169"


def test_a_list_of_crawl_delays_goes_round_the_outlets_and_may_be_fractional():
    web = generated("--outlets", "4", "--articles", "1", "--crawl-delay", "0.25,0,1.5")
    assert [outlet.crawl_delay for outlet in web.outlets] == [0.25, None, 1.5, 0.25]
    assert "Crawl-delay: 0.25\n" in text(web, web.outlets[0], "/robots.txt")
    assert "Crawl-delay" not in text(web, web.outlets[1], "/robots.txt")


@pytest.mark.parametrize(
    "path", ["/", "/feed.xml", "/atom.xml", "/rdf.xml", "/feed.json", "/sitemap-2026-01.xml", "/sitemap-news.xml"]
)
def test_each_list_names_the_dead_addresses_and_they_are_404(path):
    web = generated("--outlets", "1", "--articles", "3", "--dead", "2")
    outlet = web.outlets[0]
    dead = web.describe(outlet)["dead"]
    assert len(dead) == 2
    for address in dead:
        assert address in text(web, outlet, path)
        assert web.find(outlet, address.removeprefix(outlet.base), web.world.start).status == 404


def test_lists_name_one_article_by_different_addresses_that_all_lead_to_it():
    web = generated("--outlets", "1", "--articles", "8", "--list-variants", "--port", "80")
    outlet = web.outlets[0]
    for article in outlet.articles:
        forms = {
            web.links.in_feed(article, "rss"),
            web.links.in_feed(article, "atom"),
            web.links.in_listing(article, 0),
            web.links.in_sitemap(article, is_news=False),
            web.links.in_sitemap(article, is_news=True),
        }
        assert len(forms) == 5
        for form in forms:
            path = form.partition("#")[0].replace(f"{outlet.base}:80", outlet.base).removeprefix(outlet.base)
            reply = web.find(outlet, path, web.world.start)
            assert reply.article is article
            assert reply.headers.get("Location", article.url) == article.url
    seen = {web.links.in_feed(article, "rss").replace(article.path, "PATH") for article in outlet.articles}
    assert {
        f"{outlet.base}/PATH".replace("/PATH", "PATH"),
        f"{outlet.base}:80PATH",
        f"{outlet.base}PATH#comments",
    } <= seen


def test_the_amp_page_of_a_copy_names_its_own_outlet_when_lists_mix_variants():
    web = generated("--outlets", "6", "--articles", "20", "--syndication", "0.9", "--removals", "0", "--list-variants")
    copies = [a for o in web.outlets for a in o.articles if a.declared_canonical != a.url]
    assert copies
    for article in copies:
        page = text(web, article.outlet, article.variants()["amp"].removeprefix(article.outlet.base))
        assert f'<link rel="canonical" href="{article.url}">' in page


def test_port_0_takes_a_port_that_is_free_on_every_address():
    sockets = listen(["127.0.0.1", "127.0.1.1", "127.0.1.2"], 0)
    ports = {bound.getsockname()[1] for bound in sockets}
    for bound in sockets:
        bound.close()
    assert len(ports) == 1
    assert ports.pop() > 0


def test_a_written_catalogue_is_read_back_with_a_mix_of_sources_for_each_outlet(tmp_path):
    web = generated("--outlets", str(len(MIXES) + 1), "--articles", "1")
    folder = write_catalogue(tmp_path, map(web.describe, web.outlets), delays_s={1: 0.5}, interval_s=60)
    outlets = read_catalogue([(path.name, path.read_text()) for path in sorted(folder.iterdir())])
    assert [len(outlet.sources) for outlet in outlets] == [*map(len, MIXES), len(MIXES[0])]
    assert outlets[0].delay_s == 0.5
    assert outlets[1].delay_s is None


def collection(folder: Path, *records: dict) -> Path:
    folder.joinpath("corpus").mkdir()
    empty = dict.fromkeys(("title", "authors", "date", "language", "body", "body_optional"))
    with folder.joinpath("corpus.jsonl").open("w") as out:
        for number, record in enumerate(records):
            name = f"corpus/{number}.html.gz"
            folder.joinpath(name).write_bytes(gzip.compress(f"<p>page {number}".encode()))
            out.write(json.dumps(empty | {"id": f"Page {number}", "corpus": "corpus", "html": name} | record) + "\n")
    return folder


def test_real_pages_are_served_unmodified_at_outlets_by_site(tmp_path):
    cases = {
        "keeps a plain path": (
            "https://a.test/2024/01/02/some-long-headline.html",
            "/2024/01/02/some-long-headline.html",
        ),
        "gives a query another path": ("https://a.test/story?id=5", "/story/page-1-2.html"),
        "gives a home page another path": ("https://b.test/", "/story/page-2-1.html"),
        "gives an AMP page another path": ("https://b.test/amp/some-long-headline", "/story/page-3-2.html"),
        "gives a page without address one": (None, "/story/page-4-3.html"),
        "takes the path of an archived page": (
            "https://web.archive.org/web/https://b.test/news/some-long-headline",
            "/news/some-long-headline",
        ),
    }
    records = [{"url": url, "site": "a.test" if n < 2 else "b.test"} for n, (url, _) in enumerate(cases.values())]
    options = arguments(["serve", "--real-pages", str(collection(tmp_path, *records)), "--port", "8000"])
    web = RealWeb(options, 0.0, load_sites(options.real_pages, options.corpora))
    assert [(outlet.name, len(outlet.pages)) for outlet in web.outlets] == [("a.test", 2), ("b.test", 4)]
    pages = [page for outlet in web.outlets for page in outlet.pages]
    assert [page.path for page in pages] == [path for _, path in cases.values()]
    for number, page in enumerate(pages):
        outlet = web.outlets[number > 1]
        assert web.find(outlet, page.path, 0.0).chunks[0].raw == f"<p>page {number}".encode()
        assert outlet.base + page.path in text_of(web, outlet, "/feed.xml")
    assert [record["url"] for record in web.truth()] == [
        web.outlets[n > 1].base + page.path for n, page in enumerate(pages)
    ]


def text_of(web: RealWeb, outlet, path: str) -> str:
    return web.find(outlet, path, 0.0).chunks[0].raw.decode()
