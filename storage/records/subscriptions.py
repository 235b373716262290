"""WebSub: hubs that push what a feed publishes, and what they pushed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLink:
    """What a feed says of who pushes it: a hub, and the address by which the hub knows the feed."""

    hub: str
    topic: str | None = None  # its own "self"; None: it names none


class HubMode(StrEnum):
    """What a hub is asked for (W3C WebSub 5.1)."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class SubscriptionState(StrEnum):
    """How far a subscription is."""

    NAMED = "named"  # its feed names the hub, which was not asked yet
    ASKED = "asked"  # the hub has not verified it yet
    ACTIVE = "active"
    DENIED = "denied"  # the hub does not want it; asked again after a week
    ENDING = "ending"  # the hub was asked to end it
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A source's subscription at a hub."""

    id: int
    source_id: int
    outlet_key: str
    source_url: str
    hub: str
    topic: str
    path: str = field(repr=False)  # the unguessable last part of its callback
    secret: str = field(repr=False)  # that the hub signs with
    state: SubscriptionState
    asked_mode: HubMode | None  # what the hub was asked for last
    asked_at: datetime | None
    due_at: datetime  # when the hub is to be asked next
    failures: int  # requests in a row that the hub did not verify
    detail: str | None  # why the last one came to nothing
    lease_until: datetime | None
    pushed_at: datetime | None  # when it last pushed something that was believed
    proved_at: datetime | None  # since when its pushes bring what polls then no more find
    refused: int  # pushes that were not believed
    refused_at: datetime | None
    refused_why: str | None

    def is_active(self, now: datetime) -> bool:
        """Whether the hub pushes."""
        return self.state is SubscriptionState.ACTIVE and self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a hub pushed, believed and stored, and not read yet."""

    id: int
    source_id: int
    received_at: datetime
    topic: str
    content_type: str | None
    content_encoding: str | None
    body: bytes
