"""Why a request was not sent, or not now.

NotSent (a scrapy IgnoreRequest: the request ends here, its errback is told)
├── RobotsDisallowed    robots.txt forbids it: final
├── RobotsUnavailable   robots.txt could not be read, so all is disallowed for now
├── HostResting         the host asked to be left alone until a time
├── UrlRefused          not an http(s) URL
└── Stopping            the worker is being stopped
    └── LeaseRanOut     the worker has lost the domain, so its request is not for it to send

HeadersTooLarge (a scrapy DownloadCancelledError: the answer was given up)
"""

from __future__ import annotations

from datetime import datetime

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest


class NotSent(IgnoreRequest):
    """The request was not sent."""


class RobotsDisallowed(NotSent):
    """robots.txt forbids this URL to us."""


class RobotsUnavailable(NotSent):
    """robots.txt could not be read; RFC 9309 2.3.1.4 then disallows everything until it can."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class HostResting(NotSent):
    """The host asked to be left alone (429 or 503, with or without Retry-After)."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class UrlRefused(NotSent):
    """Only http and https URLs with a host are fetched."""


class Stopping(NotSent):
    """The worker is being stopped; the request stays to be done."""


class LeaseRanOut(Stopping):
    """The worker's lease of the domain ran out before the request was sent; it stays to be done, by whoever has it."""


class HeadersTooLarge(DownloadCancelledError):
    """An answer has more header lines, or bytes of them, than any that is worth reading."""
