"""What tests of the frontier begin with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.discovery.urls import registrable_domain
from crawler.fetch.clocks import HostClocks
from crawler.session import Session
from storage.store import open_store
from tests.stores import lay_store
from tests.unit.crawler.spiders.taking import OUTLETS


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """What a worker's components share, over a store with six outlets."""
    lay_store(tmp_path)
    store = open_store(
        database_url=f"sqlite:///{tmp_path}/presswatch.sqlite3",
        redis_url=None,
        archive=tmp_path / "archive",
        interval_s=900,
        domain_of=registrable_domain,
    )
    store.outlets.load(OUTLETS, "shipped", datetime.now(UTC))
    yield Session(
        store=store,
        clocks=HostClocks(store.hosts, delay_s=0),
        worker="ours",
        first_look_days=3,
        retry_delays_s=(1.0,),
    )
    store.close()
