"""Bodies on their way to a child process. Apart from `body`, which the children load: they need no Scrapy."""

from __future__ import annotations

from scrapy.http import Response

from crawler.fetch.headers import header
from crawler.items import PageAnswer, SourceAnswer
from crawler.pipelines.body import Body


def body_of_answer(answer: SourceAnswer | PageAnswer, max_bytes: int) -> Body:
    """The body of what the spider fetched."""
    return Body(
        raw=answer.capture.body,
        content_encoding=answer.content_encoding,
        content_type=answer.content_type,
        max_bytes=max_bytes,
    )


def body_of_response(response: Response, max_bytes: int) -> Body:
    """The body of what a pipeline fetched itself."""
    return Body(
        raw=response.body,
        content_encoding=header(response, "Content-Encoding"),
        content_type=header(response, "Content-Type"),
        max_bytes=max_bytes,
    )
