"""A response as it is kept."""

from __future__ import annotations

import hashlib
from datetime import datetime

from scrapy.http import Response

from crawler.fetch.headers import pairs
from crawler.fetch.tape import TAPE, Tape
from storage.records import Capture


def capture_of(response: Response, now: datetime) -> Capture:
    """The response byte for byte, with where it was asked for and answered, its digest, and what was on the wire."""
    tape: Tape | None = response.meta.get(TAPE)
    return Capture(
        url=response.request.url if response.request else response.url,
        final_url=response.url,
        fetched_at=now,
        status=response.status,
        headers=pairs(response),
        body=response.body,
        digest=hashlib.sha256(response.body).hexdigest(),
        exchange=tape.exchange() if tape else None,
    )
