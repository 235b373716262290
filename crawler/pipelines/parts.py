"""The sitemaps that a sitemap index names: what each is asked about again with, before and after a visit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from storage.records import PartDeaths, SitemapRef, Validators


class Parts:
    """Begins with what the last visit left. A sitemap that could not be read keeps what it had."""

    def __init__(self, former: Iterable[Validators]) -> None:
        self._by_url = {part.url: part for part in former}
        self.deaths: list[PartDeaths] = []

    def known(self, url: str) -> Validators | None:
        """What a sitemap can be asked about again with, if anything."""
        part = self._by_url.get(url)
        return part if part and (part.etag or part.last_modified) else None

    def replace(self, url: str, etag: str | None, last_modified: str | None) -> None:
        """Takes the validators of a sitemap that was read: they stand for what it lists now."""
        self._by_url[url] = Validators(url=url, etag=etag, last_modified=last_modified)

    def note(self, url: str, etag: str | None, last_modified: str | None) -> None:
        """Takes those of a 304, which takes none away."""
        part = self._by_url[url]
        self._by_url[url] = replace(part, etag=etag or part.etag, last_modified=last_modified or part.last_modified)

    def died(self, url: str, deaths: int, detail: str) -> None:
        """Notes that child processes died of reading a sitemap."""
        if deaths:
            self.deaths.append(PartDeaths(url=url, deaths=deaths, detail=detail))

    def of(self, refs: Iterable[SitemapRef]) -> tuple[Validators, ...]:
        """What is kept for the next visit, of the sitemaps that the index names now."""
        return tuple(self._by_url.get(ref.url, Validators(url=ref.url)) for ref in refs)
