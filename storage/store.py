"""Opening all that is kept, as the settings name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from storage.archive.archive import Archive
from storage.archive.bucket import BucketPlace, bucket_at
from storage.dedup.sql import SqlSeenSet
from storage.jobs.sql import SqlVisitQueue
from storage.ports import BodyStore, Examiner, Pacer, SeenSet, VisitQueue
from storage.records import Agency, RevisitPolicy
from storage.sql.alerts import SqlAlertBook
from storage.sql.audit import SqlAuditLog
from storage.sql.authors import SqlAuthorBook
from storage.sql.backfills import SqlBackfillBook
from storage.sql.captures import SqlCaptureBook
from storage.sql.change_book import SqlChangeBook
from storage.sql.channels import SqlChannelBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.events import SqlEventLog
from storage.sql.evidence import SqlEvidenceBook
from storage.sql.gaps import SqlGapBook
from storage.sql.holds import SqlHoldBook
from storage.sql.hosts import SqlHostBook, SqlProcessBook
from storage.sql.imports import SqlImportBook
from storage.sql.library import SqlLibrary
from storage.sql.matches import SqlMatchBook
from storage.sql.moves import SqlMoveBook
from storage.sql.not_found import SqlNotFoundBook
from storage.sql.notes import SqlNotes
from storage.sql.origins import SqlOriginBook
from storage.sql.outlets import SqlOutletBook
from storage.sql.paces import SqlPaceBook
from storage.sql.pins import SqlPinBook
from storage.sql.quarantine import SqlQuarantineBook
from storage.sql.reader_feeds import SqlReaderFeedBook
from storage.sql.readings import SqlReadingBook
from storage.sql.recrawls import SqlRecrawlBook
from storage.sql.repeats import SqlLineBook
from storage.sql.retaining import SqlRetentionBook
from storage.sql.retention import SqlRetention
from storage.sql.retention_daily import SqlDailyRetentionBook
from storage.sql.revisits import SqlRevisitBook
from storage.sql.search import SqlSearchBook
from storage.sql.search_index import SqlSearchIndex
from storage.sql.sessions import SqlSessionBook
from storage.sql.stories import SqlStoryBook
from storage.sql.subscriptions import SqlSubscriptionBook
from storage.sql.traffic import SqlTrafficBook
from storage.sql.upgrade import check
from storage.sql.users import SqlUserBook
from storage.sql.watchlists import SqlWatchlistBook
from storage.sql.words import SqlWordsBook

_REVISITS = RevisitPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that is kept, open. Close it when done."""

    engine: Engine
    bodies: BodyStore
    seen: SeenSet
    queue: VisitQueue
    crawl: SqlCrawlStore
    outlets: SqlOutletBook
    hosts: SqlHostBook
    processes: SqlProcessBook
    library: SqlLibrary
    events: SqlEventLog
    notes: SqlNotes
    channels: SqlChannelBook
    reader_feeds: SqlReaderFeedBook
    lines: SqlLineBook
    captures: SqlCaptureBook
    evidence: SqlEvidenceBook
    readings: SqlReadingBook
    words: SqlWordsBook
    holds: SqlHoldBook
    deleting: SqlRetentionBook
    daily_retention: SqlDailyRetentionBook
    quarantine: SqlQuarantineBook
    traffic: SqlTrafficBook
    retention: SqlRetention
    paces: SqlPaceBook
    moves: SqlMoveBook
    backfills: SqlBackfillBook
    alerts: SqlAlertBook
    gaps: SqlGapBook
    stories: SqlStoryBook
    origins: SqlOriginBook
    subscriptions: SqlSubscriptionBook
    watchlists: SqlWatchlistBook
    authors: SqlAuthorBook
    matches: SqlMatchBook
    changes: SqlChangeBook
    pins: SqlPinBook
    users: SqlUserBook
    sessions: SqlSessionBook
    audit: SqlAuditLog
    revisits: SqlRevisitBook
    not_found: SqlNotFoundBook
    recrawls: SqlRecrawlBook
    imports: SqlImportBook
    search: SqlSearchBook
    search_index: SqlSearchIndex

    def close(self) -> None:
        """Ends writing and closes all connections."""
        self.bodies.close()
        self.engine.dispose()


