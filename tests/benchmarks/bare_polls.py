"""The yardstick of polling: a Scrapy spider that asks for the same addresses over and over, and does nothing with them.

    python tests/benchmarks/bare_polls.py ROUNDS [ETAG] < addresses.txt

It looks at no robots.txt, waits for nobody, reads and stores nothing. With an ETAG its requests are conditional.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

SETTINGS = {
    "CONCURRENT_REQUESTS": 32,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_ENABLED": False,
    "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",  # the default one walks all hosts for each request
}


class BarePolls(scrapy.Spider):
    """Addresses in, nothing out."""

    name = "bare"
    handle_httpstatus_list = (304,)

    def __init__(self, addresses: list[str], rounds: int, headers: dict[str, str], **kwargs: Any):
        super().__init__(**kwargs)
        self.addresses, self.rounds, self.headers = addresses, rounds, headers

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Every address, in rounds, as fast as they are taken."""
        for _ in range(self.rounds):
            for address in self.addresses:
                yield scrapy.Request(address, self.parse, headers=self.headers, dont_filter=True)

    def parse(self, response: Response) -> None:
        """Nothing."""


def main() -> None:
    """Polls what standard input names."""
    addresses = sys.stdin.read().split()
    headers = {"If-None-Match": sys.argv[2]} if len(sys.argv) > 2 else {}
    process = CrawlerProcess(SETTINGS)
    process.crawl(BarePolls, addresses=addresses, rounds=int(sys.argv[1]), headers=headers)
    process.start()


if __name__ == "__main__":
    main()
