"""Users: which role every route asks for, what tokens and sessions let in, and what is noted of changes."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from fastapi import APIRouter, FastAPI

from control.settings import Settings
from control.watching import explainer_from
from delivery.access.desk import LOG_INS, WRONG_TOKENS
from delivery.access.rights import WHO_MAY, RouteWithoutRole
from delivery.api import live
from delivery.web import app as web_app
from delivery.web import websub
from delivery.web.forms import own_form
from storage.records import Role
from storage.sql.users import SqlUserBook
from tests.newsweb.process import wait_until
from tests.pressroom import NOW, pressroom
from tests.userhouse import added, basic, bearer, token_of
from tests.visitor import Visitor, access_of
from tests.watching import WatchStore
from tests.webserver import Site, app_of, serving

ROUTES = sorted(
    f"{method} {route.path}"
    for module in (*web_app._MODULES, websub)
    for route in module.router.routes
    for method in route.methods
)
PLACES = {"key": "gazette", "form": "rss", "token": "x" * 20, "path": "x" * 20}
#: What follows in them is the permission, and whoever sends there has no page of ours.
SECRET_ADDRESSES = {"/websub/{path}", "/unsubscribe/{told}"}
FORM = "application/x-www-form-urlencoded"


# ------------------------------------------------------------------------------ the door of each route


def example(route: str) -> tuple[str, str]:
    method, path = route.split(" ")
    path = path.replace("/events/stream", "/events/stream?for_s=0")
    number = "1" if method == "GET" else "99"  # what comes in changes nothing that other tests need
    return method, re.sub(r"\{(\w+)\}", lambda match: PLACES.get(match[1], number), path)


def outcome(site: Site, route: str, **headers: str) -> str:
    """What the door says: "in", "log in" or "role"; whatever becomes of the request behind it."""
    method, target = example(route)
    body, kind = (b"a=b", {"content_type": FORM}) if method == "POST" else (b"", {})
    answer = site.ask(target, method, body, **kind, **headers)
    assert answer.status < 500, (route, answer.text)
    if answer.status == 401 or answer.headers.get("location", "").startswith("/login?next="):
        return "log in"
    return "role" if answer.status == 403 and "needs the role" in answer.text else "in"


def test_every_route_asks_for_its_role_and_no_line_is_left_over():
    assert set(ROUTES) == set(WHO_MAY)


@pytest.mark.parametrize("asking", [None, *Role])
def test_each_role_comes_in_where_it_may_and_nowhere_else(site, asking):
    headers = bearer(asking) if asking else {}
    for route in ROUTES:
        needed = WHO_MAY[route]
        if needed is None:
            expected = "in"
        elif asking is None:
            expected = "log in"
        else:
            expected = "in" if asking.covers(needed) else "role"
        assert outcome(site, route, **headers) == expected, route


def test_a_route_without_a_role_keeps_the_service_from_starting(house, monkeypatch):
    router = APIRouter()
    router.add_api_route("/forgotten", lambda: "", methods=["GET"])
    monkeypatch.setattr(web_app, "_MODULES", (*web_app._MODULES, SimpleNamespace(router=router)))
    with pytest.raises(RouteWithoutRole, match=r"GET /forgotten: .*rights.py"), serving(house.room):
        pass


def test_what_reads_is_the_readers_and_what_changes_is_not(house):
    """A new route that changes something is an analyst's at least, but for ways in and out."""
    ways_in_and_out = {"/login", "/account/log-out", "/account/log-out-everywhere"}
    for route, role in WHO_MAY.items():
        method, path = route.split(" ")
        if method not in ("GET", "HEAD") and path not in ways_in_and_out | SECRET_ADDRESSES:
            assert role in (Role.ANALYST, Role.OPERATOR), route


def test_every_form_is_checked_for_where_it_comes_from():
    """A page's route that takes more than GET and does without the check would be found here."""

    def calls(dependant):
        for part in dependant.dependencies:
            yield part.call
            yield from calls(part)

    for module in web_app._MODULES:
        for route in module.router.routes:
            if route.path.startswith("/api/") or route.path in SECRET_ADDRESSES:
                continue
            if route.methods - {"GET", "HEAD"}:
                assert own_form in calls(route.dependant), route.path


# ------------------------------------------------------------------------------ programs


def test_a_wrong_token_is_refused_as_a_problem_and_told_how_to_come_in(site):
    for header in ("Bearer nobody", "Bearer ", "Basic !!", "Basic bm9ib2R5", "Negotiate x", "Bearer " + "x" * 5_000):
        answer = site.ask("/api/v1/status", authorization=header)
        assert answer.status == 401, header
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == 'Bearer realm="Presswatch"'
        assert answer.json["title"] == "Unauthorized"


def test_a_role_that_is_not_enough_is_refused_as_a_problem(site):
    answer = site.ask("/api/v1/audit", **bearer(Role.ANALYST))
    assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "needs the role operator; the analyst has analyst" in answer.json["detail"]


