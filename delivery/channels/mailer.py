"""One e-mail, through the mail server that the settings name, and what came of it.

The same message in every try has the same Message-ID, by which mail programs show a repeat once.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib

from delivery.channels.leaving import leaving_url
from delivery.channels.mails import Footing, compose
from delivery.channels.poster import Answer
from delivery.channels.trouble import printable
from delivery.channels.webhook import KEY_HEADER, Message
from storage.records import Channel

_MAILTO = "mailto:"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PORTS = {"smtp": 25, "smtps": 465}


class BadAddress(ValueError):
    """No e-mail can be sent there; the message tells why."""


def is_mail(text: str) -> bool:
    """Whether a channel's URL is an e-mail address."""
    return text.lower().startswith(_MAILTO)


def mail_address(text: str) -> str:
    """The address of `mailto:desk@example.org`. Raises BadAddress."""
    address = text[len(_MAILTO) :] if is_mail(text) else text
    if not _ADDRESS.fullmatch(address):
        raise BadAddress(f"{printable(address)!r} is no e-mail address; it looks like mailto:desk@example.org")
    return address


class Mailer:
    """Sends alerts as e-mails.

    `smtp_url` is smtp://HOST:PORT or smtps://USER:PASSWORD@HOST; a password is only ever sent over TLS. `sender` is
    the address that the e-mails come from, `home` that of our pages, without a slash at its end; without one nobody
    can unsubscribe by a press of a button.
    """

    def __init__(
        self, smtp_url: str, sender: str, timeout_s: float, clock: Callable[[], datetime], home: str | None = None
    ) -> None:
        url = urlsplit(smtp_url)
        self._host = url.hostname or ""
        self._port = url.port or _PORTS[url.scheme]
        self._user = unquote(url.username) if url.username else None
        self._password = unquote(url.password) if url.password else None
        self._is_tls = url.scheme == "smtps"
        self._sender = sender
        self._timeout_s = timeout_s
        self._clock = clock
        self._home = home

    async def post(self, channel: Channel, message: Message) -> Answer:
        """Sends a message once; whatever goes wrong is told in the answer."""
        text: str | None = None
        try:
            mail = self.mail(channel, message)
            # For all of it, not only for each step: the channel is leased for about so long, and another courier would
            # send the same meanwhile.
            async with asyncio.timeout(self._timeout_s), self._server() as server:
                _, text = await server.send_message(mail)
        except BadAddress as error:
            return Answer(problem=str(error))
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            if text is None:  # else it was taken, and only the farewell failed
                why = printable(str(error)) or f"no answer within {self._timeout_s:g} s"
                return Answer(problem=f"the mail server {self._host} did not take it: {why}")
        return Answer(text=printable(text or ""))

    def _server(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._is_tls,
            start_tls=None if self._is_tls or self._user is None else True,
            timeout=self._timeout_s,
        )

    def mail(self, channel: Channel, message: Message) -> EmailMessage:
        """The e-mail, plain and HTML. Raises BadAddress."""
        leave = leaving_url(channel, self._home) if self._home and channel.secret else None
        told = compose(json.loads(message.body), Footing(home=self._home, unsubscribe=leave))
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = self._sender, mail_address(channel.url)
        mail["Date"] = format_datetime(self._clock())
        mail["Message-ID"] = f"<{message.key}@presswatch>"
        mail[KEY_HEADER] = message.key
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
        if leave:  # RFC 8058: mail programs show a button that needs no page
            mail["List-Unsubscribe"] = f"<{leave}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["Subject"] = told.subject
        mail.set_content(told.plain)
        mail.add_alternative(told.html, subtype="html")
        return mail
