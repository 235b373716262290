"""Whose an address is, among some outlets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from crawler.discovery.urls import is_within, registrable_domain
from storage.records import Outlet


class Owners:
    """Outlets by the domains of their homes and hosts."""

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        self._by_domain: defaultdict[str, list[Outlet]] = defaultdict(list)
        for outlet in outlets:
            for domain in {registrable_domain(host) for host in (outlet.home_url, *outlet.hosts)}:
                self._by_domain[domain].append(outlet)

    def of(self, url: str) -> Outlet | None:
        """The outlet; None where it is none of them, or no address of a page."""
        if not url.lower().startswith(("http://", "https://")):
            return None
        near = self._by_domain.get(registrable_domain(url), ())
        return next((outlet for outlet in near if is_within(outlet, url)), None)
