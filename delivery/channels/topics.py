"""Which feeds change with which events: what a WebSub hub is told of. Asks the store, and sends nothing.

Only feeds at secret addresses are announced; a hub that is told of one learns its address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from delivery.channels.webhook import Message, idempotency_key
from storage.ports import ReaderFeedBook, WatchlistBook
from storage.records import Channel, Event, EventKind

FORMS = ("rss", "atom", "json")
_OF_ARTICLES = frozenset({EventKind.ARTICLE_STORED, EventKind.ARTICLE_REVISED})
_OF_WATCHLISTS = frozenset({EventKind.WATCHLIST_MATCHED, EventKind.WATCHLIST_APPENDED})


@dataclass(slots=True, kw_only=True)
class Changed:
    """What has changed since a hub was told last: watchlists by id, outlets by key."""

    watchlists: set[int] = field(default_factory=set)
    outlets: set[str] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Takes note of one event."""
        if event.kind in _OF_WATCHLISTS:
            self.watchlists.add(event.payload["watchlist"])
        elif event.kind in _OF_ARTICLES and event.is_news and event.outlet_key is not None:
            self.outlets.add(event.outlet_key)


class Topics:
    """The addresses of feeds. `home` is that of our pages, without a slash at its end."""

    def __init__(self, watchlists: WatchlistBook, feeds: ReaderFeedBook, home: str) -> None:
        self._watchlists = watchlists
        self._feeds = feeds
        self._home = home

    def of(self, changed: Changed) -> list[str]:
        """The feeds that may have changed; a search's may have with any article."""
        watched = [each.token for each in self._watchlists.watchlists() if each.id in changed.watchlists]
        followed = [
            feed.token
            for feed in self._feeds.feeds()
            if feed.outlet_key in changed.outlets or (feed.outlet_key is None and changed.outlets)
        ]
        return [*self._addresses("watchlists", watched), *self._addresses("saved", followed)]

    def all(self) -> list[str]:
        """All of them."""
        watched = [each.token for each in self._watchlists.watchlists()]
        followed = [feed.token for feed in self._feeds.feeds()]
        return [*self._addresses("watchlists", watched), *self._addresses("saved", followed)]

    def _addresses(self, folder: str, tokens: Iterable[str]) -> list[str]:
        return [f"{self._home}/feeds/{folder}/{token}.{form}" for token in tokens for form in FORMS]


def announcement(channel: Channel, topics: Collection[str], what: str) -> Message:
    """Tells a hub of feeds, one a line; `what` makes the key."""
    return Message(
        key=idempotency_key(channel, f"announce {what}"), body="\n".join(topics).encode(), media_type="text/plain"
    )
