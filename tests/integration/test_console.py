"""The operator's forms: who may send one, from where, and what each does."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from lxml import html

from crawler.discovery.urls import fingerprint
from storage.records import MOVED_AFTER, Candidate, EventKind, PaceMode, Reason, Verdict, VisitOutcome, VisitReport
from tests.pressroom import NOW, fill, pressroom
from tests.webserver import Answer, Site, serving


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("console")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        room.ids = fill(room)
        yield room


@pytest.fixture(scope="module")
def site(room):
    with serving(room, allowed_hosts=["127.0.0.1", "news.press.example"]) as site:
        yield site


def source_of(room, key: str = "gazette"):
    return next(s for each in room.library.outlet_statuses(NOW) if each.outlet.key == key for s in each.sources)


def browser(site: Site, page: str) -> tuple[str, str]:
    """Cookie and token, as a browser that has loaded the page has them."""
    answer = site.ask(page)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    return cookie.partition(";")[0], html.fromstring(answer.body).xpath("//input[@name='token']/@value")[0]


def send(site: Site, target: str, page: str = "/outlets/gazette", headers=None, fields=None, **entered: str) -> Answer:
    """A form of that page, sent as a browser does; `headers` and `fields` change what goes out (None: leave out)."""
    cookie, token = browser(site, page)
    given = {
        "origin": site.url,
        "sec_fetch_site": "same-origin",
        "cookie": cookie,
        "content_type": "application/x-www-form-urlencoded",
    } | (headers or {})
    filled = {"token": token, **entered} | (fields or {})
    body = urlencode({name: value for name, value in filled.items() if value is not None}).encode()
    return site.ask(target, "POST", body, **{name: value for name, value in given.items() if value is not None})


@pytest.fixture
def pace(room) -> str:
    return f"/outlets/gazette/sources/{source_of(room).id}/pace"


ELSEWHERE = {
    "a page of somebody else": {"headers": {"origin": "https://evil.example"}},
    "a page of another port of this machine": {"headers": {"origin": "http://127.0.0.1:1"}},
    "a page that hides where it is": {"headers": {"origin": "null"}},
    "a page whose address is none": {"headers": {"origin": "http://["}},
    "nobody says from where": {"headers": {"origin": None, "sec_fetch_site": None}},
    "another site with our Origin": {"headers": {"sec_fetch_site": "cross-site"}},
    "a sister site with our Origin": {"headers": {"sec_fetch_site": "same-site"}},
    "no token": {"fields": {"token": None}},
    "a token that was made up": {"fields": {"token": "0" * 64}},
    "a token in letters of no alphabet": {"fields": {"token": "é"}},
    "no cookie": {"headers": {"cookie": None}},
    "the token of another browser": {"headers": {"cookie": f"presswatch-browser={'a' * 64}"}},
    "a cookie that we never give": {"headers": {"cookie": "presswatch-browser=x"}},
    "another name for this machine": {"headers": {"host": "news.press.example", "origin": "http://news.press.example"}},
    "a proxy that is told lies": {"headers": {"x_forwarded_for": "127.0.0.1"}},
    "a proxy that asks for somebody else": {"headers": {"x_forwarded_for": "203.0.113.5"}},
}


@pytest.mark.parametrize("changed", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_form_from_elsewhere_changes_nothing(room, site, pace, changed):
    answer = send(site, pace, mode="every", every="20m", **changed)
    assert answer.status == 403
    assert source_of(room).ordered.mode is None


def test_who_reads_from_elsewhere_is_shown_no_form_and_given_no_cookie(site):
    answer = site.ask("/outlets/gazette", host="news.press.example")
    assert "set-cookie" not in answer.headers
    assert not html.fromstring(answer.body).xpath("//form[@method='post']")
    assert "at the machine itself" in answer.text


def test_without_a_console_all_pages_only_read(room, pace):
    with serving(room, console=None) as site:
        assert site.ask(pace, "POST", b"mode=every", content_type="application/x-www-form-urlencoded").status == 403
        assert "set-cookie" not in site.ask("/outlets/gazette").headers


BODIES = {
    "no form": (b"{}", "application/json", 415),
    "a very long one": (b"a=" + b"x" * 20_000, "application/x-www-form-urlencoded", 413),
    "too many fields": (b"&".join(b"f%d=1" % n for n in range(99)), "application/x-www-form-urlencoded", 400),
    "bytes of no text": (b"a=%ff", "application/x-www-form-urlencoded", 400),
}


@pytest.mark.parametrize(("body", "kind", "status"), BODIES.values(), ids=BODIES)
def test_what_is_no_form_is_refused(site, pace, body, kind, status):
    answer = site.ask(pace, "POST", body, origin=site.url, content_type=kind)
    assert answer.status == status


def test_a_schedule_is_ordered_shown_noted_and_taken_back(room, site, pace):
    number = source_of(room).id
    answer = send(site, pace, mode="every", every="20m", not_between="00:00-05:00, 22:00-23:00", heed_publisher="no")
    assert (answer.status, answer.headers["location"]) == (
        303,
        f"/outlets/gazette?done=pace&source={number}#source-{number}",
    )
    ordered = source_of(room).ordered
    assert (ordered.mode, ordered.every_s, ordered.not_between) == (
        PaceMode.EVERY,
        1200,
        ("00:00-05:00", "22:00-23:00"),
    )
    page = html.fromstring(site.ask(answer.headers["location"].partition("#")[0]).body)
    text = " ".join(page.text_content().split())
    assert "Ordered. The next visit is planned by it." in text
    assert "every 20m, not 00:00-05:00 nor 22:00-23:00, the publisher's words overruled, as ordered here" in text
    assert page.xpath("//input[@name='every']/@value") == ["20m"]
    assert "by console at loopback: visits: every 20m" in text
    [event] = [each for each in room.events.since(0, 10_000) if each.kind is EventKind.ORDER_GIVEN]
    assert (event.at, event.outlet_key, event.payload["by"]) == (NOW, "gazette", "console at loopback")

    assert send(site, pace.replace("/pace", "/default")).status == 303
    assert source_of(room).ordered.mode is None
    assert source_of(room).ordered.not_between is None


WRONG = {
    "a cron line of four fields": ({"mode": "cron", "cron": "* * * *"}, "cron", "has 4 fields"),
    "a cron line that never comes": ({"mode": "cron", "cron": "0 0 30 2 *"}, "cron", "bad day-of-month"),
    "an interval without a unit": ({"mode": "every", "every": "20"}, "every", "write it as 20m"),
    "no interval at all": ({"mode": "every"}, "every", "write it as 20m"),
    "a window of no day": ({"not_between": "25:00-26:00"}, "not_between", "00:00-05:00"),
    "windows that leave no time": ({"not_between": "00:00 - 13:00, 12:00-24:00"}, "not_between", "leave no minute"),
    "a floor above the ceiling": ({"floor": "6h", "ceiling": "5m"}, "floor", "above the ceiling"),
    "a way that nobody offers": ({"mode": "daily"}, "mode", "choose one"),
    "markup": ({"mode": "every", "every": '"><script>alert(1)</script>'}, "every", "is no span"),
}


@pytest.mark.parametrize(("entered", "field", "told"), WRONG.values(), ids=WRONG)
def test_a_schedule_that_makes_no_sense_comes_back_with_what_is_wrong(site, pace, entered, field, told):
    answer = send(site, pace, **entered)
    assert answer.status == 422
    page = html.fromstring(answer.body)
    [marked] = page.xpath("//*[@aria-invalid]")
    assert marked.get("name") == field
    assert told in page.get_element_by_id(marked.get("aria-describedby")).text_content()
    for name, value in entered.items():
        assert page.xpath(f"//input[@name='{name}']/@value | //option[@selected and ../@name='{name}']/@value") in (
            [value],
            [],
        )
    assert not page.xpath("//main//script")
    assert not html.fromstring(site.ask("/outlets/gazette").body).xpath("//input[@name='every' and @value!='']")


def test_a_source_is_paused_resumed_and_visited_now(room, site):
    base = f"/outlets/ledger/sources/{source_of(room, 'ledger').id}"
    assert send(site, f"{base}/pause", "/outlets/ledger", until="3d").status == 303
    assert source_of(room, "ledger").paused_until == NOW + timedelta(days=3)
    for until in ("yesterday", "9999-12-31"):
        assert send(site, f"{base}/pause", "/outlets/ledger", until=until).status == 422
    assert send(site, f"{base}/resume", "/outlets/ledger").status == 303
    assert source_of(room, "ledger").paused_until is None
    assert send(site, f"{base}/visit", "/outlets/ledger").status == 303
    assert source_of(room, "ledger").next_due_at == NOW


def test_what_would_be_visited_in_no_case_offers_no_visit(room, site):
    visit = "//form[contains(@action, '/visit')]"
    assert html.fromstring(site.ask("/outlets/ledger").body).xpath(visit)
    room.book.set_paused("ledger", True, NOW)
    try:
        assert not html.fromstring(site.ask("/outlets/ledger").body).xpath(visit)
    finally:
        room.book.set_paused("ledger", False, NOW)


def test_a_source_of_another_outlet_is_not_found(room, site):
    assert send(site, f"/outlets/gazette/sources/{source_of(room, 'ledger').id}/visit").status == 404
    assert send(site, "/outlets/nobody/sources/1/visit").status == 404


def test_a_move_is_accepted_and_taken_back_on_the_page(room, site):
    source, new = source_of(room, "nahar"), "https://mina.example/new.xml"
    for number in range(MOVED_AFTER):
        at = NOW - timedelta(minutes=10 - number)
        room.crawl.record_visit(
            VisitReport(
                source_id=source.id,
                started_at=at,
                finished_at=at,
                outcome=VisitOutcome.UNCHANGED,
                next_due_at=NOW,
                moved_to=new,
            )
        )
    page = "/outlets/nahar"
    assert "Sources that have moved" in site.ask("/failures").text
    assert "Accept the new address" in site.ask(page).text
    assert send(site, f"{page}/sources/{source.id}/accept-move", page).status == 303
    moved = source_of(room, "nahar")
    assert (moved.address, moved.url, moved.moved_to) == (new, source.url, None)
    assert send(site, f"{page}/sources/{source.id}/accept-move", page).status == 409
    assert "Its move was accepted" in site.ask(page).text
    assert send(site, f"{page}/sources/{source.id}/take-back-move", page).status == 303
    assert source_of(room, "nahar").address == source.url


def lose(room, key: str, count: int) -> None:
    """Candidates of an outlet that could not be fetched."""
    found = [
        Candidate(url=url, key=fingerprint(url), found_url=url)
        for url in (f"https://{key}.example/lost/{n}" for n in range(count))
    ]
    report = VisitReport(
        source_id=source_of(room, key).id,
        started_at=NOW,
        finished_at=NOW,
        outcome=VisitOutcome.READ,
        next_due_at=NOW,
        candidates=tuple(found),
    )
    _, pending = room.crawl.record_visit(report)
    room.crawl.record_verdicts([Verdict(pending=each, at=NOW, reason=Reason.TOO_LARGE) for each in pending])


def test_what_came_to_nothing_is_retried_for_one_outlet_or_all_from_the_failures_page(room, site):
    lose(room, "gazette", 2)
    lose(room, "ledger", 3)
    page = html.fromstring(site.ask("/failures").body)
    form = page.xpath("//form[input[@value='too-large']]")[0]
    assert form.xpath(".//option/@value") == ["", "ledger", "gazette"]
    answer = send(site, "/failures/retry", "/failures", reason="too-large", outlet="ledger")
    assert answer.headers["location"] == "/failures?retried=3"
    assert "3 addresses wait to be fetched again." in site.ask("/failures?retried=3").text
    assert room.library.orders("ledger", 1)[0].payload["by"] == "console at loopback"
    assert send(site, "/failures/retry", "/failures", reason="too-large").headers["location"].endswith("=2")
    assert send(site, "/failures/retry", "/failures", reason="too-large").headers["location"].endswith("=0")
    assert send(site, "/failures/retry", "/failures", reason="quarantined").status == 400
    assert send(site, "/failures/retry", "/failures", reason="too-large", outlet="nobody").status == 404
    assert send(site, "/failures/retry", "/failures", reason="stored").status == 400
