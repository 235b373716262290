"""Answers that are no page, where a stored article was asked for again: they are kept as evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from scrapy import Request
from scrapy.http import Response

from crawler.fetch.capture import capture_of
from crawler.items import Outcome
from storage.records import Capture


def with_answer(
    found: Request | Outcome, response: Response, now: datetime, trail: tuple[Capture, ...]
) -> Request | Outcome:
    """The end of a stored article's candidate, with the answer that it rests on and the redirects that led there;
    anything else as it is.

    Of an address that never was an article nothing is kept: there is nothing to prove of it.
    """
    verdict = found.verdict if isinstance(found, Outcome) else None
    if isinstance(found, Outcome) and verdict and verdict.pending.is_again and verdict.retry_at is None:
        return replace(found, verdict=replace(verdict, capture=capture_of(response, now)), trail=trail)
    return found
