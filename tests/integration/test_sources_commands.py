"""`presswatch sources`: orders about visits, refused with an example where they make no sense, moves accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from control.cli_sources import sources_group
from control.opening import load_catalogue, open_from
from control.settings import Settings
from storage.records import MOVED_AFTER, PaceMode, VisitOutcome, VisitReport
from tests.stores import lay_store

OUTLET = """
name = "The Harbour Gazette"
home = "https://gazette.example/"
languages = ["en"]
timezone = "Europe/London"
interval_s = 1200

[[source]]
kind = "feed"
url = "https://gazette.example/feed.xml"

[[source]]
kind = "feed"
url = "https://gazette.example/sport.xml"
"""
OLD, NEW = "https://gazette.example/feed.xml", "https://gazette.example/new.xml"
Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "outlets").mkdir()
    (tmp_path / "outlets" / "gazette.toml").write_text(OUTLET)
    lay_store(tmp_path)
    return Settings(data_dir=tmp_path, catalogue=tmp_path / "outlets")


@pytest.fixture
def run(settings: Settings) -> Run:
    return lambda *words: CliRunner().invoke(sources_group, list(words), obj=settings)


def source(settings: Settings, url: str = OLD):
    store = open_from(settings)
    try:
        load_catalogue(settings, store)
        [status] = store.library.outlet_statuses(datetime.now(UTC))
        return next(each for each in status.sources if each.url == url)
    finally:
        store.close()


def test_an_order_holds_for_the_sources_named_until_it_is_taken_back(run: Run, settings: Settings):
    in_six_hours = datetime.now(ZoneInfo("Europe/London")) + timedelta(hours=6)  # a window that does not hold now
    window = f"{in_six_hours:%H}:00-{in_six_hours + timedelta(hours=4):%H}:00"
    told = run("pace", "gazette", "--every", "30m", "--not-between", window)
    assert told.exit_code == 0
    assert told.output.count("(every 30 min)") == 2
    assert run("pace", OLD, "--cron", "*/20 6-22 * * *").exit_code == 0
    first, second = source(settings), source(settings, "https://gazette.example/sport.xml")
    assert (first.ordered.mode, first.ordered.every_s, first.ordered.not_between) == (
        PaceMode.CRON,
        None,
        (window,),
    )
    assert (second.ordered.mode, second.ordered.every_s) == (PaceMode.EVERY, 1800)
    assert run("pace", str(first.id), "--as-file").exit_code == 0
    assert source(settings).ordered.mode is None


WRONG = {
    "no interval": (("pace", OLD, "--every", "often"), "write it as 20m, 90s, 6h or 1d"),
    "no cron line": (("pace", OLD, "--cron", "* * *"), "has 3 fields; write five fields"),
    "no window": (("pace", OLD, "--not-between", "night"), 'write it as "00:00-05:00"'),
    "a floor above the ceiling": (("pace", OLD, "--floor", "6h", "--ceiling", "5m"), "above the ceiling of 5 min"),
    "two ways": (("pace", OLD, "--adaptive", "--every", "5m"), "choose one"),
    "nothing": (("pace", OLD), "say what to change"),
    "no source": (("visit", "https://gazette.example/other"), "presswatch sources list"),
    "no outlet": (("visit", "gazete"), "did you mean gazette?"),
    "no time": (("pause", OLD, "--until", "soon"), "write it as 2026-12-01"),
    "a time that has passed": (("pause", OLD, "--until", "2001-01-01"), "has passed"),
    "one that has not moved": (("accept", OLD), "none of them has moved for good"),
    "one whose move was not accepted": (("accept", "--back", OLD), "no move of them was accepted"),
}


@pytest.mark.parametrize(("words", "told"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused_with_what_to_do(run: Run, words: tuple[str, ...], told: str):
    result = run(*words)
    assert result.exit_code == 2
    assert told in result.output


def test_a_pause_ends_at_its_time_or_by_hand_and_a_visit_can_be_asked_for(run: Run, settings: Settings):
    assert run("pause", OLD, "--until", "3d").exit_code == 0
    assert abs(source(settings).paused_until - datetime.now(UTC) - timedelta(days=3)) < timedelta(minutes=5)
    assert "next visit now (no longer paused)" in run("resume", OLD).output
    assert "next visit now (asked for by hand)" in run("visit", OLD).output


def test_a_source_that_has_moved_is_listed_so_accepted_and_taken_back(run: Run, settings: Settings):
    number, store, now = source(settings).id, open_from(settings), datetime.now(UTC)
    for _ in range(MOVED_AFTER):
        store.crawl.record_visit(
            VisitReport(
                source_id=number,
                started_at=now,
                finished_at=now,
                outcome=VisitOutcome.UNCHANGED,
                next_due_at=now,
                moved_to=NEW,
            )
        )
    store.close()
    assert f"has moved to {NEW}; `presswatch sources accept {number}` accepts that" in run("list").output
    assert run("accept", "gazette").output == f"{OLD}: asked for at {NEW} from now on\n"
    assert source(settings).address == NEW
    assert f"asked for at {NEW}; `accept --back {number}` takes that back" in run("list").output
    assert run("accept", "--back", OLD).exit_code == 0
    assert source(settings).address == OLD
