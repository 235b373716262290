"""Whoever gets e-mails ends them: by the button of a mail program, and in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.channels.leaving import leaving_url
from storage.records import Channel, ChannelKind, ChannelState
from storage.sql.channels import SqlChannelBook
from tests.pressroom import NOW, pressroom
from tests.webserver import Site, serving


@pytest.fixture
def book(sqlite_url: str, tmp_path: Path) -> Iterator[SqlChannelBook]:
    with pressroom(sqlite_url, tmp_path) as room:
        book = SqlChannelBook(room.engine)
        with serving(room, channels=book) as site:
            book.site = site
            yield book


def added(book: SqlChannelBook, name: str = "desk") -> Channel:
    url = f"mailto:{name}@example.org"
    return book.add(kind=ChannelKind.EMAIL, name=name, url=url, secret=name * 9, now=NOW, alerts=True)


def test_one_post_without_cookie_login_or_page_ends_it_and_says_so(book: SqlChannelBook):
    site: Site = book.site
    path = leaving_url(added(book), "")
    other = added(book, "other")
    one_click = {"content_type": "application/x-www-form-urlencoded"}
    answer = site.ask(path, "POST", b"List-Unsubscribe=One-Click", **one_click)
    assert answer.status == 200
    assert "Nothing more is sent to you" in answer.text
    ended = book.channel("desk")
    assert (ended.state, ended.is_tried, ended.paused_reason) == (
        ChannelState.PAUSED,
        False,
        "its receiver unsubscribed",
    )
    assert book.channel("other") == other
    assert site.ask(path, "POST", b"List-Unsubscribe=One-Click", **one_click).status == 200, "a second press"


def test_looking_at_the_address_ends_nothing(book: SqlChannelBook):
    site: Site = book.site
    path = leaving_url(added(book), "")
    for method in ("GET", "HEAD"):
        assert site.ask(path, method).status == 200
    assert f'<form method="post" action="{path}">' in site.ask(path).text
    assert book.channel("desk").state is ChannelState.ACTIVE


def test_an_address_that_was_made_for_no_channel_is_not_found(book: SqlChannelBook):
    site: Site = book.site
    path = leaving_url(added(book), "")
    number, _, signature = path.rpartition("/")[2].partition(".")
    for wrong in (
        f"{int(number) + 1}.{signature}",
        f"{number}.{'0' * 32}",
        number,
        "x",
        "0.",
        f"{number}.{signature}0",
    ):
        assert site.ask(f"/unsubscribe/{wrong}", "POST", b"a=b").status in {404, 422}, wrong
    assert book.channel("desk").state is ChannelState.ACTIVE


def test_a_channel_that_fails_is_shown_among_failures_and_counted(book: SqlChannelBook):
    site: Site = book.site
    channel = added(book)
    assert "Channels that fail" not in site.ask("/failures").text
    given = {"now": NOW - timedelta(hours=2), "next_try_at": NOW, "status": None, "error": "no <answer>"}
    book.failed(channel.id, channel.cursor, **given)
    page = site.ask("/failures").text
    assert "Channels that fail" in page
    assert "no &lt;answer&gt;" in page
    figures = site.ask("/metrics").text
    assert 'presswatch_channels{state="failing"} 1.0' in figures
    assert "presswatch_channel_failing_seconds 7200.0" in figures
