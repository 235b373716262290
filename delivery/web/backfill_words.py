"""Backfills as a reader of the pages sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from delivery.web.wording import ago, day, when
from storage.backfills import Backfill, BackfillProgress, BackfillStage

_STAGES = {
    BackfillStage.FRONT: "looks for sitemaps",
    BackfillStage.SITEMAPS: "reads sitemaps",
    BackfillStage.ARCHIVES: "reads archives by date",
    BackfillStage.ARTICLES: "fetches articles",
}


def period(backfill: Backfill) -> str:
    """Such as "1 May 2020 to 31 May 2020"; with the time where it is not of whole days, as of a gap."""
    since, until = backfill.since.astimezone(UTC), backfill.until.astimezone(UTC)
    if until - since < timedelta(days=1):
        return f"{when(since)} to {when(until)}"
    last = until - timedelta(microseconds=1)
    # Days are the outlet's own, whose midnight is at another hour of UTC: the middle of a day is in it everywhere.
    first_day, last_day = day(since + timedelta(hours=12)), day(last - timedelta(hours=12))
    is_to_now = until.time() != since.time()
    return f"{first_day} to {last_day if not is_to_now else when(until)}" if first_day != last_day else first_day


def backfill_kind(backfill: Backfill) -> str:
    """Its number, and how it differs from others."""
    told = [f"number {backfill.id}"]
    if backfill.is_dry:
        told.append("dry run")
    if backfill.is_oldest_first:
        told.append("oldest first")
    if backfill.is_announced:
        told.append("announced as news")
    return ", ".join(told)


def stage_words(backfill: Backfill) -> str:
    """What it does now."""
    return _STAGES[backfill.stage]


def speed_words(progress: BackfillProgress, now: datetime) -> str:
    """How fast it is, and when it should end; "" while nothing tells."""
    pace, ends_at = progress.pace_told(now), progress.ends_at(now)
    if pace is None or ends_at is None:
        return ""
    least = "" if progress.backfill.stage is BackfillStage.ARTICLES else "at the earliest "
    return f"{pace}, done {least}{ago(ends_at, now)}"
