"""/metrics, read by a Prometheus parser, and the dashboard that is drawn from it."""

from __future__ import annotations

import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from storage.records import ProcessInfo
from storage.sql.hosts import SqlProcessBook
from tests.conftest import ROOT
from tests.pressroom import NOW, fill, pressroom
from tests.webserver import serving

FIGURES = {
    "process": {"resident_bytes": 4096, "pool_load": 3},
    "visits": {"read": 5, "failed": 2},
    "failures": {"dns": 2},
    "candidates": {"stored": 7, 'odd"reason\n': 1},
    "pool": {"answered": 7, "died": 1},
    "delay_s": {"60": 2, "900": 3, "more": 1, "sum": 100_000},
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metrics")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        fill(room)
        worker = ProcessInfo(name="w1", role="worker", pid=7, started_at=NOW, seen_at=NOW, figures=FIGURES)
        SqlProcessBook(room.engine).beat(worker)
        with serving(room) as site:
            answer = site.ask("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    families = list(text_string_to_metric_families(answer.text))
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_what_is_stored_is_told(samples):
    assert samples["presswatch_articles", ()] == 12
    assert samples["presswatch_candidates_pending", ()] == 0


def test_what_a_worker_told_with_its_heartbeat_is_told(samples):
    def of(name, **labels):
        return samples[name, tuple(sorted({"process": "w1", **labels}.items()))]

    assert of("presswatch_process_resident_bytes", role="worker") == 4096
    assert of("presswatch_pool_load") == 3
    assert of("presswatch_visits_total", outcome="failed") == 2
    assert of("presswatch_visit_failures_total", reason="dns") == 2
    assert of("presswatch_candidates_total", reason="stored") == 7
    assert of("presswatch_candidates_total", reason='odd"reason\n') == 1
    assert of("presswatch_pool_tasks_total", end="died") == 1
    assert of("presswatch_discovery_delay_seconds_bucket", le="60.0") == 2
    assert of("presswatch_discovery_delay_seconds_bucket", le="3600.0") == 5
    assert of("presswatch_discovery_delay_seconds_bucket", le="+Inf") == 6
    assert of("presswatch_discovery_delay_seconds_count") == 6


def test_how_sources_and_hubs_are_is_told(samples):
    states = {
        dict(labels)["state"]: value
        for (name, labels), value in samples.items()
        if name == "presswatch_sources_in_state"
    }
    assert sum(states.values()) == samples["presswatch_sources", ()]
    assert "silent" in states
    assert samples["presswatch_subscriptions", (("state", "active"),)] == 0
    assert samples["presswatch_pushes_waiting", ()] == 0


def test_every_figure_of_the_dashboard_is_one_that_is_told(samples):
    board = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert asked
    for part in ("sources_in_state", "backfill", "subscriptions", "pushes"):
        assert any(f"presswatch_{part}" in each for each in asked), f"no panel shows {part}"
    assert {name for each in asked for name in re.findall(r"presswatch_\w+", each)} <= {name for name, _ in samples}
