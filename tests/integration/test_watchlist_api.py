"""Watchlists saved, changed, tried, told and removed through the API."""

from __future__ import annotations

import json

import pytest

from control.settings import Settings
from control.watching import explainer_from
from delivery.web.bodies import MOST_BYTES
from storage.records import EventKind
from tests.pressroom import fill, pressroom
from tests.watching import WatchStore
from tests.webserver import serving

WANTED = {"name": "harbour", "query": "harbour AND pilots", "copy_outlets": ["ledger"]}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watchlists")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        fill(room)
        yield room


@pytest.fixture(scope="module")
def site(room):
    with serving(room, explainer=explainer_from(Settings(), WatchStore(room))) as site:
        yield site


@pytest.fixture
def saved(site):
    answer = send(site, "POST", "/api/v1/watchlists", WANTED)
    assert answer.status == 201
    yield answer
    send(site, "DELETE", answer.headers["location"])


def send(site, method: str, target: str, body: object = None, **headers: str):
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return site.ask(target, method, raw, **({"content_type": "application/json"} if raw else {}) | headers)


def newest_event(room):
    return room.events.since(0, 1_000)[-1]


def test_a_watchlist_lives_from_its_first_day_to_its_last(site, room):
    added = send(site, "POST", "/api/v1/watchlists", WANTED)
    assert (added.status, added.json["copy_outlets"]) == (201, ["ledger"])
    event = newest_event(room)
    assert (event.kind, event.payload["by"]) == (EventKind.WATCHLIST_CHANGED, "console at loopback")
    own = added.headers["location"]
    assert site.ask(own).json["query"] == "harbour AND pilots"

    changed = send(site, "PATCH", own, {"name": "pilots", "is_paused": True, "copy_outlets": []}).json
    assert (changed["name"], changed["is_paused"], changed["copy_outlets"]) == ("pilots", True, [])
    assert changed["query"] == WANTED["query"]

    feed = added.json["feeds"]["json_feed"]
    assert site.ask(feed).json["items"] == []
    assert site.ask(f"{own}/try?days=30").json["found"] == 4
    assert send(site, "POST", f"{own}/deliver", {"days": 30}).json == {"answer": 4, "new": 4}
    assert send(site, "POST", f"{own}/deliver").json == {"answer": 4, "new": 0}
    assert len(site.ask(feed).json["items"]) == 4

    other = send(site, "POST", f"{own}/new-token").json["json_feed"]
    assert (site.ask(feed).status, site.ask(other).status) == (404, 200)
    gone = send(site, "DELETE", own)
    assert (gone.status, gone.body) == (204, b"")
    assert site.ask(own).status == 404


BAD = {
    "a query that ends too early": ({"query": "harbour AND ("}, 422, "body.query", "at character"),
    "an empty query": ({"query": ""}, 422, "body.query", ""),
    "a name of signs": ({"name": "<b>"}, 422, "body.name", "a name has"),
    "a name that turns the direction of text": ({"name": "a\u202eb"}, 422, "body.name", "a name has"),
    "a name like an option": ({"name": "--all"}, 422, "body.name", "begins with neither"),
    "a control character": ({"name": "a\u0000b"}, 422, "body.name", ""),
    "an outlet that is not there": ({"copy_outlets": ["nobody"]}, 422, "body.copy_outlets", "'nobody'"),
    "a field that there is none of": ({"colour": "red"}, 422, "body.colour", ""),
    "half a surrogate pair": (b'{"name": "x", "query": "\\ud800"}', 422, "body.query", ""),
    "no JSON": (b"{", 422, "body", ""),
}


@pytest.mark.parametrize(("given", "status", "where", "what"), BAD.values(), ids=BAD)
def test_what_cannot_be_taken_is_told_with_its_field(site, given, status, where, what):
    body = given if isinstance(given, bytes) else WANTED | given
    problem = send(site, "POST", "/api/v1/watchlists", body)
    assert (problem.status, problem.headers["content-type"]) == (status, "application/problem+json")
    told = problem.json["errors"][0]
    assert told["where"].startswith(where)
    assert what in told["what"]
    assert site.ask("/api/v1/watchlists").json["items"] == []


def test_a_name_is_taken_once(site, saved):
    again = send(site, "POST", "/api/v1/watchlists", WANTED)
    assert (again.status, again.json["title"]) == (409, "Conflict")


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST"])
def test_a_watchlist_that_is_not_there_is_not_found(site, method):
    target = "/api/v1/watchlists/99" + ("/deliver" if method == "POST" else "")
    assert send(site, method, target, {} if method == "PATCH" else None).status == 404


FOREIGN = {
    "another site's page": {"origin": "http://evil.example"},
    "another page of this machine": {"origin": "http://127.0.0.1:1"},
    "a browser that says so": {"sec_fetch_site": "cross-site"},
    "a subdomain's page": {"sec_fetch_site": "same-site"},
    "somebody behind a proxy": {"x_forwarded_for": "203.0.113.5"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_nobody_writes_from_elsewhere(site, saved, headers):
    assert send(site, "POST", "/api/v1/watchlists", WANTED | {"name": "evil"}, **headers).status == 403
    assert send(site, "DELETE", saved.headers["location"], **headers).status == 403
    assert [each["name"] for each in site.ask("/api/v1/watchlists").json["items"]] == ["harbour"]


def test_what_a_page_may_send_without_asking_is_no_json(site):
    """A form of any site can send text/plain; JSON it can send only after a question that is never answered."""
    answer = send(site, "POST", "/api/v1/watchlists", WANTED, content_type="text/plain")
    assert answer.status == 422
    asked = site.ask("/api/v1/watchlists", "OPTIONS", origin="http://evil.example")
    assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize("is_told", [True, False])
def test_a_body_that_is_too_long_is_refused_unread(site, is_told):
    body = json.dumps(WANTED | {"query": "x" * MOST_BYTES}).encode()
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    if is_told:
        answer = send(site, "POST", "/api/v1/watchlists", body)
    else:
        answer = send(site, "POST", "/api/v1/watchlists", chunked, transfer_encoding="chunked")
    assert (answer.status, answer.headers["content-type"]) == (413, "application/problem+json")


def test_a_body_that_is_no_text_is_a_bad_request(site):
    answer = send(site, "POST", "/api/v1/watchlists", b"\x9c\xa3{")
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