def open_store(
    *,
    database_url: str,
    redis_url: str | None,
    archive: Path,
    interval_s: int,
    again_after_s: int = 3600,
    confirm_gone_s: int = 3600,
    new_a_day: int = 2_000,
    domain_of: Callable[[str], str],
    pacer: Pacer | None = None,
    examiner: Examiner | None = None,
    agencies: Sequence[Agency] = (),
    partitions: int = 64,
    archive_file_bytes: int = 1_000_000_000,
    archive_file_age: timedelta = timedelta(days=1),
    archive_bucket: BucketPlace | None = None,
    software: str = "Presswatch",
    revisit_policy: RevisitPolicy = _REVISITS,
) -> Store:
    """Opens the store. Raises StoreUnavailable, StoreNotReady when its schema is not this version's, and
    BucketUnavailable where the archive's bucket cannot be used as it is set.

    `interval_s` holds for sources whose outlet sets none; `domain_of` gives a URL's registrable domain; `agencies` are
    those whose texts others publish; what `again_after_s`, `confirm_gone_s`, `new_a_day`, `pacer` and `examiner` mean
    is told at `SqlCrawlStore`. With a Redis, the visit queue has so many `partitions`. A file of the archive
    has `archive_file_bytes` and is `archive_file_age` old at most, and names the `software` that wrote it; what is not
    there any more is read from the `archive_bucket`, which is asked only then.
    `revisit_policy` holds for outlets that have none of their own.
    """
    engine = open_engine(database_url)
    check(engine)
    if archive_bucket is not None:
        bucket_at(archive_bucket)  # what cannot be used is told now
    bodies = Archive(
        archive,
        max_file_bytes=archive_file_bytes,
        max_file_age=archive_file_age,
        software=software,
        bucket=archive_bucket,
    )
    return Store(
        engine=engine,
        bodies=bodies,
        seen=_seen_set(engine, redis_url),
        queue=_visit_queue(engine, redis_url, partitions),
        crawl=SqlCrawlStore(
            engine,
            bodies,
            domain_of,
            interval_s,
            again_after_s,
            pacer=pacer,
            examiner=examiner,
            new_a_day=new_a_day,
            confirm_gone_s=confirm_gone_s,
        ),
        outlets=SqlOutletBook(engine, domain_of),
        hosts=SqlHostBook(engine),
        processes=SqlProcessBook(engine),
        library=SqlLibrary(engine, interval_s),
        events=SqlEventLog(engine),
        notes=SqlNotes(engine),
        channels=SqlChannelBook(engine),
        reader_feeds=SqlReaderFeedBook(engine),
        lines=SqlLineBook(engine),
        captures=SqlCaptureBook(engine),
        evidence=SqlEvidenceBook(engine),
        readings=SqlReadingBook(engine),
        words=SqlWordsBook(engine),
        holds=SqlHoldBook(engine),
        deleting=SqlRetentionBook(engine),
        daily_retention=SqlDailyRetentionBook(engine),
        quarantine=SqlQuarantineBook(engine),
        traffic=SqlTrafficBook(engine),
        retention=SqlRetention(engine),
        paces=SqlPaceBook(engine, pacer, interval_s),
        moves=SqlMoveBook(engine),
        backfills=SqlBackfillBook(engine=engine, domain_of=domain_of),
        alerts=SqlAlertBook(engine),
        gaps=SqlGapBook(engine),
        stories=SqlStoryBook(engine),
        origins=SqlOriginBook(engine, agencies, domain_of),
        subscriptions=SqlSubscriptionBook(engine),
        watchlists=SqlWatchlistBook(engine),
        authors=SqlAuthorBook(engine),
        matches=SqlMatchBook(engine),
        changes=SqlChangeBook(engine),
        pins=SqlPinBook(engine),
        users=SqlUserBook(engine),
        sessions=SqlSessionBook(engine),
        audit=SqlAuditLog(engine),
        revisits=SqlRevisitBook(engine=engine, domain_of=domain_of, policy=revisit_policy),
        recrawls=SqlRecrawlBook(engine=engine),
        not_found=SqlNotFoundBook(engine, bodies),
        imports=SqlImportBook(engine, bodies, domain_of),
        search=SqlSearchBook(engine),
        search_index=SqlSearchIndex(engine),
    )


def _seen_set(engine: Engine, redis_url: str | None) -> SeenSet:
    if not redis_url:
        return SqlSeenSet(engine)
    from storage.dedup.redis import RedisSeenSet  # noqa: PLC0415 (Redis' client is loaded only where there is a Redis)

    return RedisSeenSet.from_url(redis_url)


def _visit_queue(engine: Engine, redis_url: str | None, partitions: int) -> VisitQueue:
    if not redis_url:
        return SqlVisitQueue(engine)
    from storage.jobs.redis import RedisVisitQueue  # noqa: PLC0415 (as above)

    return RedisVisitQueue.from_url(engine, redis_url, partitions)
