"""Channels on pages and in the API: added, tried, paused, removed, and no secret shown twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from lxml import html

from control.channel_desk import StoreChannelDesk
from control.settings import Settings
from control.watching import explainer_from
from storage.records import ChannelKind, ChannelState, EventKind, Role
from storage.sql.users import SqlUserBook
from tests.mailserver import taking_mail
from tests.pressroom import NOW, Pressroom, pressroom
from tests.receiver import receiving
from tests.userhouse import bearer, token_of
from tests.visitor import Visitor, access_of
from tests.watching import WatchStore
from tests.webserver import Answer, Site, serving

EVIL = '"><script>alert(1)</script>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    room: Pressroom
    store: WatchStore
    site: Site

    def browser(self, role: Role = Role.ANALYST) -> Visitor:
        visitor = Visitor(self.site)
        assert visitor.log_in(f"the {role.value}", token_of(role)).status == 303
        return visitor

    def asks(self, method: str, target: str, body: object = None, role: Role = Role.ANALYST) -> Answer:
        raw = b"" if body is None else json.dumps(body).encode()
        given = {"content_type": "application/json"} if raw else {}
        return self.site.ask(target, method, raw, **bearer(role), **given)


@contextmanager
def desk_of(room: Pressroom, **settings: Any) -> Iterator[Desk]:
    store = WatchStore(room)
    desk = StoreChannelDesk(Settings(allow_networks=("127.0.0.0/8",), **settings), store, lambda: NOW)
    given = {"explainer": explainer_from(Settings(), store), "access": access_of(room, lambda: NOW)}
    with serving(room, channel_desk=desk, channels=store.channels, **given) as site:
        yield Desk(room=room, store=store, site=site)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressroom]:
    folder = tmp_path_factory.mktemp("channels")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        room.open_outlets()
        for role in Role:
            SqlUserBook(room.engine).add(name=f"the {role.value}", role=role, token=token_of(role), now=NOW)
        for name in ("harbour", "ships"):
            WatchStore(room).watchlists.add(name=name, query=name, token=name * 4, now=NOW)
        yield room


@pytest.fixture(scope="module")
def desk_served(room: Pressroom) -> Iterator[Desk]:
    with desk_of(room) as it:
        yield it


@pytest.fixture
def desk(desk_served: Desk) -> Iterator[Desk]:
    yield desk_served
    for each in desk_served.store.channels.channels():
        desk_served.store.channels.remove(each.name, NOW)


def text_of(answer: Answer) -> str:
    return " ".join(html.fromstring(answer.body).xpath("//main")[0].text_content().split())


def add(browser: Visitor, kind: str, **fields: str) -> Answer:
    return browser.send("/channels", f"/channels/new?kind={kind}", {"kind": kind, **fields})


# ------------------------------------------------------------------------------------------- pages


def test_a_webhook_is_added_its_secret_shown_once_tried_paused_resumed_and_removed(desk: Desk):
    browser = desk.browser()
    with receiving() as receiver:
        added = add(
            browser, "webhook", name="desk", url=f"{receiver.url}/secret-path", watchlist="harbour", changes="yes"
        )
        channel = desk.store.channels.channel("desk")
        assert (added.status, channel.secret in added.text) == (200, True)
        assert added.headers["cache-control"] == "no-store"
        assert (channel.tells_changes, channel.watchlist_ids) == (True, (1,))
        own = f"/channels/{channel.id}"
        tried = browser.send(f"{own}/test", "/channels")
    assert "desk took the test message. It answered 204." in text_of(tried)
    assert receiver.received[0].is_signed_with(channel.secret)
    assert "did not take the test message" in text_of(browser.send(f"{own}/test", "/channels")), "nobody is there now"
    assert browser.send(f"{own}/pause", "/channels").status == 303
    assert desk.store.channels.channel("desk").state is ChannelState.PAUSED
    assert "paused by hand" in text_of(browser.get("/channels?done=pause"))
    assert browser.send(f"{own}/resume", "/channels").status == 303
    listed = browser.get("/channels")
    assert "only changes, watchlist harbour" in text_of(listed)
    assert "secret-path" not in listed.text
    assert browser.send(f"{own}/remove", "/channels").status == 400
    assert browser.send(f"{own}/remove", "/channels", {"sure": "yes"}).headers["location"] == "/channels?done=remove"
    assert desk.store.channels.channels() == []
    told = [e.payload for e in desk.room.events.since(0, 999) if e.kind is EventKind.CHANNEL_CHANGED]
    assert {each["by"] for each in told} == {"the analyst"}
    kept = json.dumps([each.payload for each in desk.room.events.since(0, 9_999)], default=str)
    audit = desk.asks("GET", "/api/v1/audit", role=Role.OPERATOR).text
    for shown in (listed.text, tried.text, kept, audit):
        assert channel.secret not in shown


def test_the_list_tells_when_a_message_was_taken_and_why_one_was_not(desk: Desk):
    added = desk.store.channels.add(
        kind=ChannelKind.WEBHOOK, name="hook", url="https://h.example/", secret="s", now=NOW
    )
    desk.store.channels.failed(added.id, added.cursor, now=NOW, next_try_at=NOW, status=503, error=f"answered {EVIL}")
    page = desk.browser().get("/channels")
    assert "failing" in text_of(page)
    assert f"answered {EVIL}" in text_of(page)
    assert "1 failed in a row" in text_of(page)
    assert EVIL not in page.text


REFUSED = {
    "no name": ("webhook", {"url": "https://hooks.example/"}, "cannot be a channel's name"),
    "no URL": ("webhook", {"name": "desk", "url": "hooks.example"}, "looks like https://example.org/hook"),
    "a private address": ("webhook", {"name": "desk", "url": "http://10.0.0.1/"}, "is not a public address"),
    "an unknown watchlist": ("webhook", {"name": "desk", "url": "https://h.example/", "watchlist": "x"}, "watchlist"),
    "an unknown outlet": ("webhook", {"name": "desk", "url": "https://h.example/", "outlet": "nowhere"}, "outlet"),
    "two watchlists at once": (
        "webhook",
        {"name": "desk", "url": "https://h.example/", "watchlist": "harbour", "watchlist_2": "ships"},
        "several watchlists make one digest",
    ),
    "an e-mail without a mail server": (
        "e-mail",
        {"name": "desk", "url": "desk@example.org", "alerts": "yes"},
        "PRESSWATCH_SMTP_URL",
    ),
    "an e-mail of everything": ("e-mail", {"name": "desk", "url": "desk@example.org"}, "choose a watchlist"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_added_comes_back_as_it_was_sent_with_the_reason(desk: Desk, case: str):
    kind, fields, told = REFUSED[case]
    refused = add(desk.browser(), kind, **fields)
    assert refused.status == 400
    assert "Nothing was added: " in text_of(refused)
    assert told in text_of(refused)
    shown = html.fromstring(refused.body).xpath("//input[@name='url']/@value")
    assert shown == [fields["url"]]
    assert desk.store.channels.channels() == []


def test_the_address_of_a_chat_is_never_shown_again(desk: Desk):
    refused = add(
        desk.browser(), "chat", name="room", url="slack://TOKEN-A/TOKEN-B/TOKEN-C", alerts="yes", daily="7:00"
    )
    assert refused.status == 400
    assert "TOKEN" not in refused.text
    url = "tgram://123:TOKEN/456"
    desk.store.channels.add(kind=ChannelKind.CHAT, name="room", url=url, secret="s" * 9, now=NOW, alerts=True)
    assert "tgram://…" in desk.browser().get("/channels").text
    assert "TOKEN" not in desk.browser().get("/channels").text
    assert "TOKEN" not in desk.asks("GET", "/api/v1/channels").text


def test_readers_see_no_channels_and_hubs_are_an_operators(desk: Desk):
    reader = desk.browser(Role.READER)
    assert reader.get("/channels").status == reader.get("/channels/new").status == 403
    assert "/channels" not in reader.get("/watchlists").text
    assert 'href="/channels"' in desk.browser().get("/watchlists").text
    assert add(desk.browser(), "hub", name="hub", url="https://hub.example/").status == 403
    operators = add(desk.browser(Role.OPERATOR), "hub", name="hub", url="https://hub.example/")
    assert "PRESSWATCH_PUBLIC_URL" in text_of(operators)


def test_a_form_of_another_page_adds_nothing(desk: Desk):
    browser = desk.browser()
    fields = {"name": "desk", "url": "https://h.example/", "kind": "webhook"}
    assert browser.send("/channels", "/channels/new", {**fields, "token": "0" * 64}).status == 403
    assert browser.send("/channels", "/channels/new", fields, origin="https://evil.example").status == 403
    assert desk.store.channels.channels() == []


def test_an_analyst_gets_a_daily_e_mail_of_two_watchlists_and_tries_it(room: Pressroom):
    with taking_mail() as server:
        mail = {"smtp_url": f"smtp://127.0.0.1:{server.port}", "mail_from": "watch@example.org"}
        with desk_of(room, **mail) as it:
            browser = it.browser()
            both = {"watchlist": "harbour", "watchlist_2": "ships", "daily": "7:30", "zone": "Asia/Tehran"}
            added = add(browser, "e-mail", name="mine", url="desk@example.org", **both)
            assert "daily at 07:30 Asia/Tehran" in text_of(added)
            assert "shown only now" not in added.text, "e-mails are not signed"
            number = it.store.channels.channel("mine").id
            outcomes = [browser.send(f"/channels/{number}/test", "/channels") for _ in range(6)]
            it.store.channels.remove("mine", NOW)
    assert [each.status for each in outcomes] == [200] * 5 + [429]
    assert int(outcomes[-1].headers["retry-after"]) > 0
    assert len(server.mails) == 5


# --------------------------------------------------------------------------------------------- API


def test_a_channel_lives_from_its_first_day_to_its_last_in_the_api(desk: Desk):
    with receiving() as receiver:
        wanted = {"kind": "webhook", "name": "desk", "url": receiver.url, "vanished": True, "outlet": "gazette"}
        added = desk.asks("POST", "/api/v1/channels", wanted)
        assert (added.status, added.json["secret"]) == (201, desk.store.channels.channel("desk").secret)
        own = added.headers["location"]
        assert desk.asks("POST", f"{own}/test").json == {"is_taken": True, "status": 204, "problem": None}
    assert desk.asks("POST", "/api/v1/channels", wanted).status == 409
    shown = desk.asks("GET", own)
    assert (shown.json["vanished"], shown.json["outlet"], shown.json["state"]) == (True, "gazette", "active")
    assert re.fullmatch(r"http://127\.0\.0\.1/…", shown.json["address"])
    assert "secret" not in shown.json
    paused = desk.asks("PATCH", own, {"is_paused": True}).json
    assert (paused["state"], paused["paused_reason"]) == ("paused", "paused by hand")
    assert desk.asks("PATCH", own, {"is_paused": False}).json["state"] == "active"
    assert [each["name"] for each in desk.asks("GET", "/api/v1/channels").json["channels"]] == ["desk"]
    assert desk.asks("DELETE", own).status == 204
    assert desk.asks("GET", own).status == desk.asks("DELETE", own).status == 404


BAD = {
    "a kind there is not": ({"kind": "pigeon"}, 422, "body.kind"),
    "a name of signs": ({"name": "<b>"}, 422, "body.name"),
    "a URL that is none": ({"url": "hooks.example"}, 422, "body.url"),
    "an outlet there is not": ({"outlet": "nowhere"}, 422, "body.outlet"),
    "a watchlist there is not": ({"watchlists": ["nothing"]}, 422, "body.watchlists"),
    "no hour": ({"watchlists": ["harbour"], "daily": "25:00"}, 422, "body.daily"),
    "a field there is not": ({"secret": "mine"}, 422, "body.secret"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_added_is_a_problem_that_names_the_field(desk: Desk, case: str):
    changed, status, where = BAD[case]
    wanted = {"kind": "webhook", "name": "desk", "url": "https://h.example/"} | changed
    refused = desk.asks("POST", "/api/v1/channels", wanted)
    assert (refused.status, refused.json["errors"][0]["where"]) == (status, where)
    assert desk.store.channels.channels() == []


def test_an_analyst_adds_no_hub_through_the_api(desk: Desk):
    wanted = {"kind": "hub", "name": "hub", "url": "https://hub.example/"}
    assert desk.asks("POST", "/api/v1/channels", wanted).status == 403
    assert desk.asks("GET", "/api/v1/channels", role=Role.READER).status == 403
