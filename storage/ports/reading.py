"""What web, API and feeds read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import (
    ArticleDetail,
    ArticleFigures,
    ArticleQuery,
    ArticleSummary,
    CandidateStory,
    Event,
    Loss,
    NetworkTrouble,
    OutletLine,
    OutletStanding,
    OutletStatus,
    ServiceStatus,
    VisitSummary,
    VisitUnderWay,
)


class Library(Protocol):
    """What readers ask: pages, feeds, API and commands. Never writes."""

    def articles(self, query: ArticleQuery) -> list[ArticleSummary]:
        """Newest first by id."""

    def article(self, article_id: int) -> ArticleDetail:
        """Raises UnknownArticle."""

    def article_at(self, url: str, key: int) -> ArticleDetail:
        """By any URL that led to it, and its fingerprint. Raises UnknownArticle."""

    def summaries(self, article_ids: Sequence[int]) -> Mapping[int, ArticleSummary]:
        """Articles by their ids, those that there are."""

    def bodies(self, article_ids: Sequence[int]) -> Mapping[int, str]:
        """Newest text of each article."""

    def languages(self) -> list[tuple[str, int]]:
        """Languages of stored articles with counts, most first."""

    def outlet_statuses(self, now: datetime, outlet_key: str | None = None) -> list[OutletStatus]:
        """All outlets, by name, or one of them."""

    def outlet_lines(self, now: datetime, days: int) -> list[OutletLine]:
        """All outlets, each a line with its articles of so many days, by name."""

    def orders(self, outlet_key: str, limit: int) -> list[Event]:
        """What operators ordered about an outlet, by command or on a page, newest first."""

    def standing(self, outlet_key: str, now: datetime) -> OutletStanding:
        """What an outlet's hosts ask of us: robots.txt in force, rests. Raises UnknownOutlet."""

    def figures(self, outlet_key: str, limit: int) -> list[ArticleFigures]:
        """What was read of an outlet's newest articles, newest first."""

    def visits(
        self, outlet_key: str | None, limit: int, after_id: int = 0, before_id: int | None = None
    ) -> list[VisitSummary]:
        """Newest first; with `after_id` only visits with a greater id, with `before_id` with a lesser one."""

    def visits_under_way(self, now: datetime) -> list[VisitUnderWay]:
        """What the workers visit just now, as their last heartbeats tell; the longest under way first."""

    def losses(self, since: datetime) -> list[Loss]:
        """What came to nothing since then, by reason, the most first."""

    def articles_by_day(self, outlet_key: str, now: datetime, days: int) -> list[int]:
        """How many articles of an outlet were found on each of the last days (UTC), today last."""

    def explain(self, url: str, key: int) -> list[CandidateStory]:
        """The ways of a URL, given as found and by its fingerprint: one for each outlet that listed it."""

    def status(self, now: datetime) -> ServiceStatus:
        """Figures of the whole store."""

    def network(self) -> NetworkTrouble | None:
        """When our own network failed last, None when it never did."""

    def newest_change(self) -> tuple[int, datetime | None]:
        """Sequence number and time of the newest event: changes whenever a list may have changed."""


class EventLog(Protocol):
    """Events in the order of their commits."""

    def since(self, seq: int, limit: int) -> list[Event]:
        """Events after `seq`, in order. A reader that goes on from the last one it got misses none."""

    def begins_after(self) -> int:
        """The number up to which old events were deleted, 0 where none were: who stopped before it misses some."""
