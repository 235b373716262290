"""A watchlist in a real browser, without JavaScript: tried, saved, changed, removed."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from control.settings import Settings
from control.watching import explainer_from
from tests.acceptance.test_browser_attacks import ARGS
from tests.pressroom import fill, pressroom
from tests.watching import WatchStore
from tests.webserver import serving


def test_a_watchlist_is_tried_saved_changed_and_removed_without_javascript(chromium: str, tmp_path: Path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        fill(room)
        explainer = explainer_from(Settings(), WatchStore(room))
        with serving(room, explainer=explainer) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGS, timeout=60_000)
            page = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}).new_page()
            page.goto(f"{site.url}/watchlists")
            page.get_by_label("Try a query").fill("harbour AND (ships")
            page.get_by_label("Try a query").press("Enter")
            expect(page.get_by_role("alert")).to_contain_text("opens at character 13")
            page.get_by_label("Query").fill("harbour AND (ships OR \u06a9\u0634\u062a\u06cc\u200c\u0647\u0627)")
            page.get_by_role("button", name="Try").click()
            expect(page.locator("svg.bars rect").nth(20)).to_be_attached()
            assert page.locator("mark").first.inner_text().lower() in ("harbour", "ships")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is wider than a phone"
            page.get_by_label("Name").fill("Ships")
            page.get_by_role("button", name="Save as a watchlist").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Ships")
            expect(page.get_by_role("status")).to_contain_text("It is saved")
            page.get_by_role("button", name="Deliver the last 30 days").click()
            expect(page.locator("ol.found h3").first).to_be_visible()
            page.get_by_text("Change or remove it").click()
            page.get_by_label("Name").fill("All ships")
            page.get_by_role("button", name="Change", exact=True).click()
            expect(page.get_by_role("heading", level=1)).to_have_text("All ships")
            page.get_by_text("Change or remove it").click()
            page.get_by_label("Remove it with all that it found").check()
            page.get_by_role("button", name="Remove", exact=True).click()
            expect(page.locator("main")).to_contain_text("There are no watchlists yet")
            browser.close()
