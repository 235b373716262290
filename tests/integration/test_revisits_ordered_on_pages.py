"""An outlet's re-visits on its page and through the API: shown with their cost, ordered after it was shown."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.pressroom import NOW, Pressroom
from tests.webserver import Answer, Site, serving

ADDRESS = "/outlets/gazette/revisits"

pytestmark = pytest.mark.usefixtures("three_articles")


@pytest.fixture
def site(room: Pressroom) -> Iterator[Site]:
    with serving(room) as site:
        yield site


class Browser:
    """Sends the form of the outlet's page, with its cookie and its token."""

    def __init__(self, site: Site) -> None:
        self.site = site
        shown = site.ask("/outlets/gazette")
        self.cookie = shown.set_cookies[0].partition(";")[0]
        found = re.search(r'name="token" value="([^"]+)"', shown.text)
        assert found
        self.token = found[1]

    def send(self, **fields: str) -> Answer:
        body = urlencode({"token": self.token, **fields}).encode()
        form = "application/x-www-form-urlencoded"
        return self.site.ask(ADDRESS, "POST", body, cookie=self.cookie, content_type=form, origin=self.site.url)


def ordered(room: Pressroom) -> tuple[tuple[int, ...] | None, int | None]:
    wish = room.revisits.standing("gazette", NOW).ordered
    return wish.ages_s, wish.a_day


def test_the_cost_is_shown_before_anything_is_ordered(room: Pressroom, site: Site):
    browser = Browser(site)
    costing = browser.send(ages="1h, 30d", a_day="7")
    assert costing.status == 200
    assert "Nothing was changed yet." in costing.text
    assert 'name="sure"' in costing.text
    assert ordered(room) == (None, None)
    sure = html.unescape(re.search(r'name="sure" value="([^"]+)"', costing.text)[1])
    dearer = browser.send(ages="1h, 30d", a_day="9", sure=sure)
    assert (dearer.status, ordered(room)) == (200, (None, None)), "the cost of that one was not shown"
    assert browser.send(ages="1h, 30d", a_day="7", sure=sure).status == 303
    assert ordered(room) == ((3_600, 30 * 86_400), 7)
    page = site.ask("/outlets/gazette?done=revisits").text
    assert "asked for again at 1h, 30d of age, with at most 7 requests a host and day" in page
    assert 'name="ages" value="1h, 30d"' in page


@pytest.mark.parametrize("fields", [{"ages": "soon"}, {"a_day": "-1"}, {"a_day": "9" * 9}, {"a_day": "\u0663"}])
def test_an_order_that_makes_no_sense_comes_back_and_changes_nothing(
    room: Pressroom, site: Site, fields: dict[str, str]
):
    sure = f"{fields.get('ages', '')}; {fields.get('a_day', '')}"
    refused = Browser(site).send(**fields, sure=sure)
    assert refused.status == 422
    assert "Nothing was changed:" in refused.text
    assert ordered(room) == (None, None)


def test_a_form_of_another_page_is_not_taken(room: Pressroom, site: Site):
    browser = Browser(site)
    browser.token = "0" * len(browser.token)
    assert browser.send(ages="1h", sure="1h; ").status == 403
    assert ordered(room) == (None, None)


def test_the_api_shows_prices_and_orders_them(room: Pressroom, site: Site):
    address = "/api/v1/outlets/gazette/revisits"

    def put(wanted: object) -> Answer:
        body = json.dumps(wanted).encode()
        return site.ask(address, "PUT", body, content_type="application/json")

    assert site.ask(f"{address}/cost?ages=1h,1d&a_day=3").json["a_day"] == 3
    assert site.ask(f"{address}/cost?ages=soon").status == 422
    assert put({"ages": "soon"}).status == 422
    assert ordered(room) == (None, None)
    told = put({"ages": "none", "a_day": 9})
    assert (told.status, told.json["policy"]) == (200, {"ages_s": [], "a_day": 9})
    assert ordered(room) == ((), 9)
    assert put({}).json["ordered"] == {"ages_s": None, "a_day": None}
    assert site.ask("/api/v1/outlets/nobody/revisits").status == 404
