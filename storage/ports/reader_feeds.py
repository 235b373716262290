"""Feeds of outlets and searches, each at a secret address."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.records import ReaderFeed


class ReaderFeedBook(Protocol):
    """What is followed in feed readers. Each change is an event; `by` is who makes it."""

    def add(
        self,
        *,
        name: str,
        token: str,
        now: datetime,
        words: str | None = None,
        outlet_key: str | None = None,
        language: str | None = None,
        is_summary: bool = False,
        by: str = "command",
    ) -> ReaderFeed:
        """Adds a feed. Raises FeedExists, and UnknownOutlet."""

    def change_token(self, feed_id: int, token: str, now: datetime, by: str = "command") -> ReaderFeed:
        """Gives a feed another address; the old one is no longer answered. Raises UnknownFeed."""

    def remove(self, feed_id: int, now: datetime, by: str = "command") -> None:
        """Removes a feed. Raises UnknownFeed."""

    def feeds(self) -> list[ReaderFeed]:
        """All of them, by name."""

    def named(self, name: str) -> ReaderFeed:
        """Raises UnknownFeed."""

    def by_token(self, token: str) -> ReaderFeed:
        """Raises UnknownFeed."""
