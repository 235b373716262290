"""Fetches from a port of 127.0.0.1 one time after the other, and prints what came of each: `... fetching PORT COUNT`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

import crawler.settings as ours

_KEPT = ("DOWNLOAD_HANDLERS", "DOWNLOAD_MAXSIZE", "TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED",
         "EXTENSIONS_BASE")  # fmt: skip


class Fetching(Spider):
    """Each request on a connection of its own, as the answers before may have left theirs in any state."""

    name = "fetching"
    port = count = 0

    async def start(self) -> AsyncIterator[Any]:
        for number in range(self.count):
            request = Request(
                f"http://127.0.0.1:{self.port}/{number}", headers={"Connection": "close"}, dont_filter=True
            )
            try:
                response = await self.crawler.engine.download_async(request)
                print(response.status, len(response.body))
            except Exception as error:  # noqa: BLE001 (it is told)
                is_told = type(error).__module__ != "builtins" or isinstance(error, OSError)
                print("ended" if is_told else "fault", repr(error)[:200])
        return
        yield


def main() -> None:
    Fetching.port, Fetching.count = int(sys.argv[1]), int(sys.argv[2])
    settings = {name: getattr(ours, name) for name in _KEPT}
    settings |= {"DOWNLOAD_TIMEOUT": 2, "LOG_LEVEL": "ERROR", "ROBOTSTXT_OBEY": False, "RETRY_ENABLED": False}
    settings |= {"REDIRECT_ENABLED": False, "COMPRESSION_ENABLED": False, "HTTPPROXY_ENABLED": False}
    process = AsyncCrawlerProcess(settings)
    process.crawl(Fetching)
    process.start()


if __name__ == "__main__":
    main()
