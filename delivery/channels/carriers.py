"""Who carries a message: a webhook's is posted, an e-mail's goes through the operator's own mail server."""

from __future__ import annotations

from typing import Protocol

from delivery.channels.hub import HubCaller
from delivery.channels.poster import Answer, Poster
from delivery.channels.webhook import Message
from storage.records import Channel, ChannelKind


class Carrier(Protocol):
    """Sends one message."""

    async def post(self, channel: Channel, message: Message) -> Answer:
        """Sends a message once; whatever goes wrong is told in the answer."""


class Carriers:
    """Chooses by the kind of the channel. What a missing one would carry waits, and its channel tells why."""

    def __init__(self, poster: Poster, mailer: Carrier | None, chatter: Carrier | None = None) -> None:
        self._poster = poster
        self._mailer = mailer
        self._chatter = chatter

    async def post(self, channel: Channel, message: Message) -> Answer:
        """Sends a message once."""
        if channel.kind is ChannelKind.WEBHOOK:
            return await self._poster.post(channel, message)
        if channel.kind is ChannelKind.HUB:
            return await HubCaller(self._poster).post(channel, message)
        if channel.kind is ChannelKind.CHAT:
            if self._chatter is None:
                return Answer(problem="nothing here sends to chats; the courier does")
            return await self._chatter.post(channel, message)
        if self._mailer is None:
            return Answer(problem="no mail server is set: PRESSWATCH_SMTP_URL, where the courier runs")
        return await self._mailer.post(channel, message)
