"""What a status or a failure says of the next try."""

from __future__ import annotations

from scrapy.exceptions import DownloadCancelledError

from crawler.fetch.errors import RobotsDisallowed, UrlRefused

OK = 200
NOT_MODIFIED = 304
PERMANENT_REDIRECTS = frozenset({301, 308})
REDIRECTS = frozenset({302, 303, 307}) | PERMANENT_REDIRECTS
_FIRST_SERVER_ERROR = 500
#: 4xx answers that may be another one later.
_PASSING = frozenset({408, 421, 423, 425, 429})
_FINAL = (RobotsDisallowed, UrlRefused, DownloadCancelledError)


def may_pass(status: int) -> bool:
    """Whether the same request may be answered better another time."""
    return status >= _FIRST_SERVER_ERROR or status in _PASSING


def is_final(error: Exception) -> bool:
    """Whether what kept a request from being answered will keep the next one from it too."""
    return isinstance(error, _FINAL)
