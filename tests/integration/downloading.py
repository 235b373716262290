"""Asks two addresses at once, without clocks, and prints what came of each: `... downloading BASE PATH PATH SECONDS`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

import crawler.settings as ours

_KEPT = ("DOWNLOADER", "DOWNLOAD_HANDLERS", "TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "EXTENSIONS_BASE",
         "DOWNLOADER_MIDDLEWARES_BASE")  # fmt: skip


class Downloading(Spider):
    name = "downloading"

    async def start(self) -> AsyncIterator[Any]:
        base, *paths, _ = sys.argv[1:]
        for said in await asyncio.gather(*(self._asked(base + path) for path in paths)):
            print(said)
        return
        yield

    async def _asked(self, url: str) -> str:
        try:
            response = await self.crawler.engine.download_async(Request(url, dont_filter=True))
        except Exception as error:  # noqa: BLE001 (it is told)
            return type(error).__name__
        return f"{response.status} {response.request.headers['User-Agent'].decode()}"


def main() -> None:
    settings = {name: getattr(ours, name) for name in _KEPT}
    settings |= {"DOWNLOAD_TIMEOUT": float(sys.argv[-1]), "LOG_LEVEL": "ERROR", "USER_AGENT": "tester"}
    settings["DOWNLOADER_MIDDLEWARES"] = {
        name: order for name, order in ours.DOWNLOADER_MIDDLEWARES.items() if not name.startswith("crawler.")
    }
    process = AsyncCrawlerProcess(settings)
    process.crawl(Downloading)
    process.start()


if __name__ == "__main__":
    main()
