"""A probe waits for a domain that a worker fetches from, but not for long."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crawler.spiders.holds import DomainBusy, Holds
from storage.jobs.memory import MemoryVisitQueue

LEASE = timedelta(minutes=1)


def test_a_domain_that_a_worker_holds_is_left_to_it():
    queue = MemoryVisitQueue()
    queue.hold("worker", ["a.example"], datetime.now(UTC), LEASE)

    async def probe() -> None:
        holds = Holds(queue, "probe", patience_s=0.1)
        await holds.take("b.example")
        with pytest.raises(DomainBusy, match=r"a\.example"):
            await holds.take("a.example")
        assert queue.hold("worker", ["b.example"], datetime.now(UTC), LEASE) == set()
        await holds.end()

    asyncio.run(probe())
    assert queue.hold("worker", ["b.example"], datetime.now(UTC), LEASE) == {"b.example"}
