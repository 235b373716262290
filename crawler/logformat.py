"""What Scrapy logs of single requests and items: nothing, our own events tell it."""

from __future__ import annotations

from typing import Any

from scrapy.logformatter import LogFormatter


class QuietFormatter(LogFormatter):
    """No line a request or item; a download error is told by the candidate's or visit's recorded reason."""

    def crawled(self, *_: Any) -> None:
        """Nothing."""

    def scraped(self, *_: Any) -> None:
        """Nothing: a whole page would be written out."""

    def download_error(self, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """Nothing."""
