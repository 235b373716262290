"""What Scrapy logs of single requests and items: nothing, our own events tell it."""

from __future__ import annotations

import logging
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

    def item_error(self, item: Any, exception: BaseException, response: Any, spider: Any) -> LogFormatterResult:
        """What failed, without the page in hand; the spider's own `work_failed` names the work."""
        args = {"item": type(item).__name__, "error": type(exception).__name__}
        return {"level": logging.ERROR, "msg": "a pipeline failed at a %(item)s: %(error)s", "args": args}

    def download_error(self, failure: Any, request: Any, spider: Any, errmsg: str | None = None) -> LogFormatterResult:
        """Nothing."""
        return None  # type: ignore[return-value]  # documented: None logs nothing
