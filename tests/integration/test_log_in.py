"""The log-in of browsers: cookies, sessions, and forms that hold for one of them alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from delivery.access.desk import LOG_INS
from storage.records import Role
from tests.userhouse import added, bearer, token_of
from tests.visitor import Visitor
from tests.webserver import serving


def test_a_browser_is_sent_to_the_log_in_and_back_to_where_it_wanted_to_go(site):
    visitor = Visitor(site)
    answer = visitor.get("/?q=harbour&language=en")
    assert (answer.status, answer.headers["location"]) == (303, "/login?next=%2F%3Fq%3Dharbour%26language%3Den")
    page = visitor.get(answer.headers["location"])
    assert 'name="next" value="/?q=harbour&amp;language=en"' in page.text
    answer = visitor.log_in("the analyst", token_of(Role.ANALYST), "/?q=harbour&language=en")
    assert (answer.status, answer.headers["location"]) == (303, "/?q=harbour&language=en")
    assert visitor.get("/").status == 200
    assert "logged in as <strong><bdi>the analyst" in visitor.get("/account").text


def test_the_cookie_of_a_session_is_for_no_script_and_no_other_site(house, site):
    [line] = Visitor(site).log_in("the reader", token_of(Role.READER)).set_cookies
    assert line.startswith("presswatch-session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800"} <= {part.strip() for part in line.split(";")}
    assert "Secure" not in line


WRONG = {
    "a wrong token": ("the reader", "presswatch_wrong"),
    "another's token": ("the reader", token_of(Role.OPERATOR)),
    "nobody's name": ("nobody", token_of(Role.READER)),
    "no name": ("", token_of(Role.READER)),
    "no token": ("the reader", ""),
    "the digest that is stored": ("the reader", "0" * 64),
    "another language": ("خواننده", "نشانه"),
}


def test_wrong_names_and_wrong_tokens_are_one_answer(site):
    answers = set()
    for name, secret in WRONG.values():
        answer = Visitor(site).log_in(name, secret)
        answers.add((answer.status, re.search(r'role="alert"[^>]*>([^<]*)', answer.text)[1]))
        assert "presswatch-session" not in str(answer.set_cookies)
        assert secret not in answer.text or not secret
    assert len(answers) == 1
    assert answers.pop()[0] == 401


ELSEWHERE = {
    "a page of somebody else": {"origin": "https://evil.example"},
    "another site with our Origin": {"sec_fetch_site": "cross-site"},
    "a page that hides where it is": {"origin": "null"},
}


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
def test_nobody_is_logged_in_by_another_sites_page(site, headers):
    answer = Visitor(site).log_in("the reader", token_of(Role.READER), **headers)
    assert answer.status == 403
    assert not answer.set_cookies


def test_nobody_is_logged_in_without_the_forms_token(site):
    fields = {"name": "the reader", "secret": token_of(Role.READER), "token": "0" * 64}
    assert Visitor(site).send("/login", "/login", fields).status == 403


def test_who_tries_to_log_in_too_often_has_to_wait_even_with_the_right_token(house, site):
    visitor = Visitor(site)
    for _ in range(LOG_INS):
        assert visitor.log_in("the reader", "wrong").status == 401
    answer = visitor.log_in("the reader", token_of(Role.READER))
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    house.clock.now += timedelta(minutes=1)
    assert visitor.log_in("the reader", token_of(Role.READER)).status == 303


def test_right_log_ins_are_not_counted_against_anybody(site):
    for _ in range(LOG_INS + 2):
        assert Visitor(site).log_in("the reader", token_of(Role.READER)).status == 303


def test_a_log_in_goes_to_no_other_site(site):
    answer = Visitor(site).log_in("the reader", token_of(Role.READER), "//evil.example/")
    assert answer.headers["location"] == "/"
    assert "evil" not in Visitor(site).get("/login?next=https://evil.example/").text


def test_a_session_gets_a_new_key_at_each_log_in_and_the_old_one_ends(site):
    visitor = Visitor(site)
    visitor.log_in("the reader", token_of(Role.READER))
    first = visitor.cookies["presswatch-session"]
    visitor.log_in("the analyst", token_of(Role.ANALYST))
    assert visitor.cookies["presswatch-session"] != first
    visitor.cookies["presswatch-session"] = first
    assert visitor.get("/").status == 303


def test_sessions_survive_a_restart_and_end_at_their_time(house):
    with serving(house.room, **house.settings(session_h=2)) as site:
        visitor = Visitor(site)
        visitor.log_in("the reader", token_of(Role.READER))
    with serving(house.room, **house.settings()) as site:
        visitor.site = site
        house.clock.now += timedelta(hours=2, seconds=-1)
        assert visitor.get("/").status == 200
        house.clock.now += timedelta(seconds=1)
        assert visitor.get("/").status == 303


def test_log_out_ends_this_session_and_log_out_everywhere_all(site):
    here, there = Visitor(site), Visitor(site)
    for visitor in (here, there):
        visitor.log_in("the reader", token_of(Role.READER))
    key = here.cookies["presswatch-session"]
    answer = here.send("/account/log-out", "/account")
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert "presswatch-session" not in here.cookies
    here.cookies["presswatch-session"] = key
    assert here.get("/").status == 303
    assert there.get("/").status == 200
    here.log_in("the reader", token_of(Role.READER))
    assert here.send("/account/log-out-everywhere", "/account").status == 303
    assert there.get("/").status == 303


def test_another_sites_page_logs_nobody_out(site):
    visitor = Visitor(site)
    visitor.log_in("the reader", token_of(Role.READER))
    assert visitor.send("/account/log-out", "/account", origin="https://evil.example").status == 403
    assert visitor.get("/").status == 200


def test_a_form_holds_for_its_session_alone(site):
    """A token that a browser got before its user logged in is none afterwards."""
    visitor = Visitor(site)
    before = re.search(r'name="token" value="(\w+)"', visitor.get("/login").text)[1]
    visitor.log_in("the analyst", token_of(Role.ANALYST))
    assert visitor.send("/watchlists/1/pause", "/watchlists/1", {"token": before}).status == 403
    assert visitor.send("/watchlists/1/pause", "/watchlists/1").status == 303


def test_pages_offer_what_the_role_may_send(site):
    reader, analyst, operator = (Visitor(site, **bearer(role)) for role in Role)
    assert 'action="/watchlists/1/edit"' not in reader.get("/watchlists/1").text
    assert "w" * 20 not in reader.get("/watchlists/1").text
    assert "w" * 20 in analyst.get("/watchlists/1").text
    assert 'action="/watchlists/1/edit"' in analyst.get("/watchlists/1").text
    assert "/pace" not in analyst.get("/outlets/gazette").text
    assert "/pace" in operator.get("/outlets/gazette").text


API_WRITES = {
    "a script of ours": ({}, 201),
    "a page of somebody else": ({"origin": "https://evil.example"}, 403),
    "another site with our Origin": ({"sec_fetch_site": "cross-site"}, 403),
    "nobody says from where": ({"origin": "", "sec_fetch_site": ""}, 403),
}


@pytest.mark.parametrize(("headers", "status"), API_WRITES.values(), ids=API_WRITES)
def test_a_session_changes_something_through_the_api_from_our_own_pages_alone(site, headers, status):
    visitor = Visitor(site)
    visitor.log_in("the analyst", token_of(Role.ANALYST))
    said = {"origin": site.url, "sec_fetch_site": "same-origin"} | headers
    said = {name: value for name, value in said.items() if value}
    answer = added(site, cookie=f"presswatch-session={visitor.cookies['presswatch-session']}", **said)
    assert answer.status == status, answer.text


def test_a_program_with_a_token_changes_something_through_the_api_and_that_is_noted(house, site):
    assert added(site, **bearer(Role.READER)).status == 403
    assert added(site, **bearer(Role.ANALYST)).status == 201
    [entry] = house.audit.entries(1)
    assert (entry.who, entry.what, entry.outcome) == ("the analyst", "POST /api/v1/watchlists", "201")
