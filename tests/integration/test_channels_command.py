"""`presswatch channels`, over a real store and a real receiver."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from control.cli_channels import channels_group
from control.settings import Settings
from storage.errors import ChannelExists, UnknownChannel, UnknownOutlet
from storage.records import Daily, Delivery, DeliveryState
from storage.sql.channels import SqlChannelBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.mailserver import taking_mail
from tests.pressroom import DOZEN, NOW, Pressroom
from tests.receiver import Received, Receiver, receiving

Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("three_articles")


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path) -> Run:
    def run(*words: str, allow: tuple[str, ...] = ("127.0.0.0/8",)) -> Result:
        settings = Settings(database_url=sqlite_url, data_dir=tmp_path, allow_networks=allow)
        return CliRunner().invoke(channels_group, list(words), obj=settings)

    return run


def test_a_channel_is_added_its_secret_shown_once_and_tried(run: Run, book: SqlChannelBook):
    with receiving() as receiver:
        added = run("add", "desk", receiver.url, "--outlet", "gazette", "--language", "EN")
        assert added.exit_code == 0, added.output
        channel = book.channel("desk")
        assert (channel.outlet_key, channel.language, channel.url) == ("gazette", "en", receiver.url)
        assert channel.cursor > 0
        assert channel.secret in added.output
        tried = run("test", "desk")
    assert tried.exit_code == 0, tried.output
    assert "desk answered 204." in tried.output
    [received] = receiver.received
    assert received.json["kind"] == "channel.test"
    assert received.is_signed_with(channel.secret)
    for words in (("list",), ("list", "--json"), ("log", "desk")):
        assert channel.secret not in run(*words).output


def test_a_secret_of_ones_own_is_read_from_a_file_and_not_shown(run: Run, book: SqlChannelBook, tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text("  0123456789abcdef-mine \n")
    added = run("add", "desk", "https://hooks.example/in", "--from-start", "--secret-file", str(file))
    assert added.exit_code == 0, added.output
    assert book.channel("desk").secret == "0123456789abcdef-mine"
    assert "0123456789abcdef-mine" not in added.output
    assert book.channel("desk").cursor == 0


REFUSED = {
    "a short secret": (("add", "desk", "https://hooks.example/", "--secret-file", "SHORT"), "holds 5 characters"),
    "a secret that is no text": (("add", "desk", "https://hooks.example/", "--secret-file", "BYTES"), "cannot be read"),
    "no URL": (("add", "desk", "hooks.example"), "looks like https://example.org/hook"),
    "another scheme": (("add", "desk", "ftp://hooks.example/"), "begins with https://"),
    "a password in the URL": (("add", "desk", "https://me:pw@hooks.example/"), "leave user name and password out"),
    "no language": (("add", "desk", "https://hooks.example/", "--language", "English"), "ISO 639-1"),
    "an odd name": (("add", " desk", "https://hooks.example/"), "cannot be a channel's name"),
    "a name with control characters": (("add", "a\x1b[2J", "https://hooks.example/"), "cannot be a channel's name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_added_is_told_in_words_with_exit_status_1(
    run: Run, book: SqlChannelBook, tmp_path: Path, case: str
):
    (tmp_path / "short").write_text("short")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xfd")
    words, told = REFUSED[case]
    files = {"SHORT": str(tmp_path / "short"), "BYTES": str(tmp_path / "bytes")}
    result = run(*(files.get(word, word) for word in words))
    assert result.exit_code == 1
    assert told in result.output
    assert "\x1b" not in result.output
    assert book.channels() == []


@pytest.mark.parametrize("url", ["http://127.1/", "http://[::1]:80/", "https://0x0a.0.0.1/", "http://169.254.169.254/"])
def test_a_private_address_is_told_of_when_it_is_added(run: Run, book: SqlChannelBook, url: str):
    refused = run("add", "desk", url, allow=())
    assert refused.exit_code == 1
    assert "PRESSWATCH_ALLOW_NETWORKS" in refused.output
    assert book.channels() == []


def test_what_the_store_refuses_is_raised_for_the_command_to_tell(run: Run, book: SqlChannelBook):
    assert run("add", "desk", "https://hooks.example/").exit_code == 0
    for words, error in (
        (("add", "desk", "https://hooks.example/"), ChannelExists),
        (("add", "other", "https://hooks.example/", "--outlet", "nowhere"), UnknownOutlet),
        (("pause", "other"), UnknownChannel),
        (("resume", "other"), UnknownChannel),
        (("remove", "other"), UnknownChannel),
        (("test", "other"), UnknownChannel),
        (("log", "other"), UnknownChannel),
    ):
        assert isinstance(run(*words).exception, error), words


def test_the_first_command_of_all_makes_the_store_and_knows_the_catalogue(tmp_path: Path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/new.sqlite3", data_dir=tmp_path)
    added = CliRunner().invoke(
        channels_group, ["add", "desk", "https://hooks.example/", "--outlet", "jpost"], obj=settings
    )
    assert added.exit_code == 0, added.output
    assert "only jpost" in CliRunner().invoke(channels_group, ["list"], obj=settings).output


def test_pausing_resuming_and_removing(run: Run, book: SqlChannelBook):
    run("add", "desk", "https://hooks.example/", "--from-start")
    assert "presswatch channels resume desk" in run("pause", "desk").output
    listed = run("list").output
    assert "paused" in listed
    assert "paused by hand" in listed
    assert run("resume", "desk").exit_code == 0
    assert "active" in run("list").output
    assert run("remove", "desk").exit_code == 0
    assert "no channels yet" in run("list").output


def test_the_list_tells_what_waits_and_why(run: Run, book: SqlChannelBook):
    run("add", "desk", "https://hooks.example/", "--from-start", "--language", "en")
    channel = book.channel("desk")
    book.failed(channel.id, 0, now=NOW, next_try_at=NOW, status=500, error="answered 500: \x1b[2J")
    text = run("list").output
    assert "failing" in text
    assert "1 try failed, the first" in text
    assert "only en" in text
    assert "\x1b" not in text
    [told] = json.loads(run("list", "--json").output)
    assert (told["name"], told["state"], told["failures"], told["cursor"]) == ("desk", "active", 1, 0)
    assert told["waiting"] == sum(piece.language == "en" for piece in DOZEN[:3]) == 1
    assert "1 waiting" in text
    assert "secret" not in told


def test_the_log_tells_what_became_of_deliveries(run: Run, book: SqlChannelBook):
    run("add", "desk", "https://hooks.example/", "--from-start")
    assert "Nothing was delivered" in run("log", "desk").output
    made = Delivery(
        channel_id=book.channel("desk").id,
        event_seq=1,
        article_id=7,
        key="k",
        state=DeliveryState.DELIVERED,
        tries=2,
        ended_at=NOW,
        status=200,
    )
    book.delivered(made, 0)
    assert "delivered  article 7  2 tries" in run("log", "desk").output
    [told] = json.loads(run("log", "desk", "--json").output)
    assert (told["article_id"], told["state"], told["ended_at"]) == (7, "delivered", "2026-03-14T15:40:00Z")


def test_a_test_that_fails_says_why(run: Run, book: SqlChannelBook):
    async def refuse(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
        return web.Response(status=401, text="bad signature")

    with receiving(refuse) as receiver:
        run("add", "desk", receiver.url)
        refused = run("test", "desk")
        kept_out = run("test", "desk", allow=())
    assert refused.exit_code == kept_out.exit_code == 1
    assert "desk did not take the test message: answered 401 Unauthorized: bad signature" in refused.output
    assert "not a public address" in kept_out.output
    assert len(receiver.received) == 1
    assert book.channel("desk").failures == 0


def test_a_digest_is_ordered_by_hour_and_zone(run: Run, room: Pressroom, book: SqlChannelBook):
    SqlWatchlistBook(room.engine).add(name="harbour", query="harbour", token="t" * 32, now=NOW)
    with receiving() as receiver:
        daily = ("--daily", "7:30", "--zone", "Asia/Tehran")
        added = run("add", "desk", receiver.url, "--watchlist", "harbour", *daily)
        assert added.exit_code == 0, added.output
        assert "each day at 07:30 Asia/Tehran" in added.output
        assert book.channel("desk").daily == Daily(minute=450, zone="Asia/Tehran")
        assert "daily at 07:30 Asia/Tehran" in run("list").output
        assert "choose one of these" in run("add", "two", receiver.url, *daily).output
        assert (
            "no time zone"
            in run("add", "two", receiver.url, "--watchlist", "harbour", "--daily", "7:30", "--zone", "x").output
        )
        assert "no hour" in run("add", "two", receiver.url, "--watchlist", "harbour", "--daily", "25:00").output


def test_the_mail_server_that_is_set_is_tried_by_a_command(sqlite_url: str, tmp_path: Path):
    def run(port: int) -> Result:
        smtp = {"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": "watch@example.org"}
        settings = Settings(database_url=sqlite_url, data_dir=tmp_path, **smtp)
        return CliRunner().invoke(channels_group, ["test-mail", "you@example.org"], obj=settings)

    with taking_mail(refusals=("550 no such reader",)) as server:
        refused, tried = run(server.port), run(server.port)
    assert refused.exit_code == 1
    assert "no such reader" in refused.output
    assert tried.exit_code == 0, tried.output
    assert "took a test e-mail to you@example.org" in tried.output
    assert "PRESSWATCH_PUBLIC_URL is not set" in tried.output
    assert [mail["To"] for mail in server.mails] == ["you@example.org"]
    assert "did not take it" in run(server.port).output, "nobody listens there any more"


def test_a_channel_of_changes_is_added_by_what_it_asks_for(run: Run, book: SqlChannelBook):
    with receiving() as receiver:
        assert run("add", "edits", receiver.url, "--changes", "--stealth", "--vanished").exit_code == 0
        channel = book.channel("edits")
        assert (channel.tells_changes, channel.is_stealth_only, channel.tells_vanished) == (True, True, True)
        assert "only stealth edits, what vanished or returned" in run("list").output
        assert run("add", "daily", receiver.url, "--vanished", "--daily", "7:30").exit_code == 0
        assert "ask for changes too" in run("add", "two", receiver.url, "--stealth").output
        assert "another channel" in run("add", "two", receiver.url, "--alerts", "--changes").output


def test_several_watchlists_make_one_digest(run: Run, room: Pressroom, book: SqlChannelBook):
    for name in ("harbour", "ships"):
        SqlWatchlistBook(room.engine).add(name=name, query=name, token=name * 4, now=NOW)
    both = ("--watchlist", "harbour", "--watchlist", "ships")
    with receiving() as receiver:
        assert "give its hour" in run("add", "desk", receiver.url, *both).output
        assert run("add", "desk", receiver.url, *both, "--daily", "7:30").exit_code == 0
    assert len(book.channel("desk").watchlist_ids) == 2
    assert "watchlist harbour and watchlist ships" in run("list").output