def test_a_feed_reader_logs_in_with_name_and_token(site):
    assert site.ask("/feeds/latest.rss").headers["www-authenticate"].startswith("Basic ")
    assert site.ask("/feeds/latest.rss", **basic("the reader", token_of(Role.READER))).status == 200
    assert site.ask("/feeds/latest.rss", **basic("the analyst", token_of(Role.READER))).status == 401
    assert site.ask("/feeds/latest.rss", **basic("the reader", "x")).status == 401


def test_what_a_browser_sends_by_itself_changes_nothing(site):
    """Basic is remembered by browsers, so another site's page could have it sent."""
    target, headers = "/outlets/gazette/sources/1/visit", basic("the operator", token_of(Role.OPERATOR))
    assert site.ask(target, "POST", b"a=b", content_type=FORM, **headers).status == 401


def test_a_feed_at_a_secret_address_needs_nobody_logged_in(site):
    assert site.ask(f"/feeds/watchlists/{'w' * 20}.rss").status == 200
    assert site.ask(f"/feeds/watchlists/{'v' * 20}.rss").status == 404


def test_who_is_disabled_is_not_let_in_from_the_next_request_on(house, site):
    assert site.ask("/api/v1/status", **bearer(Role.READER)).status == 200
    house.users.change("the reader", now=house.clock.now, is_disabled=True)
    try:
        assert site.ask("/api/v1/status", **bearer(Role.READER)).status == 401
    finally:
        house.users.change("the reader", now=house.clock.now, is_disabled=False)


def test_a_token_holds_for_so_many_requests_a_minute(house):
    with serving(house.room, **house.settings(per_minute=3)) as site:
        for _ in range(3):
            assert site.ask("/api/v1/status", **bearer(Role.READER)).status == 200
        answer = site.ask("/api/v1/status", **bearer(Role.READER))
        assert (answer.status, answer.headers["retry-after"]) == (429, "20")
        assert answer.headers["content-type"] == "application/problem+json"
        assert site.ask("/api/v1/status", **bearer(Role.ANALYST)).status == 200
        house.clock.now += timedelta(seconds=20)
        assert site.ask("/api/v1/status", **bearer(Role.READER)).status == 200


def test_sessions_of_a_user_hold_for_as_many_and_leave_the_token_its_own(house):
    with serving(house.room, **house.settings(per_minute=3)) as site:
        visitor = Visitor(site)
        assert visitor.log_in("the reader", token_of(Role.READER)).status == 303
        for _ in range(3):
            assert visitor.get("/account").status == 200
        answer = visitor.get("/account")
        assert (answer.status, answer.headers["retry-after"]) == (429, "20")
        assert site.ask("/api/v1/status", **bearer(Role.READER)).status == 200
        house.clock.now += timedelta(seconds=20)
        assert visitor.get("/account").status == 200


def test_who_tries_tokens_out_has_to_wait_and_a_right_one_is_not_looked_at_meanwhile(house, site):
    for _ in range(WRONG_TOKENS):
        assert site.ask("/api/v1/status", authorization="Bearer wrong").status == 401
    assert site.ask("/api/v1/status", authorization="Bearer wrong").status == 429
    assert site.ask("/api/v1/status", **bearer(Role.READER)).headers["retry-after"] == "2"
    house.clock.now += timedelta(seconds=2)
    assert site.ask("/api/v1/status", **bearer(Role.READER)).status == 200


def test_the_description_of_the_api_names_the_ways_in_and_their_refusals(site):
    described = site.ask("/api/openapi.json", **bearer(Role.READER)).json
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert {"token": []} in described["security"]
    for methods in described["paths"].values():
        for operation in methods.values():
            assert {"401", "403", "429"} <= operation["responses"].keys()


def test_who_listens_to_events_is_shown_out_when_disabled(house, site, monkeypatch):
    monkeypatch.setattr(live, "WELCOME_FOR_S", 0.0)
    assert site.ask("/api/v1/events/stream?for_s=0").status == 401
    listening = ThreadPoolExecutor(1)
    heard = listening.submit(site.ask, "/api/v1/events/stream?for_s=60", **bearer(Role.READER))
    assert not wait_until(heard.done, 1.5)
    house.users.change("the reader", now=house.clock.now, is_disabled=True)
    try:
        assert heard.result(20).status == 200
    finally:
        house.users.change("the reader", now=house.clock.now, is_disabled=False)
        listening.shutdown()


def test_no_cache_between_us_and_a_reader_keeps_anything(site):
    for target in ("/", "/api/v1/status", "/feeds/latest.rss"):
        assert "private" in site.ask(target, **bearer(Role.READER)).headers["cache-control"], target


# ------------------------------------------------------------------------------ who did what


