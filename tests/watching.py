"""As much of a store as watchlists need, over a pressroom."""

from __future__ import annotations

from crawler.discovery.urls import registrable_domain
from storage.sql.matches import SqlMatchBook
from storage.sql.origins import SqlOriginBook
from storage.sql.stories import SqlStoryBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.pressroom import Pressroom


class WatchStore:
    """Quacks as `storage.store.Store` does for `control.watching`."""

    def __init__(self, room: Pressroom) -> None:
        self.watchlists = SqlWatchlistBook(room.engine)
        self.matches = SqlMatchBook(room.engine)
        self.stories = SqlStoryBook(room.engine)
        self.origins = SqlOriginBook(room.engine, [], registrable_domain)
        self.events, self.outlets = room.events, room.book
