"""The second pipeline: asks the seen-set which of a visit's candidates are known.

The seen-set is a speed-up: where it does not answer, or says "seen" of something that SQL does not know (a
restored backup, say), SQL decides.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from scrapy.crawler import Crawler

from crawler.items import Outcome
from crawler.session import Session, session_of
from storage.errors import StorageError
from storage.ports import Claim
from storage.records import Candidate, Reason

log = structlog.get_logger(__name__)

#: How long a claim stands: longer than a candidate usually waits for its turn, short enough after a crash.
CLAIM_LIFE = timedelta(minutes=10)


class DeduplicatePipeline:
    """Marks candidates that are seen, claims those that are new."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DeduplicatePipeline:
        """Shares the session of the crawl."""
        return cls(session_of(crawler))

    async def process_item(self, item: Outcome) -> Outcome:
        """Judges the candidates of a visit; a verdict passes through."""
        if item.report is not None and item.report.candidates:
            candidates = await asyncio.to_thread(self._judge, item.report.candidates, item.work.outlet.key)
            item.report = replace(item.report, candidates=candidates)
        return item

    def _judge(self, candidates: tuple[Candidate, ...], outlet_key: str) -> tuple[Candidate, ...]:
        store = self._session.store
        undecided = [candidate.key for candidate in candidates if candidate.reason is None]
        try:
            claims = store.seen.claim(undecided, self._session.worker, datetime.now(UTC), CLAIM_LIFE)
            # What SQL knows is seen, after a loss of the seen-set too; what is listed stays in its newest generation.
            articles = set(store.crawl.known_articles(undecided))
            store.seen.confirm(articles)
        except StorageError as error:
            log.warning("seen_set_unavailable", error=str(error))
            return candidates
        seen = [key for key, claim in zip(undecided, claims, strict=True) if claim is Claim.SEEN]
        known = articles | (store.crawl.known_keys(seen, outlet_key) if seen else set())
        return tuple(replace(c, reason=Reason.SEEN) if c.reason is None and c.key in known else c for c in candidates)
