"""What the components of one crawl share: the open store, the host clocks, the worker's name, its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from crawler.discovery.urls import registrable_domain
from crawler.fetch.clocks import HostClocks
from crawler.outlets.cadence.pacer import Pacer
from crawler.outlets.health.source import Examiner
from storage.archive.bucket import BucketPlace
from storage.store import Store, open_store


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """Opened once a crawl, closed by the spider when it ends."""

    store: Store
    clocks: HostClocks
    worker: str
    first_look_days: float
    retry_delays_s: tuple[float, ...]
    backfill_share: float = 0.5  # of a domain's requests
    callbacks: str = ""  # the address under which hubs reach us; empty: they do not
    keeps_sources: bool = False  # bodies of sources go into the archive too
    not_found_days: float = 0  # how often each host is asked for what cannot exist; 0: never
    obeyed: frozenset[str] = frozenset()  # opt-outs, of crawler.pipelines.obedience.CHOICES


_sessions: WeakKeyDictionary[Crawler, Session] = WeakKeyDictionary()


def session_of(crawler: Crawler) -> Session:
    """The session of a crawl, opened at the first call. Raises what `storage.store.open_store` raises."""
    session = _sessions.get(crawler)
    if session is None:
        settings = crawler.settings
        store = open_store(
            database_url=settings["PRESSWATCH_DATABASE_URL"],
            redis_url=settings["PRESSWATCH_REDIS_URL"] or None,
            archive=Path(settings["PRESSWATCH_ARCHIVE_DIR"]),
            archive_bucket=BucketPlace(**place) if (place := settings["PRESSWATCH_ARCHIVE_BUCKET"]) else None,
            archive_file_bytes=settings.getint("PRESSWATCH_ARCHIVE_FILE_MB") * 1_000_000,
            archive_file_age=timedelta(hours=settings.getfloat("PRESSWATCH_ARCHIVE_FILE_HOURS")),
            software=settings["USER_AGENT"],
            partitions=settings.getint("PRESSWATCH_PARTITIONS"),
            interval_s=settings.getint("PRESSWATCH_INTERVAL_S"),
            again_after_s=settings.getint("PRESSWATCH_AGAIN_AFTER_S"),
            confirm_gone_s=settings.getint("PRESSWATCH_CONFIRM_GONE_S"),
            new_a_day=settings.getint("PRESSWATCH_NEW_A_DAY"),
            domain_of=registrable_domain,
            examiner=Examiner(),
            pacer=Pacer(
                interval_s=settings.getint("PRESSWATCH_INTERVAL_S"),
                floor_s=settings.getint("PRESSWATCH_FLOOR_S"),
                ceiling_s=settings.getint("PRESSWATCH_CEILING_S"),
            ),
        )
        session = _sessions[crawler] = Session(
            store=store,
            clocks=HostClocks(
                store.hosts,
                delay_s=settings.getfloat("PRESSWATCH_DELAY_S"),
                slow_down=settings.getfloat("PRESSWATCH_SLOW_DOWN"),
            ),
            worker=settings["PRESSWATCH_WORKER"],
            first_look_days=settings.getfloat("PRESSWATCH_FIRST_LOOK_DAYS"),
            retry_delays_s=tuple(float(delay) for delay in settings.getlist("PRESSWATCH_RETRY_DELAYS_S")),
            backfill_share=settings.getfloat("PRESSWATCH_BACKFILL_SHARE"),
            callbacks=settings["PRESSWATCH_WEBSUB_URL"] or "",
            keeps_sources=settings.getbool("PRESSWATCH_ARCHIVE_SOURCES"),
            not_found_days=settings.getfloat("PRESSWATCH_NOT_FOUND_DAYS"),
            obeyed=frozenset(settings.getlist("PRESSWATCH_OBEY_OPT_OUTS")),
        )
    return session
