"""Every page keeps WCAG 2.2 A and AA as far as axe-core can tell: light and dark, on a desk and on a narrow phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, sync_playwright

from tests.acceptance.test_browser_pages import ARGS, is_wider_than_its_window
from tests.readingroom import FURTHER, PAGES, ReadingRoom, reading_room

ALL = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
#: What another colour scheme or another width can change.
OF_LOOKS = {
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"],
    }
}
DESK, PHONE = {"width": 1200, "height": 900}, {"width": 320, "height": 640}
#: Both schemes and both widths; of their four pairs two, as colours do not depend on widths.
LOOKS = [("light", DESK, ALL), ("dark", PHONE, OF_LOOKS)]
ALL_LOOKS = [(scheme, width, ALL) for scheme in ("light", "dark") for width in (DESK, PHONE)]
RUN = "async (options) => (await axe.run(document, { ...options, iframes: false, resultTypes: ['violations'] })).violations"
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
TARGETS = {**PAGES, **FURTHER}
del TARGETS["/api/docs"]  # the same as /api
STATUSES = {
    "no such page": 404,
    "an author nobody knows": 404,
    "a query that cannot be read": 400,
    "a search that cannot be read": 400,
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingRoom]:
    folder: Path = tmp_path_factory.mktemp("reading")
    with reading_room(folder) as room:
        yield room


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS, timeout=60_000)
        yield browser
        browser.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "looks", [LOOKS, pytest.param(ALL_LOOKS, marks=pytest.mark.soak)], ids=["two looks", "all looks"]
)
def test_axe_finds_nothing_wrong_on_any_page(browser: Browser, room: ReadingRoom, looks: list):
    axe, wrong, wide = AXE_FILE_PATH.read_text(encoding="utf-8"), {}, []
    page = browser.new_page()
    for name, target in TARGETS.items():
        answer = page.goto(room.address(target))
        assert answer is not None
        assert answer.status == STATUSES.get(name, 200), name
        if target.endswith("/page"):  # no script runs in it, axe-core's neither
            told = answer.text()
            page.goto("about:blank")
            page.set_content(told)
        page.evaluate(OPEN_ALL)
        page.evaluate(axe)
        for scheme, width, options in looks:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(width)
            for found in page.evaluate(RUN, options):
                wrong[name, scheme, found["id"]] = [node["html"][:200] for node in found["nodes"]][:3]
            if is_wider_than_its_window(page):
                wide.append((name, width))
    page.close()
    assert wrong == {}
    assert wide == []
