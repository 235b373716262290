"""Channels as people order them: a port, which control implements. The courier sends; this only says where to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from delivery.channels.poster import Answer
from delivery.channels.wanted import ChannelWish
from storage.records import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A channel that is new."""

    channel: Channel
    secret: str | None = field(repr=False)  # of a webhook, made up for it: told once; None: nothing is to be told


class ChannelDesk(Protocol):
    """Orders about channels, each durable when its method returns; `by` is who gave it. May be called from any thread,
    and not from an event loop's.
    """

    def channels(self) -> list[Channel]:
        """All channels, by name."""

    def channel(self, channel_id: int) -> Channel:
        """One channel. Raises UnknownChannel."""

    def add(self, wish: ChannelWish, by: str) -> Added:
        """Adds a channel. Raises BadChannel, ChannelExists, UnknownOutlet and UnknownWatchlist."""

    def set_paused(self, channel_id: int, paused: bool, by: str) -> Channel:
        """Pauses a channel, or has it sent to again where it stopped. Raises UnknownChannel."""

    def remove(self, channel_id: int, by: str) -> None:
        """Removes a channel and the record of its deliveries. Raises UnknownChannel."""

    def send_test(self, channel_id: int) -> Answer:
        """Sends a message that tells of nothing, now, and tells what came of it. Takes seconds where nobody answers.
        Raises UnknownChannel, and TooManyAsked where this address was tried very often.
        """
