from __future__ import annotations

import logging
from typing import Any

from scrapy.utils.log import logformatter_adapter

from crawler.logformat import QuietFormatter


class Page:
    """Stands for an item that holds a whole page."""

    def __repr__(self) -> str:
        return "<html>" * 10_000


def test_a_pipeline_that_fails_writes_no_page_into_the_log():
    nothing: Any = None
    result = QuietFormatter().item_error(Page(), ValueError("no such page: <html>"), nothing, nothing)
    level, message, args = logformatter_adapter(result)
    assert level == logging.ERROR
    assert message % args == "a pipeline failed at a Page: ValueError"
