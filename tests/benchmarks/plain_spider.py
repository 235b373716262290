"""The yardstick: a plain one-process Scrapy spider that extracts with trafilatura in its callback.

    python tests/benchmarks/plain_spider.py OUT.jsonl < sources.txt

Reads feed and sitemap addresses, one a line, follows every article they list and writes a JSON line an article. It
has what a careful user would set and nothing that would slow it: robots obeyed, no delay, no cookies, no retries, no
store, no deduplication but Scrapy's own. It ends when all is fetched.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

SETTINGS = {
    "USER_AGENT": "plain-spider (+https://example.org/bot)",
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS": 32,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_ENABLED": False,
}


class PlainSpider(scrapy.Spider):
    """Sources to articles."""

    name = "plain"

    def __init__(self, sources: list[str], out: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.sources, self.out = sources, out

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """One request a source."""
        for url in self.sources:
            yield scrapy.Request(url, self.parse_list, dont_filter=True)

    def parse_list(self, response: Response) -> Iterator[scrapy.Request]:
        """The links of a feed (RSS, RDF, Atom), a sitemap or a sitemap index."""
        selector = response.selector
        selector.remove_namespaces()
        for url in selector.xpath("//sitemap/loc/text()").getall():
            yield scrapy.Request(url.strip(), self.parse_list)
        links = "//item/link/text() | //entry/link[not(@rel) or @rel='alternate']/@href | //url/loc/text()"
        for url in selector.xpath(links).getall():
            yield scrapy.Request(url.strip(), self.parse_article)

    def parse_article(self, response: Response) -> None:
        """Extracts here and now, as the many spiders do that call an extractor in their callback."""
        document = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
        if document is None:
            return
        found = {name: getattr(document, name) for name in ("title", "author", "date", "text")}
        self.out.write(json.dumps({"url": response.url, **found}, ensure_ascii=False) + "\n")


def main() -> None:
    """Crawls what standard input names, to its end."""
    sources = sys.stdin.read().split()
    with Path(sys.argv[1]).open("w", encoding="utf-8") as out:
        process = CrawlerProcess(SETTINGS)
        process.crawl(PlainSpider, sources=sources, out=out)
        process.start()


if __name__ == "__main__":
    main()
