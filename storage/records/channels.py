"""Where analysts want articles sent, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from storage.records.vocabulary import ChannelKind, ChannelState, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """When a digest goes out."""

    minute: int  # after midnight, 0 to 1439
    zone: str  # IANA name of the analyst's time zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where an analyst wants articles sent. Events up to `cursor` are dealt with, those after it are not."""

    id: int  # never given out twice
    kind: ChannelKind
    name: str
    url: str = field(repr=False)  # may be a secret of the receiver's
    secret: str = field(repr=False)  # what deliveries are signed with
    state: ChannelState
    created_at: datetime
    cursor: int  # sequence number of an event
    outlet_key: str | None = None  # only articles of this outlet
    language: str | None = None  # only articles in this language, ISO 639-1
    watchlist_id: int | None = None  # only what answers this watchlist, each story once
    more_watchlist_ids: tuple[int, ...] = ()  # of a digest: those that it tells of besides, in their order
    alerts: bool = False  # it gets alerts of the service's health, and no articles
    tells_changes: bool = False  # it is told what outlets change of articles, by type, and of no new ones for that
    is_stealth_only: bool = False  # of changes only those that nothing tells of
    tells_vanished: bool = False  # it is told which articles are not there any more, and which are there again
    daily: Daily | None = None  # all of a day in one message; None: each at once
    digest_at: datetime | None = None  # when what was gathered last was dealt with, at first when it was added
    digest_upto: int | None = None  # of what is being sent: its last event, the same in each try
    paused_reason: str | None = None
    failing_since: datetime | None = None  # first failure of the delivery that is tried now
    next_try_at: datetime | None = None
    failures: int = 0  # failed tries in a row
    last_ok_at: datetime | None = None
    last_status: int | None = None  # HTTP, of the last try; None: no answer came
    last_error: str | None = None  # why the last try failed, None when it did not
    alerted_at: datetime | None = None  # since when the operator has been told that it fails

    @property
    def watchlist_ids(self) -> tuple[int, ...]:
        """The watchlists that it is bound to, in their order."""
        return () if self.watchlist_id is None else (self.watchlist_id, *self.more_watchlist_ids)

    @property
    def asks_changes(self) -> bool:
        """Whether it is told of any of what outlets do to articles that are stored."""
        return self.tells_changes or self.tells_vanished

    @property
    def is_gathering(self) -> bool:
        """Whether many events make one message. Of changes people get no message each: an outlet that moves takes
        thousands of articles away in one hour.
        """
        return self.daily is not None or self.kind is ChannelKind.HUB or (self.is_for_people and self.asks_changes)

    @property
    def is_for_people(self) -> bool:
        """Whether somebody reads its messages."""
        return self.kind in {ChannelKind.EMAIL, ChannelKind.CHAT}

    @property
    def is_failing(self) -> bool:
        """Whether its receiver does not take messages, as far as is known."""
        return self.failures > 0 or self.alerted_at is not None

    @property
    def is_tried(self) -> bool:
        """Whether anything is sent to it: also where it was paused for failing, until it is given up."""
        return self.state is ChannelState.ACTIVE or self.next_try_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One sending of one event to one channel, ended."""

    channel_id: int
    event_seq: int
    article_id: int | None  # None: an alert
    key: str  # idempotency key: the same in each try
    state: DeliveryState
    tries: int
    ended_at: datetime
    status: int | None = None  # HTTP, of the last try
    error: str | None = None
