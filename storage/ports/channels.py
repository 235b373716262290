"""Channels and their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from storage.records import Channel, ChannelKind, Daily, Delivery


class ChannelBook(Protocol):
    """Channels, how far each has got, and what became of its deliveries. `by` is who gives an order.

    A channel's cursor is moved only by what says where it stands (`after`): of two couriers that send the same
    event, one moves it, and the other learns that it was moved. That no two send to one channel at once is for its
    lease to see to.
    """

    def add(
        self,
        *,
        kind: ChannelKind,
        name: str,
        url: str,
        secret: str,
        now: datetime,
        outlet_key: str | None = None,
        language: str | None = None,
        watchlist_id: int | None = None,
        more_watchlist_ids: Sequence[int] = (),
        alerts: bool = False,
        tells_changes: bool = False,
        is_stealth_only: bool = False,
        tells_vanished: bool = False,
        daily: Daily | None = None,
        is_from_start: bool = False,
        by: str = "command",
    ) -> Channel:
        """Adds a channel that gets what comes from now on, or all there is. Raises ChannelExists and UnknownOutlet."""

    def channels(self) -> list[Channel]:
        """All channels, by name."""

    def channel(self, name: str) -> Channel:
        """One channel. Raises UnknownChannel."""

    def set_paused(
        self, name: str, paused: bool, now: datetime, reason: str | None = None, by: str = "command"
    ) -> None:
        """Pauses a channel, or resumes it where it stands, its failures forgotten. Raises UnknownChannel.

        One that was paused for failing is still tried; paused here, it is not.
        """

    def remove(self, name: str, now: datetime, by: str = "command") -> None:
        """Removes a channel and its deliveries. Raises UnknownChannel."""

    def lease(self, channel_id: int, courier: str, now: datetime, until: datetime) -> Channel | None:
        """Leases a channel to a courier, or renews its lease. Returns the channel as it is now, None when another
        courier has it or it was removed.
        """

    def end_leases(self, courier: str) -> None:
        """Ends all leases of a courier that sends nothing more."""

    def delivered(self, delivery: Delivery, after: int) -> Channel | None:
        """Records a delivery and moves the cursor from `after` to its event. Returns the channel as it is now, None
        when it was removed or moved by another; nothing is recorded then. A channel that was paused for failing is
        resumed, and the operator told that it is well again.
        """

    def failed(
        self,
        channel_id: int,
        after: int,
        *,
        now: datetime,
        next_try_at: datetime,
        status: int | None,
        error: str,
        pause_reason: str | None = None,
    ) -> None:
        """Records a failed try of the delivery that follows `after`. With `pause_reason` the channel is paused, though
        tried on, and the operator told, once (`alert.raised`).
        """

    def give_up(self, delivery: Delivery, after: int, reason: str) -> bool:
        """Records a delivery as given up, moves the cursor past its event and pauses the channel, in one
        transaction. False when the channel was removed or moved by another; nothing is recorded then.
        """

    def skip(self, channel_id: int, after: int, upto: int) -> Channel | None:
        """Moves the cursor over events that the channel does not want. Returns as `delivered` does."""

    def begin_digest(self, channel_id: int, after: int, upto: int) -> Channel | None:
        """Notes the last event of the digest that begins after `after`, unless one is noted: so each try of it sends
        the same. Returns as `delivered` does.
        """

    def end_empty_digest(self, channel_id: int, after: int, upto: int, now: datetime) -> Channel | None:
        """Moves the cursor over a time of which a digest has nothing to tell. Returns as `delivered` does."""

    def deliveries(self, name: str, limit: int) -> list[Delivery]:
        """What became of the newest events sent to a channel, newest first. Raises UnknownChannel."""
