"""Other crawlers on the local news web, each at its best setting; run in a throw-away environment of its own.

    python rival_crawls.py NAME OUT.jsonl < feeds.txt

Reads feed addresses, one an outlet and line; writes a JSON line {"url", "characters"} for each article that it made a text
of, and ends when it is through. It imports nothing of Presswatch, so that it runs where only the rival is installed.

What is best was tried: two processes where one keeps to one core and the rival has no such choice itself, no pictures
fetched, no waits between requests, addresses of one's own machine allowed.
"""

# ruff: noqa: PLC0415
# only the rival that is measured is installed

from __future__ import annotations

import contextlib
import json
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

Found = Iterable[tuple[str, str]]  # URL and text of each article
CORES = 2


def trafilatura(feeds: Sequence[str]) -> Found:
    """trafilatura's own command, by feeds. It takes no address without a name, so names are looked up here: all are at home."""
    import trafilatura as engine
    from trafilatura.cli import main as command

    look_up = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *more, **named: look_up("127.0.0.1", *more, **named)  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shipped = (Path(engine.__file__).parent / "settings.cfg").read_text()
        quick = shipped.replace("SLEEP_TIME = 5.0", "SLEEP_TIME = 0")
        (folder / "settings.cfg").write_text(quick.replace("SSRF_PROTECTION = on", "SSRF_PROTECTION = off"))
        (folder / "feeds.txt").write_text("\n".join(feeds))
        sys.argv = ["trafilatura", "--feed", "-i", str(folder / "feeds.txt"), "--parallel", str(2 * CORES)]
        sys.argv += [
            "--json",
            "--with-metadata",
            "-o",
            str(folder / "out"),
            "--config-file",
            str(folder / "settings.cfg"),
        ]
        with contextlib.suppress(SystemExit):
            command()
        for file in sorted((folder / "out").glob("**/*.json")):
            read = json.loads(file.read_text())
            yield read["source"], read["text"]


def newspaper4k(feeds: Sequence[str]) -> Found:
    """newspaper4k: a source an outlet, which it looks through for feeds and sections itself."""
    with ProcessPoolExecutor(CORES) as pool:
        for found in pool.map(_newspaper4k_source, feeds):
            yield from found


def _newspaper4k_source(feed: str) -> list[tuple[str, str]]:
    import newspaper

    home = _home(feed)
    source = newspaper.Source(home, fetch_images=False, memorize_articles=False, number_threads=8, request_timeout=10)
    source.build()
    source.download_articles()
    source.parse_articles()
    return [(article.url, article.text) for article in source.articles]


def newsplease(feeds: Sequence[str]) -> Found:
    """news-please as a library, given the addresses of the articles: its crawler finds no feed of a host without a name."""
    from newsplease import NewsPlease

    addresses = [link for feed in feeds for link in _links(feed)]
    for url, read in NewsPlease.from_urls(addresses, request_args={"timeout": 10}, fetch_images=False).items():
        yield url, getattr(read, "maintext", None) or ""


def fundus(feeds: Sequence[str]) -> Found:
    """Fundus with a publisher an outlet, whose parser takes the paragraphs of the article."""
    from fundus import Crawler
    from fundus.parser import BaseParser, ParserProxy, attribute
    from fundus.parser.utility import extract_article_body_with_selector
    from fundus.publishers.base_objects import Publisher, PublisherGroup
    from fundus.scraping.url import RSSFeed
    from lxml.etree import XPath

    class Parser(ParserProxy):  # type: ignore[misc]
        class V1(BaseParser):  # type: ignore[misc]
            _paragraphs = XPath("//p")

            @attribute  # type: ignore[untyped-decorator]
            def body(self) -> object:
                return extract_article_body_with_selector(self.precomputed.doc, paragraph_selector=self._paragraphs)

            @attribute  # type: ignore[untyped-decorator]
            def title(self) -> object:
                return self.precomputed.meta.get("og:title") or self.precomputed.doc.findtext(".//title")

    named = {
        f"Outlet{number}": Publisher(
            name=f"Outlet {number}", domain=_home(feed), parser=Parser, sources=[RSSFeed(feed, languages={"en"})]
        )
        for number, feed in enumerate(feeds)
    }
    group = PublisherGroup("Outlets", (), {**named, "default_language": "en"})
    for article in Crawler(group, threading=True, delay=None).crawl(only_complete=False, error_handling="suppress"):
        yield article.html.requested_url, str(article.body or "")


RIVALS: dict[str, Callable[[Sequence[str]], Found]] = {
    "trafilatura": trafilatura,
    "newspaper4k": newspaper4k,
    "news-please": newsplease,
    "fundus": fundus,
}


def _home(feed: str) -> str:
    return "{0.scheme}://{0.netloc}/".format(urlsplit(feed))


def _links(feed: str) -> Iterator[str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(feed, timeout=30) as answer:
        for link in ET.fromstring(answer.read()).iter("link"):
            if link.text and urlsplit(link.text).path.strip("/"):
                yield link.text.strip()


def main() -> None:
    """Crawls with one rival."""
    name, out = sys.argv[1:3]
    feeds = sys.stdin.read().split()
    with Path(out).open("w", encoding="utf-8") as lines:
        for url, text in RIVALS[name](feeds):
            if text.strip():
                lines.write(json.dumps({"url": url, "characters": len(text)}) + "\n")


if __name__ == "__main__":
    main()
