"""WebSub: subscriptions at hubs, and what they pushed until it is read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import HubMode, Push, Subscription


class SubscriptionBook(Protocol):
    """Subscriptions; the hubs that feeds name are noted with their visits, in `CrawlStore.record_visit`."""

    def subscriptions(self, outlet_keys: Collection[str] | None = None) -> list[Subscription]:
        """All of them, or those of these outlets, by outlet and source."""

    def due(self, now: datetime, limit: int) -> Sequence[tuple[Subscription, HubMode]]:
        """What hubs are to be asked for now. Of sources that are visited no more, and of hubs that their feed names no
        more, subscriptions are to be ended.
        """

    def ask(self, subscription: Subscription, mode: HubMode, now: datetime, again_at: datetime) -> bool:
        """Notes that a hub is about to be asked, before it is: it may verify while it answers. False when another
        worker was faster.
        """

    def not_taken(self, subscription_id: int, detail: str, again_at: datetime | None = None) -> None:
        """Notes why the hub did not take what it was just asked for, unless it has verified it."""

    def at(self, path: str) -> Subscription | None:
        """The subscription with that callback."""

    def confirm(self, path: str, mode: HubMode, topic: str, lease_s: int | None, now: datetime) -> bool:
        """The hub verifies our intent. False, and nothing noted, where that is not what it was asked for."""

    def deny(self, path: str, topic: str, why: str, now: datetime) -> bool:
        """The hub will not push. False, and nothing noted, where it never was asked to."""

    def keep(
        self, subscription: Subscription, body: bytes, content_type: str | None, coding: str | None, now: datetime
    ) -> bool:
        """Keeps what was pushed until it is read. False, and nothing kept, where too much of it waits already."""

    def refuse(self, subscription_id: int, why: str, now: datetime) -> None:
        """Notes a push that is not believed, or not taken."""

    def waiting(self, limit: int) -> list[tuple[int, str, datetime]]:
        """(source id, domain, since when) of sources with pushes to be read that are not queued."""

    def next_push(self, source_id: int) -> int | None:
        """The id of a source's oldest push that is not read."""

    def push(self, push_id: int) -> Push | None:
        """A push; None when it was read."""
