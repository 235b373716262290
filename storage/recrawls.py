"""Records of re-crawls: stored articles that somebody ordered to be fetched again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class RecrawlState(StrEnum):
    """Whether a re-crawl is worked on."""

    RUNNING = "running"
    STOPPED = "stopped"  # by hand; it can go on
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecrawlWish:
    """Which stored articles are to be fetched again: all that answer every wish that is named."""

    outlet_keys: tuple[str, ...] = ()
    published_from: datetime | None = None  # by its newest revision; where that has no date, when it was first seen
    published_before: datetime | None = None
    story_id: int | None = None
    is_due: bool = False  # those that are due by the standing policy
    article_ids: tuple[int, ...] | None = None  # named one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Recrawl:
    """An order."""

    id: int
    words: str  # what was asked for, as it was typed
    state: RecrawlState
    created_at: datetime
    ended_at: datetime | None
    articles: int
    outlet_keys: tuple[str, ...]  # whose they are
    is_capped: bool = False  # under the cap of re-visits a host and day


@dataclass(frozen=True, slots=True, kw_only=True)
class HostShare:
    """How many articles of a re-crawl are at one host."""

    host: str
    outlet_key: str
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecrawlProgress:
    """Counts of a re-crawl at one moment."""

    recrawl: Recrawl
    ended: tuple[tuple[str, int], ...]  # (reason, articles), the most first
    under_way: int
    last_hour: int  # articles that were done in the last hour

    @property
    def done(self) -> int:
        """Articles that were fetched, or could not be."""
        return sum(count for _, count in self.ended)

    @property
    def waiting(self) -> int:
        """Articles that are not done."""
        return self.recrawl.articles - self.done

    def ends_at(self, now: datetime) -> datetime | None:
        """When all is done at the pace of the last hour; None where nothing tells."""
        if self.recrawl.state is not RecrawlState.RUNNING or not self.last_hour or not self.waiting:
            return None
        minutes = min(60.0, max(1 / 60, (now - self.recrawl.created_at).total_seconds() / 60))
        return now + timedelta(minutes=self.waiting * minutes / self.last_hour)