def test_a_change_is_noted_with_who_from_where_what_and_how_it_ended(house, site):
    visitor = Visitor(site)
    visitor.log_in("the analyst", token_of(Role.ANALYST))
    visitor.send("/watchlists/1/resume", "/watchlists/1")
    visitor.send("/watchlists/1/remove", "/watchlists/1")
    visitor.send("/watchlists/1/pause", "/watchlists/1", origin="https://evil.example")
    visitor.send("/failures/retry", "/watchlists/1")
    refused, removed, resumed, log_in = house.audit.entries(4)
    assert (resumed.who, resumed.address, resumed.at) == ("the analyst", "127.0.0.1", house.clock.now)
    assert (resumed.what, resumed.about) == ("POST /watchlists/{watchlist_id}/resume", "/watchlists/1/resume")
    assert [each.outcome for each in (refused, removed, resumed)] == ["403", "400", "303"]
    assert (log_in.what, log_in.who) == ("log-in", "the analyst")
    assert not any("retry" in each.what for each in house.audit.entries(9))


def test_the_operator_reads_who_did_what_on_a_page_and_through_the_api(house, site):
    for number in range(3):
        house.audit.begin(who=f"<b>{number}", address=None, what="presswatch x", about="<script>", now=house.clock.now)
    operator = Visitor(site, **bearer(Role.OPERATOR))
    page = operator.get("/audit")
    assert page.status == 200
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "<bdi>&lt;b&gt;1</bdi>" in operator.get("/audit?who=%3Cb%3E1").text
    first = operator.get("/api/v1/audit?limit=2").json
    assert [each["who"] for each in first["items"]] == ["<b>2", "<b>1"]
    after = operator.get(f"/api/v1/audit?limit=2&before_id={first['next_before_id']}").json
    assert after["items"][0]["who"] == "<b>0"


def test_the_event_of_a_change_names_the_user(house, site):
    visitor = Visitor(site)
    visitor.log_in("the operator", token_of(Role.OPERATOR))
    number = house.room.library.outlet_statuses(house.clock.now)[0].sources[0]
    key = house.room.library.outlet_statuses(house.clock.now)[0].outlet.key
    assert visitor.send(f"/outlets/{key}/sources/{number.id}/visit", f"/outlets/{key}").status == 303
    assert house.room.library.orders(key, 1)[0].payload["by"] == "the operator"


# ------------------------------------------------------------------------------ behind a proxy


def test_behind_tls_cookies_are_secure_and_nobody_elses(house, site):
    """The browser itself says so in Origin, whatever a proxy leaves out."""
    visitor = Visitor(site, host="press.example")
    answer = visitor.log_in("the reader", token_of(Role.READER), origin="https://press.example")
    [line] = [each for each in answer.set_cookies if "session" in each]
    assert line.startswith("__Host-presswatch-session=")
    assert "Secure" in line
    assert "Domain" not in line
    assert visitor.get("/account").status == 200


def test_nobody_passes_for_somebody_else_by_a_header(house, site):
    """Who is not a trusted proxy cannot choose what limits count and the log notes."""
    for number in range(LOG_INS):
        Visitor(site, x_forwarded_for=f"203.0.113.{number}").log_in("the reader", "wrong")
    assert Visitor(site, x_forwarded_for="203.0.113.99").log_in("the reader", "wrong").status == 429


# ------------------------------------------------------------------------------ without users


def status_at(app: FastAPI, server: str, client: str) -> int:
    """What "/" answers a connection between these two addresses."""
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b""}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/", "root_path": ""}
    ends = {"server": (server, 8765), "client": (client, 5), "query_string": b"", "headers": [(b"host", b"127.0.0.1")]}
    asyncio.run(app(scope | ends, receive, send))
    return sent[0]["status"]


def test_without_users_no_other_machine_is_let_in_whatever_is_listened_on(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        for access in (access_of(room, lambda: NOW), None):
            app = app_of(room, lambda: NOW, access=access)
            assert status_at(app, "127.0.0.1", "127.0.0.1") == 200
            assert status_at(app, "192.0.2.7", "192.0.2.99") == 403
            assert status_at(app, "192.0.2.7", "127.0.0.1") == 403


def test_without_users_another_sites_page_changes_nothing_through_the_api(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        explainer = explainer_from(Settings(), WatchStore(room))
        with serving(room, access=access_of(room, lambda: NOW), explainer=explainer) as site:
            assert added(site, origin="https://evil.example").status == 403
            assert added(site, sec_fetch_site="cross-site").status == 403
            assert added(site).status == 201


def test_without_users_this_machine_may_do_all_and_the_first_user_ends_that(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        with serving(room, access=access_of(room, lambda: NOW), allowed_hosts=["127.0.0.1", "press.example"]) as site:
            assert site.ask("/audit").status == 200
            assert "nobody needs to log in" in site.ask("/account").text
            assert site.ask("/", host="press.example").status == 200
            assert site.ask("/audit", host="press.example").status == 403
            proxied = basic("of the proxy", "its password")
            assert site.ask("/", **proxied).status == 200
            SqlUserBook(room.engine).add(name="amal", role=Role.READER, token="presswatch_x", now=NOW)
            assert site.ask("/audit").status == 303
            assert site.ask("/").status == 303
            assert site.ask("/readyz").status == 200
