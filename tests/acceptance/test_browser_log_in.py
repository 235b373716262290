"""A real browser logs in, does what its role may, and logs out: without JavaScript, and behind TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, expect, sync_playwright

from control.settings import Settings
from control.watching import explainer_from
from storage.records import Role
from storage.sql.audit import SqlAuditLog
from storage.sql.users import SqlUserBook
from tests.acceptance.test_browser_accessibility import ALL, RUN
from tests.acceptance.test_browser_pages import ARGS
from tests.integration.test_certificates import own_certificate
from tests.pressroom import NOW, Pressroom, fill, pressroom
from tests.tlsfront import tls_front
from tests.visitor import access_of
from tests.watching import WatchStore
from tests.webserver import serving

TOKEN = "presswatch_of_amal"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS, timeout=60_000)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressroom]:
    folder: Path = tmp_path_factory.mktemp("log-in")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        fill(room)
        SqlUserBook(room.engine).add(name="آمال", role=Role.ANALYST, token=TOKEN, now=NOW)
        yield room


def test_an_analyst_logs_in_works_and_logs_out_without_javascript(browser: Browser, room: Pressroom):
    explainer = explainer_from(Settings(), WatchStore(room))
    with serving(room, access=access_of(room, lambda: NOW), explainer=explainer) as site:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{site.url}/watchlists/new?q=harbour")
        page.wait_for_url(f"{site.url}/login?next=*")
        page.get_by_label("Name").fill("آمال")
        page.get_by_label("Token").fill("a wrong one")
        page.get_by_label("Token").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("belong to no user here")
        assert page.get_by_label("Token").input_value() == ""
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(f"{site.url}/watchlists/new?q=harbour")
        page.get_by_label("Name").fill("harbour")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(f"{site.url}/watchlists/1*")
        page.get_by_role("link", name="Account").click()
        expect(page.get_by_role("main")).to_contain_text("Your role is analyst")
        expect(page.get_by_role("link", name="What was changed, by whom")).to_have_count(0)
        page.get_by_role("button", name="Log out", exact=True).click()
        expect(page).to_have_url(f"{site.url}/login")
        page.goto(f"{site.url}/account")
        page.wait_for_url(f"{site.url}/login*")
    assert [(each.who, each.what) for each in SqlAuditLog(room.engine).entries(3)] == [
        ("آمال", "POST /account/log-out"), ("آمال", "POST /watchlists"), ("آمال", "log-in"),
    ]  # fmt: skip


def test_behind_tls_cookies_are_secure_and_the_log_tells_who_really_asked(
    browser: Browser, room: Pressroom, tmp_path: Path
):
    certificate = own_certificate(tmp_path, "127.0.0.1")
    with (
        serving(room, access=access_of(room, lambda: NOW), trusted_proxies=["127.0.0.1"]) as site,
        tls_front(site.port, certificate, "203.0.113.77") as address,
    ):
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(f"{address}/stories")
        page.get_by_label("Name").fill("آمال")
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(f"{address}/stories")
        cookies = {each["name"]: each for each in context.cookies()}
        assert set(cookies) == {"__Host-presswatch-session", "__Host-presswatch-browser"}
        assert all(each["secure"] and each["httpOnly"] for each in cookies.values())
        assert page.evaluate("document.cookie") == ""
        page.goto(f"{address}/account")
        page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
        assert page.evaluate(RUN, ALL) == []
        page.get_by_role("button", name="Log out everywhere").click()
        expect(page).to_have_url(f"{address}/login")
        assert "__Host-presswatch-session" not in {each["name"] for each in context.cookies()}
    assert {each.address for each in SqlAuditLog(room.engine).entries(2)} == {"203.0.113.77"}


def test_no_page_can_be_shown_in_a_frame_of_another_site(browser: Browser, room: Pressroom):
    with serving(room, access=access_of(room, lambda: NOW)) as site:
        page = browser.new_page()
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.set_content(f'<iframe src="{site.url}/login"></iframe>')
