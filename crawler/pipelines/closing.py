"""The robots.txt that closed a stored article: kept as the evidence of that."""

from __future__ import annotations

import asyncio
import hashlib

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import origin
from storage.ports import HostBook
from storage.records import Capture, Reason, Verdict


async def rules_that_closed(hosts: HostBook, verdict: Verdict) -> Capture | None:
    """The copy of robots.txt in force, where it ended the fetch of a stored article. Raises StorageError."""
    if verdict.reason is not Reason.ROBOTS or not verdict.pending.is_again:
        return None
    try:
        site = origin(verdict.pending.candidate.found_url)
    except BadUrl:
        return None
    copy = await asyncio.to_thread(hosts.robots, site)
    if copy is None or not copy.body or copy.status is None:
        return None
    url = f"{copy.origin}/robots.txt"
    return Capture(
        url=url,
        final_url=url,
        fetched_at=copy.fetched_at,
        status=copy.status,
        headers=(),  # of robots.txt only the body is kept
        body=copy.body,
        digest=hashlib.sha256(copy.body).hexdigest(),
    )
