"""An outlet's past: backfills, and gaps in what was seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from storage.backfills import (
    Backfill,
    BackfillProgress,
    BackfillStage,
    BackfillState,
    PageRead,
    PageToRead,
    PastFigures,
)
from storage.records import Gap


class BackfillBook(Protocol):
    """Backfills: what of the past is looked for, and how far it is."""

    def start(
        self,
        outlet_key: str,
        since: datetime,
        until: datetime,
        now: datetime,
        *,
        is_oldest_first: bool = False,
        is_announced: bool = False,
        is_dry: bool = False,
    ) -> Backfill:
        """Begins a backfill, or goes on with the unfinished one of the same period. Raises UnknownOutlet."""

    def running(self, outlet_keys: Collection[str] | None, limit: int) -> list[Backfill]:
        """Backfills to be worked on, one an outlet, the oldest first; none of paused or removed outlets."""

    def backfills(self, outlet_key: str | None, limit: int, before_id: int | None = None) -> list[Backfill]:
        """Of one outlet or all, newest first by id; `before_id` goes on."""

    def backfill(self, backfill_id: int) -> Backfill:
        """One backfill as it is now. Raises UnknownBackfill."""

    def stop(self, outlet_key: str | None, now: datetime) -> list[Backfill]:
        """Stops what runs of one outlet, or all; what they have found stays for when they go on."""

    def end(self, backfill_id: int, state: BackfillState, now: datetime, detail: str | None) -> None:
        """Ends a backfill that runs; one that was stopped meanwhile stays stopped."""

    def next_page(self, backfill_id: int, now: datetime) -> PageToRead | None:
        """The page to be read next, if one may be read now."""

    def page_counts(self, backfill_id: int) -> tuple[int, int]:
        """How many pages are read, and how many are left."""

    def pages(self, backfill_id: int) -> list[tuple[PageToRead, str | None]]:
        """All pages with what went wrong with them, in the order in which they were found."""

    def advance(self, backfill: Backfill, stage: BackfillStage, pages: Sequence[PageToRead]) -> None:
        """Begins a stage with the pages that it starts from; nothing when another worker did."""

    def record(self, backfill_id: int, read: PageRead) -> None:
        """Stores what came of a page with all it listed, in one transaction. Idempotent."""

    def waiting(self, backfill_id: int, at_most: int | None = None) -> tuple[int, int]:
        """How many finds wait to become candidates, and how many candidates to be fetched; each up to `at_most`."""

    def has_found(self, backfill_id: int) -> bool:
        """Whether any address of the period was listed so far."""

    def feed(self, backfill: Backfill, now: datetime, most: int) -> int:
        """Makes finds candidates, the least rank first, until `most` are pending; returns how many were taken."""

    def progress(self, backfill_id: int, now: datetime) -> BackfillProgress:
        """Counts of a backfill. Raises UnknownBackfill."""

    def figures(self, now: datetime) -> PastFigures:
        """Counts over all backfills and gaps."""


class GapBook(Protocol):
    """Times of which a feed's items may have been missed; written with visits, in `CrawlStore.record_visit`."""

    def begin_refills(self, now: datetime) -> int:
        """Begins a backfill for each open gap, a few a day for each outlet; returns how many. Its end ends the gap."""

    def gaps(
        self, since: datetime, outlet_key: str | None = None, limit: int = 1000, before_id: int | None = None
    ) -> list[Gap]:
        """Gaps that ended after that moment, newest first; `before_id` goes on."""
