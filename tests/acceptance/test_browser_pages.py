"""The pages in a real browser: what a reader sees, with and without JavaScript, in light and dark, on a phone.

Set PRESSWATCH_SCREENSHOT_DIR to keep the pictures; the README's is newest-articles.png.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.pressroom import DOZEN, NOW, Pressroom, fill, pressroom
from tests.webserver import Site, serving

ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
REFUSED = "status of 422"  # a form that made no sense is told to the console, too
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 1000}


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS, timeout=60_000)
        yield browser
        browser.close()


@pytest.fixture
def room(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.ids = fill(room)
        yield room


@pytest.fixture
def site(room):
    with serving(room) as site:
        yield site


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    folder = Path(os.environ.get("PRESSWATCH_SCREENSHOT_DIR") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def page_of(browser: Browser, site: Site, **context):
    """A page that fails the test when it logs an error, or asks anybody but us for anything."""
    opened = browser.new_context(**context)
    page = opened.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(site.url) else complaints.append(request.url))
    try:
        yield page
        assert [each for each in complaints if REFUSED not in each] == []
    finally:
        opened.close()


def is_wider_than_its_window(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_newest_articles_can_be_read_searched_and_opened(browser, site, pictures, scheme):
    with page_of(browser, site, viewport=DESK, color_scheme=scheme) as page:
        page.goto(site.url)
        expect(page.locator("li[data-article]")).to_have_count(12)
        page.screenshot(path=pictures / ("newest-articles.png" if scheme == "light" else "newest-articles-dark.png"))
        background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (background == "rgb(22, 21, 19)") is (scheme == "dark")

        page.get_by_label("Search").fill("premiums")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("li[data-article] h3")).to_have_text([DOZEN[1].title])
        page.get_by_role("link", name=DOZEN[1].title).click()
        expect(page.locator("h1")).to_have_text(DOZEN[1].title)
        expect(page.locator(".text p").first).to_have_text("Premiums for bulk carriers rose by a fifth on Thursday.")


def test_an_article_in_persian_runs_from_the_right(browser, site, room: Pressroom, pictures):
    with page_of(browser, site, viewport=DESK) as page:
        page.goto(f"{site.url}/articles/{room.ids[8]}")
        page.screenshot(path=pictures / "article-persian.png")
        text, heading = page.locator(".text"), page.locator("h1")
        assert text.evaluate("e => getComputedStyle(e).direction") == "rtl"
        edges = "e => { const r = document.createRange(); r.selectNodeContents(e); const b = r.getBoundingClientRect(), o = e.getBoundingClientRect(); return [b.left - o.left, o.right - b.right]; }"
        left, right = heading.evaluate(edges)
        assert right < 2 < left


def test_an_article_tells_where_its_fields_came_from(browser, site, room, pictures):
    with page_of(browser, site, viewport=DESK) as page:
        page.goto(f"{site.url}/articles/{room.ids[-1]}")
        evidence = page.locator("details", has_text="Where each field came from").first
        assert not evidence.locator("table").is_visible()
        evidence.locator("summary").focus()
        page.keyboard.press("Enter")
        assert evidence.locator("table").is_visible()
        expect(evidence).to_contain_text("Gazette Newsroom")
        page.screenshot(path=pictures / "article.png", full_page=True)


def test_the_outlets_page_shows_what_fails(browser, site, pictures):
    with page_of(browser, site, viewport=DESK) as page:
        page.goto(site.url)
        page.get_by_role("navigation").get_by_role("link", name="Outlets").click()
        first = page.locator("tbody tr").first
        expect(first).to_contain_text("failing")
        expect(first).to_contain_text("503 (Service Unavailable)")
        page.screenshot(path=pictures / "outlets.png")
        first.get_by_role("link").click()
        expect(page.locator("h1")).to_contain_text("בוקר טוב")


def test_it_fits_a_phone(browser, site, room, pictures):
    room.publish(
        replace(DOZEN[-1], outlet="ledger", url="https://ledger.example/again", credit="x" * 60, minutes_ago=1)
    )
    room.follower.follow(100, NOW)
    with page_of(browser, site, viewport=PHONE, has_touch=True) as page:
        for target in (
            "/",
            "/stories",
            "/stories/1",
            f"/articles/{room.ids[-1]}",
            f"/articles/{room.ids[8]}",
            "/outlets",
            "/outlets/boker",
            "/api/docs",
        ):
            page.goto(site.url + target)
            assert not is_wider_than_its_window(page), target
        page.goto(site.url)
        page.screenshot(path=pictures / "phone.png")


def test_it_works_without_javascript(browser, site):
    with page_of(browser, site, java_script_enabled=False) as page:
        page.goto(site.url)
        page.get_by_label("Language").select_option("he")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("li[data-article]")).to_have_count(2)
        page.get_by_role("link", name="Reset").click()
        expect(page.locator("li[data-article]")).to_have_count(12)


def test_it_works_with_the_keyboard_alone(browser, site):
    with page_of(browser, site) as page:
        page.goto(site.url)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.type("roster")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=roster*")
        expect(page.locator("li[data-article]")).to_have_count(1)


def test_keys_go_along_a_list_and_to_the_search_until_they_are_turned_off(browser, site):
    focused = "document.activeElement.textContent.trim()"
    with page_of(browser, site) as page:
        page.goto(site.url)
        titles = page.locator("li[data-article] h3").all_inner_texts()
        for key, expected in (("k", titles[-1]), ("j", titles[-1]), ("k", titles[-2]), ("j", titles[-1])):
            page.keyboard.press(key)
            assert page.evaluate(focused) == expected
        page.keyboard.press("/")
        page.keyboard.type("jk/")
        assert page.get_by_label("Search").input_value() == "jk/"
        page.goto(site.url)
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(titles[1])

        page.get_by_role("button", name="Turn keys off").click()
        page.goto(site.url)
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement === document.body")
        page.get_by_role("button", name="Turn keys on").click()
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "q"


@pytest.mark.parametrize("scripted", [True, False])
def test_a_schedule_is_ordered_with_the_keyboard_and_a_wrong_one_says_what_is_wrong(browser, site, pictures, scripted):
    with page_of(browser, site, viewport=DESK, java_script_enabled=scripted) as page:
        page.goto(f"{site.url}/outlets/gazette")
        page.get_by_text("Change the schedule").focus()
        page.keyboard.press("Enter")
        page.locator("select[name=mode]").select_option("every")
        page.get_by_label("Interval, when steady").fill("twenty")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("write it as 20m")
        page.screenshot(path=pictures / "outlet-refused.png", full_page=True)
        page.get_by_label("Interval, when steady").fill("20m")
        page.get_by_role("button", name="Order").click()
        expect(page.get_by_role("status")).to_contain_text("Ordered.")
        expect(page.get_by_role("region", name="Source https")).to_contain_text("every 20m, as ordered here")
        page.get_by_role("button", name="Back to default").click()
        expect(page.get_by_role("status")).to_contain_text("Taken back")


def test_a_form_on_somebody_elses_page_does_nothing(browser, site, room: Pressroom):
    """What a browser sends along by itself is not enough: neither the cookie nor where the form stands."""
    opened = browser.new_context()
    page = opened.new_page()
    page.goto(f"{site.url}/outlets/gazette")
    target = f"{site.url}/outlets/gazette/sources/1/visit"
    evil = f'<form method="post" action="{target}"><input name="token" value="x"><button>Win</button></form>'
    page.route("http://evil.example/", lambda route: route.fulfill(content_type="text/html", body=evil))
    page.goto("http://evil.example/")
    page.get_by_role("button").click()
    page.wait_for_url(target)
    expect(page.locator("main")).to_contain_text("not sent from a page of Presswatch")
    assert room.library.orders("gazette", 1) == []
    opened.close()


def test_the_live_page_shows_what_has_ended_by_itself(browser, site, room: Pressroom, pictures):
    with page_of(browser, site, viewport=DESK) as page:
        page.goto(f"{site.url}/live")
        before = page.locator("tbody tr").count()
        room.publish(replace(DOZEN[1], url="https://gazette.example/late", minutes_ago=1))
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.locator("tbody tr").nth(before).wait_for()
        expect(page.locator("tbody tr")).to_have_count(before + 1)
        page.screenshot(path=pictures / "live.png")


def test_newer_articles_are_offered_while_the_page_is_open(browser, site, room: Pressroom):
    with page_of(browser, site) as page:
        with page.expect_response("**/api/v1/events/stream*"):
            page.goto(site.url)
        room.publish(replace(DOZEN[1], url="https://gazette.example/late", title="A late <b>piece</b>", minutes_ago=1))
        button = page.get_by_role("status").get_by_role("button", name="Show 1 new article")
        button.wait_for()
        expect(page.locator("li[data-article]")).to_have_count(12)
        button.click()
        expect(page.locator("li[data-article] h3").first).to_have_text("A late <b>piece</b>")
        expect(page.locator("li[data-article]")).to_have_count(13)
        assert page.evaluate("document.activeElement.textContent") == "A late <b>piece</b>"


def test_what_an_outlet_writes_runs_nothing(browser, site, room: Pressroom):
    attack = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script><svg onload=window.ran=1>'
    hostile = replace(
        DOZEN[1],
        url="https://gazette.example/bad",
        title=f"</title>{attack}",
        body=attack,
        authors=(attack,),
        credit=attack,
    )
    number = room.publish(hostile)
    with page_of(browser, site) as page:
        for target in ("/", f"/articles/{number}"):
            page.goto(site.url + target)
            assert page.evaluate("window.ran") is None
            expect(page.locator("img, svg")).to_have_count(0)
