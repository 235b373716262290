"""HTTP Basic credentials that the operator gave: sent to the very origin they were given for, and for its outlet only.

Each request, every redirect hop too, is judged by its own URL, and carries no header over from the one before. Being
asked for by another outlet is no ground to send them: else its feed could have us read what only another may read.
"""

from __future__ import annotations

import base64
from pathlib import Path

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.discovery.urls import origin, sites_of
from storage.credentials import CredentialFile
from storage.records import Outlet

#: In a request's meta: the outlet that it is made for. robots.txt is asked for without.
FOR_OUTLET = "presswatch_for_outlet"


class CredentialsMiddleware:
    """Adds the header right before a request is sent. Raises CredentialsUnusable where the file cannot be read."""

    def __init__(self, file: CredentialFile) -> None:
        self._file = file

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CredentialsMiddleware:
        """Reads PRESSWATCH_CREDENTIALS: where the file is, or would be."""
        return cls(CredentialFile(Path(crawler.settings["PRESSWATCH_CREDENTIALS"])))

    def process_request(self, request: Request) -> None:
        """Costs a look at the file's time where there are no credentials."""
        outlet: Outlet | None = request.meta.get(FOR_OUTLET)
        if outlet is None or not self._file.origins():
            return
        site = origin(request.url)
        secret = self._file.of(site)
        if secret is not None and site in sites_of(outlet):
            request.headers["Authorization"] = b"Basic " + base64.b64encode(secret.encode())
