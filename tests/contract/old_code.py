"""Run with an older Presswatch on the path: its queue, its store and its courier's book, on a database that a newer one
has upgraded. `python old_code.py URL FOLDER NUMBER`; ends with 0 when all it wrote is there.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sample_records import captured, extraction, listed, report, source_ids, verdict

from storage.archive.segments import Segments
from storage.jobs.sql import SqlVisitQueue
from storage.records import ChannelKind, Delivery, DeliveryState, ProcessInfo
from storage.sql.channels import SqlChannelBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.events import SqlEventLog
from storage.sql.hosts import SqlHostBook, SqlProcessBook
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from storage.sql.quarantine import SqlQuarantineBook

url, folder, number = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
now = datetime.now(UTC)
engine = open_engine(url)
bodies = Segments(folder)
crawl = SqlCrawlStore(engine, bodies, lambda address: urlsplit(address).hostname or "", 900)
outlets, queue, channels = SqlOutletBook(engine, crawl._domain_of), SqlVisitQueue(engine), SqlChannelBook(engine)
key = f"old-{number}"

[pending] = listed(crawl, outlets, f"https://{key}.example/a", key=key)
[source_id] = source_ids(crawl, key)
queue.put([(source_id, f"{key}.example", now)])
[job] = queue.take(key, 5, now, timedelta(minutes=1), only=[source_id])
crawl.record_visit(report(source_id, f"https://{key}.example/b", at=now, job=job))
channel = channels.add(kind=ChannelKind.WEBHOOK, name=key, url="https://x.example/", secret="s", now=now)
[stored] = crawl.record_verdicts([captured(verdict(pending, extraction(body=f"The words of {key}.")), bodies)])
seq = SqlEventLog(engine).last_seq()
sent = Delivery(
    channel_id=channel.id,
    event_seq=seq,
    article_id=stored.article_id,
    key=key,
    state=DeliveryState.DELIVERED,
    tries=1,
    ended_at=now,
)
assert channels.delivered(sent, channel.cursor) is not None
SqlProcessBook(engine).beat(ProcessInfo(name=key, role="worker", pid=1, started_at=now, seen_at=now))
SqlHostBook(engine).rest(f"{key}.example", now, "answered 503", 1)
assert SqlQuarantineBook(engine).held() == []
assert SqlLibrary(engine, 900).article(stored.article_id).revisions
bodies.close()
engine.dispose()
