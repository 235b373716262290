"""The tests that go through all pages go through all pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from delivery.web.app import _MODULES
from tests.readingroom import PAGES

NO_PAGES = ("/api/v1/", "/api/openapi.json", "/feeds/", "/healthz", "/readyz", "/metrics")


def shown(routed: Iterable[Any]) -> Iterator[str]:
    for route in routed:
        if "GET" in route.methods and not route.path.startswith(NO_PAGES):
            yield route.path


def test_the_reading_room_has_an_address_for_every_page():
    routes = {path for module in _MODULES for path in shown(module.router.routes)}
    assert routes == PAGES.keys()
