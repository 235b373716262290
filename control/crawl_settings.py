"""From the operator's settings to Scrapy's."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict
from typing import Any

import crawler.settings as scrapy_defaults
from control.settings import Settings


def scrapy_settings(settings: Settings, worker: str | None = None) -> dict[str, Any]:
    """All of Scrapy's settings for one worker process."""
    values = {name: getattr(scrapy_defaults, name) for name in dir(scrapy_defaults) if name.isupper()}
    return values | {
        "USER_AGENT": settings.user_agent,
        "LOG_LEVEL": settings.log_level.upper(),
        "PRESSWATCH_ROBOTS_AGENT": "Presswatch",
        "PRESSWATCH_DATABASE_URL": settings.store_url,
        "PRESSWATCH_REDIS_URL": settings.redis_url,
        "PRESSWATCH_PARTITIONS": settings.partitions,
        "PRESSWATCH_ARCHIVE_DIR": str(settings.archive_dir),
        "PRESSWATCH_ARCHIVE_BUCKET": asdict(settings.archive_bucket) if settings.archive_bucket else None,
        "PRESSWATCH_ARCHIVE_FILE_MB": settings.archive_file_mb,
        "PRESSWATCH_ARCHIVE_FILE_HOURS": settings.archive_file_hours,
        "PRESSWATCH_ARCHIVE_SOURCES": settings.archive_sources,
        "PRESSWATCH_NOT_FOUND_DAYS": settings.not_found_days,
        "PRESSWATCH_CREDENTIALS": str(settings.credentials_file),
        "PRESSWATCH_INTERVAL_S": settings.interval_s,
        "PRESSWATCH_FLOOR_S": settings.least_gap_s,
        "PRESSWATCH_CEILING_S": settings.ceiling_s,
        "PRESSWATCH_AGAIN_AFTER_S": settings.again_after_s,
        "PRESSWATCH_CONFIRM_GONE_S": settings.confirm_gone_s,
        "PRESSWATCH_NEW_A_DAY": settings.new_a_day,
        "PRESSWATCH_DELAY_S": settings.delay_s,
        "PRESSWATCH_SLOW_DOWN": settings.slow_down,
        "PRESSWATCH_RETRY_DELAYS_S": list(settings.retry_delays_s),
        "PRESSWATCH_OBEY_OPT_OUTS": list(settings.obey_opt_outs),
        "PRESSWATCH_FIRST_LOOK_DAYS": settings.first_look_days,
        "PRESSWATCH_BACKFILL_SHARE": settings.backfill_share,
        "PRESSWATCH_WEBSUB_URL": settings.websub_url,
        "PRESSWATCH_ALLOW_NETWORKS": list(settings.allow_networks),
        "PRESSWATCH_EXTRACT_PROCESSES": settings.extract_processes,
        "PRESSWATCH_WORKER": worker or settings.worker_name or default_worker_name(),
    }


def default_worker_name() -> str:
    """Unique among all workers that run."""
    return f"{socket.gethostname()}-{os.getpid()}"
