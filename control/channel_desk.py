"""Channels as people order them, by command, page or API. Implements `delivery.channels.desk.ChannelDesk`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime

from control.settings import Settings
from delivery.access.desk import TooManyAsked
from delivery.access.limits import Allowance
from delivery.channels.chat import Chatter
from delivery.channels.desk import Added
from delivery.channels.poster import Answer
from delivery.channels.target import literal_address
from delivery.channels.topics import announcement
from delivery.channels.wanted import BadChannel, ChannelWish, checked
from delivery.channels.webhook import Message, trial_message
from storage.errors import UnknownChannel
from storage.records import Channel, ChannelKind
from storage.store import Store

_CHECK_S = 10.0
#: Test messages to one address, whichever channels lead there: so many at once, then one in so many seconds.
#: Somebody's mailbox is at the other end.
_TESTS, _TEST_EACH_S = 5, 20.0
_NO_TOPICS = "there is nothing to tell a hub of: no watchlist, no feed, or PRESSWATCH_PUBLIC_URL is not set"


class StoreChannelDesk:
    """Channels of an open store; `settings` say what may be sent, and `clock` tells the time."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._tests = Allowance(_TESTS, _TEST_EACH_S)

    def channels(self) -> list[Channel]:
        """All channels, by name."""
        return self._store.channels.channels()

    def channel(self, channel_id: int) -> Channel:
        """One channel. Raises UnknownChannel."""
        found = next((each for each in self.channels() if each.id == channel_id), None)
        if found is None:
            raise UnknownChannel(f"no channel has the number {channel_id}")
        return found

    def add(self, wish: ChannelWish, by: str) -> Added:
        """Adds a channel; see the port."""
        wish = checked(wish)
        self._check_target(wish)
        bound = list(dict.fromkeys(self._store.watchlists.named(each).id for each in wish.watchlists))
        secret = wish.secret or secrets.token_urlsafe(32)
        channel = self._store.channels.add(
            kind=wish.kind,
            name=wish.name,
            url=wish.url,
            secret=secret,
            now=self._clock(),
            outlet_key=wish.outlet_key,
            language=wish.language,
            watchlist_id=bound[0] if bound else None,
            more_watchlist_ids=bound[1:],
            alerts=wish.alerts,
            tells_changes=wish.tells_changes,
            is_stealth_only=wish.is_stealth_only,
            tells_vanished=wish.tells_vanished,
            daily=wish.hour,
            is_from_start=wish.is_from_start,
            by=by,
        )
        is_told = wish.secret is None and wish.kind is ChannelKind.WEBHOOK
        return Added(channel=channel, secret=secret if is_told else None)

    def set_paused(self, channel_id: int, paused: bool, by: str) -> Channel:
        """Pauses a channel, or ends that; see the port."""
        name = self.channel(channel_id).name
        reason = "paused by hand" if paused else None
        self._store.channels.set_paused(name, paused, self._clock(), reason, by=by)
        return self._store.channels.channel(name)

    def remove(self, channel_id: int, by: str) -> None:
        """Removes a channel; see the port."""
        self._store.channels.remove(self.channel(channel_id).name, self._clock(), by=by)

    def send_test(self, channel_id: int) -> Answer:
        """Sends a message that tells of nothing; see the port."""
        channel = self.channel(channel_id)
        if wait_s := self._tests.take(channel.url, self._clock()):
            raise TooManyAsked(wait_s)
        message = self._trial(channel)
        if message is None:
            return Answer(problem=_NO_TOPICS)
        return asyncio.run(send_once(self._settings, channel, message))

    def _check_target(self, wish: ChannelWish) -> None:
        """What will never be sent is told of at once. Raises BadChannel."""
        if wish.kind is ChannelKind.EMAIL:
            check_mail_server(self._settings)
        elif wish.kind is ChannelKind.CHAT:
            chatter = Chatter("control.chatting", self._settings.allow_networks, _CHECK_S)
            if problem := asyncio.run(chatter.check(wish.url)).problem:
                raise BadChannel("url", problem)
        else:
            self._check_address(wish.url)
        if wish.kind is ChannelKind.HUB and self._settings.public_url is None:
            raise BadChannel("kind", "PRESSWATCH_PUBLIC_URL must say under which address a hub reads our feeds")

    def _check_address(self, target: str) -> None:
        """An address that will never be connected to is told of at once; a name is looked up with each message."""
        from crawler.fetch.policy import AddressPolicy  # noqa: PLC0415 (each command loads only what it needs)

        address = literal_address(target)
        if address is not None and not AddressPolicy(self._settings.allow_networks).allows(address):
            raise BadChannel(
                "url",
                f"{address} is not a public address, so nothing would be sent there; "
                "if it is meant to be, add its network to PRESSWATCH_ALLOW_NETWORKS, also where the courier runs",
            )

    def _trial(self, channel: Channel) -> Message | None:
        """A message that tells of nothing; to a hub, that all feeds may have changed. None: there are none."""
        now = self._clock()
        if channel.kind is not ChannelKind.HUB:
            return trial_message(channel, now)
        from control.courier import topics_from  # noqa: PLC0415 (each command loads only what it needs)

        topics = topics_from(self._settings, self._store)
        addresses = topics.all() if topics else []
        return announcement(channel, addresses, f"test {now.isoformat()}") if addresses else None


def check_mail_server(settings: Settings) -> None:
    """Raises BadChannel where no mail server is set."""
    if settings.smtp_url is None or settings.mail_from is None:
        raise BadChannel("kind", "set PRESSWATCH_SMTP_URL and PRESSWATCH_MAIL_FROM first, also where the courier runs")


async def send_once(settings: Settings, channel: Channel, message: Message) -> Answer:
    """Sends a message once, as the courier would; whatever goes wrong is told in the answer."""
    from control.courier import chatter_from, mailer_from, poster_from  # noqa: PLC0415 (each command loads only what it needs)
    from delivery.channels.carriers import Carriers  # noqa: PLC0415
    from delivery.channels.pace import Pace  # noqa: PLC0415

    async with poster_from(settings, Pace()) as poster:
        carriers = Carriers(poster, mailer_from(settings, Pace()), chatter_from(settings, Pace()))
        return await carriers.post(channel, message)
