"""Alerts by e-mail, to a mail server that speaks just enough SMTP."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.message import Message as Mail
from typing import Any

import pytest

from delivery.channels.carriers import Carriers
from delivery.channels.mailer import BadAddress, Mailer, mail_address
from delivery.channels.poster import Answer, Poster
from delivery.channels.webhook import alert_message
from storage.records import Channel, ChannelKind, ChannelState, Event, EventKind

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def channel(url: str = "mailto:desk@example.org") -> Channel:
    return Channel(
        id=1,
        kind=ChannelKind.EMAIL,
        name="desk",
        url=url,
        secret="",
        state=ChannelState.ACTIVE,
        created_at=NOW,
        cursor=0,
        alerts=True,
    )


def alert(sentence: str = "The Post: https://post.example/feed: dead: answered 404", **payload: Any) -> Event:
    source = {
        "outlet": "post",
        "url": "https://post.example/feed",
        "state": "dead",
        "cause": "http-404",
        "sentence": "answered 404",
        "since": NOW.isoformat(),
    }
    told = {"scope": "outlet", "sentence": sentence, "sources": [source]} | payload
    return Event(seq=7, at=NOW, kind=EventKind.ALERT_RAISED, outlet_key="post", article_id=None, payload=told)


@asynccontextmanager
async def mail_server(
    refusal: str = "", waits_s: Mapping[str, float] | None = None
) -> AsyncIterator[tuple[int, list[Mail], list[str]]]:
    """Its port, the mails it took, and all commands; `waits_s` before it answers a command."""
    mails: list[Mail] = []
    commands: list[str] = []
    serving: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            serving.append(task)
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            commands.append(line)
            await asyncio.sleep((waits_s or {}).get(line[:4], 0))
            answer = "250 fine"
            if line == "DATA":
                writer.write(b"354 go on\r\n")
                mails.append(email.message_from_bytes((await reader.readuntil(b"\r\n.\r\n"))[:-5]))
            elif line.startswith("RCPT") and refusal:
                answer = refusal
            elif line == "QUIT":
                answer = "221 bye"
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()
            if line == "QUIT":
                break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], mails, commands
        await asyncio.wait_for(asyncio.gather(*serving), 10)


def send(
    event: Event,
    *,
    refusal: str = "",
    user: str = "",
    tries: int = 1,
    timeout_s: float = 5.0,
    waits_s: Mapping[str, float] | None = None,
) -> tuple[Answer, list[Mail], list[str]]:
    async def run() -> tuple[Answer, list[Mail], list[str]]:
        async with mail_server(refusal, waits_s) as (port, mails, commands):
            mailer = Mailer(f"smtp://{user}127.0.0.1:{port}", "watch@example.org", timeout_s, lambda: NOW)
            for _ in range(tries):
                answer = await mailer.post(channel(), alert_message(channel(), event))
        return answer, mails, commands

    return asyncio.run(run())


def test_an_alert_arrives_as_a_mail_that_says_what_and_why():
    answer, [mail], commands = send(alert())
    assert answer.is_taken
    assert mail["Subject"] == "Presswatch: The Post: https://post.example/feed: dead: answered 404"
    assert (mail["From"], mail["To"]) == ("watch@example.org", "desk@example.org")
    plain, html = (part.get_payload(decode=True).decode() for part in mail.get_payload())
    for text in (plain, html):
        assert "post: dead" in text
        assert "https://post.example/feed" in text
    assert any(line.startswith("RCPT TO:<desk@example.org>") for line in commands)


def test_a_second_try_has_the_same_message_id():
    _, mails, _ = send(alert(), tries=2)
    assert len(mails) == 2
    assert len({mail["Message-ID"] for mail in mails}) == 1


def test_what_a_page_says_cannot_add_a_header():
    _, [mail], _ = send(alert("dead\r\nBcc: all@example.org"))
    assert mail["Bcc"] is None


def test_a_refusal_is_told():
    answer, mails, _ = send(alert(), refusal="550 no such desk")
    assert not answer.is_taken
    assert "no such desk" in (answer.problem or "")
    assert mails == []


def test_a_server_that_answers_each_step_late_holds_a_channel_no_longer_than_its_lease():
    late = {"EHLO": 0.4, "MAIL": 0.4, "RCPT": 0.4}
    answer, mails, _ = send(alert(), timeout_s=1.0, waits_s=late)
    assert not answer.is_taken
    assert "did not take it: no answer within 1 s" in (answer.problem or "")
    assert mails == []


def test_what_was_taken_is_not_sent_again_because_of_a_late_farewell():
    answer, mails, _ = send(alert(), timeout_s=2.0, waits_s={"QUIT": 2.5})
    assert answer.is_taken
    assert len(mails) == 1


def test_a_password_is_never_sent_in_the_clear():
    answer, mails, commands = send(alert(), user="me:secret@")
    assert not answer.is_taken
    assert mails == []
    assert not any(line.startswith("AUTH") for line in commands)


def test_without_a_mail_server_the_channel_tells_why():
    poster = Poster(is_allowed=lambda _: False, user_agent="", timeout_s=1.0, clock=lambda: NOW)
    answer = asyncio.run(Carriers(poster, None).post(channel(), alert_message(channel(), alert())))
    assert "PRESSWATCH_SMTP_URL" in (answer.problem or "")


@pytest.mark.parametrize("text", ["mailto:", "mailto:desk", "mailto:a@b\r\nBcc: c@d", "mailto:a@b,c@d", "mailto:a b@c"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadAddress):
        mail_address(text)
