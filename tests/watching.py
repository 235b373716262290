"""As much of a store as watchlists and channels need, over a pressroom."""

from __future__ import annotations

from crawler.discovery.urls import registrable_domain
from storage.sql.channels import SqlChannelBook
from storage.sql.matches import SqlMatchBook
from storage.sql.origins import SqlOriginBook
from storage.sql.reader_feeds import SqlReaderFeedBook
from storage.sql.stories import SqlStoryBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.pressroom import Pressroom


class WatchStore:
    """Quacks as `storage.store.Store` does for `control.watching` and `control.channel_desk`."""

    def __init__(self, room: Pressroom) -> None:
        self.watchlists = SqlWatchlistBook(room.engine)
        self.matches = SqlMatchBook(room.engine)
        self.stories = SqlStoryBook(room.engine)
        self.origins = SqlOriginBook(room.engine, [], registrable_domain)
        self.channels, self.reader_feeds = SqlChannelBook(room.engine), SqlReaderFeedBook(room.engine)
        self.events, self.outlets = room.events, room.book
