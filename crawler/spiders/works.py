"""Jobs and candidates made into work: with what is stored of their outlets and sources."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from crawler.discovery.urls import registrable_domain
from crawler.items import ArticleWork, VisitWork
from storage.records import Outlet, PendingCandidate, Source, VisitJob
from storage.store import Store


class Works:
    """Makes work. Each method raises StorageError.

    Outlets are looked up once, until they are forgotten. Where it `is_by_command` that sources are visited, no visit
    is one for a push.
    """

    def __init__(self, store: Store, *, is_by_command: bool) -> None:
        self._store = store
        self._is_by_command = is_by_command
        self._outlets: dict[str, Outlet] = {}

    def forget_outlets(self) -> None:
        """Looks each up again."""
        self._outlets.clear()

    async def sources_of(self, jobs: Sequence[VisitJob]) -> Mapping[int, Source]:
        """The sources of jobs that may be visited, by id; their outlets are known from then on."""
        if not jobs:
            return {}
        ids = [job.source_id for job in jobs]
        found, outlets = await asyncio.to_thread(self._store.crawl.sources, ids)
        self._outlets.update(outlets)
        return found

    async def visit(self, job: VisitJob, source: Source | None) -> VisitWork | None:
        """A visit of a job's source; None where that is not to be visited any more, or not under the job's domain."""
        if source is None or source.is_paused:
            return None
        push_id = await self._push_to_read(job, source)
        if push_id is None and registrable_domain(source.address) != job.domain:  # that domain is not ours to ask
            return None
        outlet = await self._outlet(source.outlet_key)
        return VisitWork(domain=job.domain, outlet=outlet, job=job, source=source, push_id=push_id)

    async def _push_to_read(self, job: VisitJob, source: Source) -> int | None:
        """What a hub pushed, where the job is not of a visit that is due or asked for by command."""
        if job.due_at == source.next_due_at or self._is_by_command:
            return None
        return await asyncio.to_thread(self._store.subscriptions.next_push, source.id)

    async def article(self, pending: PendingCandidate) -> ArticleWork:
        """The fetch of a candidate."""
        validators = None
        if pending.is_again:
            validators = await asyncio.to_thread(self._store.crawl.validators_of, pending.id)
        outlet = await self._outlet(pending.outlet_key)
        return ArticleWork(domain=pending.domain, outlet=outlet, pending=pending, validators=validators)

    async def _outlet(self, key: str) -> Outlet:
        outlet = self._outlets.get(key)
        if outlet is None:
            outlet = await asyncio.to_thread(self._store.crawl.outlet_of, key)
            self._outlets[key] = outlet
        return outlet
