"""A local outlet that still answers, but many times slower than it used to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from control.health_watch import HealthWatch
from control.opening import open_from
from control.settings import Settings
from storage.records import EventKind, Outlet, OutletSource, SourceKind
from storage.sql.engine import writing
from storage.sql.schema import sources
from tests.integration.crawled import crawl, load
from tests.integration.smallweb import html, rss, small_web

pytestmark = pytest.mark.slow


def test_a_source_that_answers_slowly_is_told_of_with_its_times(tmp_path: Path):
    with small_web("127.0.0.51", {"/feed": rss("/a"), "/a": html("<p>News.</p>")}) as web:
        source = OutletSource(kind=SourceKind.FEED, url=f"{web.base}/feed")
        load(tmp_path, [Outlet(key="post", name="Post", home_url=f"{web.base}/", sources=(source,))])
        settings = {"PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8"}
        crawl(tmp_path, ["post"], **settings)
        store = open_from(Settings(data_dir=tmp_path))
        with writing(store.engine) as connection:  # as after some weeks, and two slow visits
            connection.execute(update(sources).values(answers=40, slow_answers=2, usual_answer_s=0.05))
        web.delays_s["/feed"] = 3.2
        crawl(tmp_path, ["post"], **settings)
        now = datetime.now(UTC)
        (found,) = (one for status in store.library.outlet_statuses(now) for one in status.sources)
        assert (found.state.value, found.cause) == ("slow", "slow-answers")
        told = re.search(r"this one took ([\d.]+) s", found.sentence or "")
        assert told is not None, found.sentence
        assert 3.2 <= float(told[1]) < 10
        slow, quick = store.library.visits("post", 2)
        assert (slow.took_ms or 0) > 3_000 > (quick.took_ms or 0) > 0
        (hour,) = store.traffic.of_hosts(["127.0.0.51"], now - timedelta(hours=2))[-1:]
        assert (hour.mean_answer_s or 0) > 0.5
        HealthWatch(store.alerts, store.captures).look(now)
        (raised,) = (event for event in store.events.since(0, 1_000) if event.kind is EventKind.ALERT_RAISED)
        assert "slow" in raised.payload["sentence"]
        store.close()
