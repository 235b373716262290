"""Records of backfills: a period of an outlet's past that is looked for and fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from storage.records import Candidate, GapState


class BackfillState(StrEnum):
    """Whether a backfill is worked on."""

    RUNNING = "running"
    STOPPED = "stopped"  # by hand; it can go on
    DONE = "done"
    FAILED = "failed"  # the outlet offers nothing to find its past in


class BackfillStage(StrEnum):
    """What a backfill does now; each is done before the next begins."""

    FRONT = "front"  # the home page is fetched, and with it robots.txt
    SITEMAPS = "sitemaps"
    ARCHIVES = "archives"  # pages by date, where no sitemap lists anything of the period
    ARTICLES = "articles"  # all lists are read


class PageKind(StrEnum):
    """What a page that lists the past is."""

    FRONT = "front"
    SITEMAP = "sitemap"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A period of an outlet's past, and how far its backfill is."""

    id: int
    outlet_key: str
    since: datetime
    until: datetime  # exclusive
    is_oldest_first: bool = False
    is_announced: bool = False  # channels get its articles as new ones
    is_dry: bool = False  # lists are read, articles are not fetched
    state: BackfillState = BackfillState.RUNNING
    stage: BackfillStage = BackfillStage.FRONT
    created_at: datetime
    ended_at: datetime | None = None
    detail: str | None = None  # why it failed, or what was left out
    patterns: tuple[str, ...] = ()  # of addresses of archives by date


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToRead:
    """A page that may list the period. Lesser ranks are read first."""

    kind: PageKind
    url: str
    rank: int = 0
    depth: int = 0  # of sitemaps of sitemaps, and of further pages of an archive
    id: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """An address of the period that waits to become a candidate. Lesser ranks are fetched first."""

    candidate: Candidate
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """What came of reading a page."""

    page: PageToRead
    at: datetime
    listed: int = 0  # addresses
    undated: int = 0  # of them, those of which nothing tells when they are from
    finds: tuple[Find, ...] = ()
    pages: tuple[PageToRead, ...] = ()  # that it led to
    patterns: tuple[str, ...] = ()
    problem: str | None = None
    retry_at: datetime | None = None  # not the end of it


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFigures:
    """Figures of all backfills and of the gaps of 30 days; each state with how many are in it."""

    backfills: tuple[tuple[BackfillState, int], ...]
    gaps: tuple[tuple[GapState, int], ...]
    lists_left: int  # of running backfills
    waiting: int  # addresses that running backfills have found, and that are not fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillProgress:
    """Counts of a backfill at one moment."""

    backfill: Backfill
    pages_read: int
    pages_failed: int
    pages_left: int
    listed: int
    undated: int
    found: int  # addresses of the period, as far as lists are read
    waiting: int  # of them, not fetched yet
    ended: tuple[tuple[str, int], ...]  # (reason, candidates), the most first
    last_hour: int  # candidates that ended in the last hour
    problems: tuple[tuple[str, str], ...] = ()  # (URL, why) of pages that could not be read, the first ten

    @property
    def done(self) -> int:
        """Addresses that are dealt with."""
        return self.found - self.waiting

    def a_minute(self, now: datetime) -> float | None:
        """Candidates that end in a minute, by the last hour or what there was of it; None while nothing tells."""
        if self.backfill.state is not BackfillState.RUNNING or self.backfill.is_dry or not self.last_hour:
            return None
        return self.last_hour / min(60.0, max(1 / 60, (now - self.backfill.created_at).total_seconds() / 60))

    def pace_told(self, now: datetime) -> str | None:
        """Such as "4.2 a minute" or "12 an hour"."""
        a_minute = self.a_minute(now)
        if a_minute is None:
            return None
        return f"{a_minute:.1f} a minute" if a_minute >= 1 else f"{60 * a_minute:.0f} an hour"

    def ends_at(self, now: datetime) -> datetime | None:
        """When what waits is fetched at that pace; in stages before the last more may be found."""
        a_minute = self.a_minute(now)
        return now + timedelta(minutes=self.waiting / a_minute) if a_minute and self.waiting else None
