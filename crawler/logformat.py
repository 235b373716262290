"""What Scrapy logs of single requests and items: nothing, our own events tell it."""

from __future__ import annotations

from typing import Any

from scrapy.logformatter import LogFormatter, LogFormatterResult


class QuietFormatter(LogFormatter):
    """No line a request or item; a download error is told by the candidate's or visit's recorded reason."""

    def crawled(self, request: Any, response: Any, spider: Any) -> LogFormatterResult:
        """Nothing."""
        return None  # type: ignore[return-value]  # documented: None logs nothing

    def scraped(self, item: Any, response: Any, spider: Any) -> LogFormatterResult:
        """Nothing: a whole page would be written out."""
        return None  # type: ignore[return-value]  # documented: None logs nothing

    def download_error(self, failure: Any, request: Any, spider: Any, errmsg: str | None = None) -> LogFormatterResult:
        """Nothing."""
        return None  # type: ignore[return-value]  # documented: None logs nothing
