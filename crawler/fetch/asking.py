"""The one way in which something is asked for an outlet: nothing a component must know of a request is left out."""

from __future__ import annotations

from typing import Any

from scrapy import Request

from crawler.addresses import absolute_url
from crawler.fetch.conditional import condition
from crawler.fetch.credentials import FOR_OUTLET
from crawler.fetch.transport import ANY_CERTIFICATE, believes_any_certificate
from crawler.fetch.wire import ACCEPT_ENCODING
from storage.records import Outlet, Validators


def request_for(
    outlet: Outlet | None,
    url: str,
    *,
    accepted: str,
    max_bytes: int,
    known: Validators | None = None,
    given: Outlet | None = None,
    meta: dict[str, Any] | None = None,
    **options: Any,
) -> Request:
    """A GET whose redirects nobody follows and whose every status comes back.

    The URL is asked for as it was judged. The outlet's file decides on certificates, and on credentials unless
    `given` does; an answer of more than `max_bytes` is given up; with `known` it may be "not modified". `options`
    are Scrapy's.
    """
    url = absolute_url(url)
    return Request(
        url,
        headers={**condition(url, known), "Accept": accepted, "Accept-Encoding": ACCEPT_ENCODING},
        meta={
            "handle_httpstatus_all": True,
            "download_maxsize": max_bytes,
            "verbatim_url": True,
            ANY_CERTIFICATE: outlet is not None and believes_any_certificate(outlet, url),
            FOR_OUTLET: given or outlet,
            **(meta or {}),
        },
        dont_filter=True,
        **options,
    )
