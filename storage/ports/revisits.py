"""Stored articles asked for again: by the standing policy, and by order."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.records import Revisit, RevisitCost, RevisitPolicy, RevisitStanding, RevisitWish
from storage.recrawls import HostShare, Recrawl, RecrawlProgress, RecrawlWish


class RevisitBook(Protocol):
    """When articles are asked for again, and what came of it."""

    def look(self, now: datetime, *, is_standing: bool = True) -> int:
        """Notes what ended, plans what is new, and makes pending what is due or ordered; returns how many re-visits
        begin. Without `is_standing`, only what was ordered. Any number of processes may call it, at any time.
        """

    def claim(self, host: str, a_day: int, now: datetime) -> bool:
        """Takes one of the `a_day` requests that a host may be sent today (UTC) for re-visits; False when all are
        taken. What was claimed and not sent stays taken.
        """

    def policy_of(self, outlet_key: str) -> RevisitPolicy:
        """The policy in force for an outlet."""

    def cost(self, outlet_key: str, wish: RevisitWish, now: datetime) -> RevisitCost:
        """What an order would cost, foreseen for 30 days."""

    def order(self, outlet_key: str, wish: RevisitWish, now: datetime, by: str) -> RevisitPolicy:
        """Orders an outlet's re-visits, in place of what was ordered before; returns the policy in force then. It is an
        event that tells who gave it.
        """

    def standing(self, outlet_key: str, now: datetime) -> RevisitStanding:
        """How the re-visits of an outlet stand."""

    def revisits_of(self, article_id: int, limit: int = 100) -> list[Revisit]:
        """When an article was asked for again and what came of it, newest first."""


class RecrawlBook(Protocol):
    """Re-crawls: stored articles that somebody ordered to be fetched again."""

    def hosts(self, wish: RecrawlWish, now: datetime) -> list[HostShare]:
        """At which hosts the articles are that answer a wish, the most first."""

    def start(
        self, words: str, wish: RecrawlWish, now: datetime, by: str = "command", *, is_capped: bool = False
    ) -> Recrawl:
        """Orders a re-crawl of what answers a wish now, or goes on with the unfinished one that was asked for by the
        same words, also where both are asked for at once. It is an event that tells who gave it. With `is_capped` its
        requests count as re-visits, and none goes out beyond half of what a host may be sent of those on one day.
        """

    def stop(self, recrawl_id: int | None, now: datetime) -> list[Recrawl]:
        """Stops a re-crawl that runs, or all; what waits stays for when it goes on."""

    def resume(self, recrawl_id: int) -> Recrawl:
        """Goes on with a re-crawl that was stopped. Raises UnknownRecrawl."""

    def recrawls(self, limit: int) -> list[Recrawl]:
        """Re-crawls, newest first."""

    def progress(self, recrawl_id: int, now: datetime) -> RecrawlProgress:
        """Counts of a re-crawl. Raises UnknownRecrawl."""

    def is_left(self, outlet_keys: list[str]) -> bool:
        """Whether a running re-crawl has articles of these outlets left that are not even being asked for."""
