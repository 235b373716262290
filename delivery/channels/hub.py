"""Tells a WebSub hub that feeds have changed (the publisher's side, as PubSubHubbub 0.4 has it)."""

from __future__ import annotations

from urllib.parse import urlencode

from delivery.channels.poster import Answer, Poster
from delivery.channels.webhook import Message
from storage.records import Channel


class HubCaller:
    """Tells a hub of each topic by a request of its own, as all hubs understand it (hub.mode=publish)."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def post(self, channel: Channel, message: Message) -> Answer:
        """Tells of all; the first that is not taken ends it, and all are told again in the next try."""
        answer = Answer()
        for topic in message.body.decode().splitlines():
            # "hub.url" is the name that hubs have taken since PubSubHubbub, "hub.topic" that of newer ones.
            form = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()
            told = Message(key=message.key, body=form, media_type="application/x-www-form-urlencoded")
            answer = await self._poster.post(channel, told)
            if not answer.is_taken:
                return answer
        return answer
