"""`presswatch retention` and `presswatch hold`: a plan, what is held meanwhile, the deletion, what stays on record."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.opening import open_from
from control.settings import Settings
from crawler.discovery.urls import fingerprint
from storage.records import Candidate, Capture, Extraction, Verdict, VisitOutcome, VisitReport
from storage.store import Store
from tests.integration.test_outlets_commands import Command

AT = datetime.now(UTC) - timedelta(days=400)
BASE = "http://127.0.0.9:9"
PAGES = [f"{BASE}/2025/03/14/bridge-{number}-of-the-river" for number in range(3)]


@pytest.fixture(scope="module")
def presswatch(tmp_path_factory: pytest.TempPathFactory) -> Command:
    command = Command(tmp_path_factory.mktemp("retention"))
    command.outlets("list")
    store = open_from(Settings(data_dir=command.data))
    fill(store)
    store.close()
    return command


def fill(store: Store) -> None:
    (source,) = store.crawl.sources_of(["shipped"])
    found = tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in PAGES)
    report = VisitReport(
        source_id=source.id, started_at=AT, finished_at=AT, outcome=VisitOutcome.READ, next_due_at=AT, status=200,
        bytes_received=1, listed=len(found), candidates=found,
    )  # fmt: skip
    _, pending = store.crawl.record_visit(report)
    verdicts = []
    for each in pending:
        url = each.candidate.url
        body = f"<h1>A bridge</h1><p>{url}</p>".encode()
        capture = Capture(
            url=url, final_url=url, fetched_at=AT, status=200, headers=(("Content-Type", "text/html"),), body=body,
            digest=hashlib.sha256(body).hexdigest(),
        )  # fmt: skip
        read = Verdict(pending=each, at=AT, extraction=Extraction(title="A bridge", body=f"It stands. {url}"))
        verdicts.append(replace(read, capture=capture, body_ref=store.bodies.put(capture)))
    store.crawl.record_verdicts(verdicts)


def test_all_is_kept_unless_something_says_otherwise(presswatch: Command):
    done = presswatch("retention", "plan")
    assert done.returncode == 1
    assert "PRESSWATCH_KEEP_PAGES_DAYS" in done.stderr


def test_a_daily_order_is_saved_after_a_look_at_what_would_go(presswatch: Command):
    assert presswatch("retention", "daily", "--on", "--yes").returncode == 1  # all is kept for ever
    kept = {"keep_pages_days": "365", "keep_texts_days": "365"}
    unsure = presswatch("retention", "daily", "--on", **kept)
    assert (unsure.returncode, "3 pages (" in unsure.stdout) == (1, True)
    assert json.loads(presswatch("retention", "daily", "--json").stdout)["ordered"] is None
    done = presswatch("retention", "daily", "--on", "--yes", "--by", "ada", **kept)
    assert "ada ordered" in done.stdout, done.stderr
    told = presswatch("retention", "daily", keep_pages_days="300", keep_texts_days="365").stdout
    assert "left out, as less is to be kept of them than was ordered: shipped" in told
    presswatch("retention", "daily", "--off")
    assert presswatch("retention", "daily", "--off").returncode == 1


def test_a_plan_a_hold_and_the_deletion(presswatch: Command):
    """One walk: each step costs a process."""
    own = presswatch("retention", "plan", "--json", keep_pages_days="365", keep_texts_days="365")
    assert own.returncode == 0, own.stderr
    plan = json.loads(own.stdout)
    assert [(count["pages"], count["texts"]) for count in plan["planned"]] == [(3, 3)]

    assert presswatch("hold", PAGES[0]).returncode == 2  # why?
    held = presswatch("hold", PAGES[0], "--why", "a court asked for it", "--by", "ada")
    assert held.returncode == 0, held.stderr
    assert "by ada: a court asked for it" in presswatch("hold", "--list").stdout

    done = presswatch("retention", "run", str(plan["id"]), "--wait", "0")
    assert done.returncode == 0, done.stderr
    assert "2 pages (" in done.stdout
    assert "2 on hold" in done.stdout  # its page and its text
    shown = presswatch("retention", "show", str(plan["id"])).stdout
    assert sorted(line.split()[-1] for line in shown.splitlines() if line.startswith("page")) == PAGES[1:]
    assert "done" in presswatch("retention", "list").stdout

    assert "It stands" in presswatch("show", PAGES[0]).stdout
    erased = presswatch("show", PAGES[1])
    assert "It stands" not in erased.stdout
    assert "A bridge" in erased.stdout
    assert "its text was deleted on" in erased.stdout
    verified = json.loads(presswatch("archive", "verify", "--json").stdout)
    assert (verified["captures"], verified["deleted"], verified["problems"]) == (1, 2, [])
    proved = presswatch("archive", "prove", PAGES[1])
    assert proved.returncode == 0
    assert f"`presswatch retention show {plan['id']}` tells why" in proved.stdout
    files = list(Path(presswatch.data, "archive").glob("*.warc.gz*"))
    assert len(files) == 1
    backup = presswatch("backup", str(presswatch.data.parent / "backup"))
    assert backup.returncode == 0, backup.stdout + backup.stderr

    lifted = presswatch("hold", "--lift", "1", "--why", "the case is closed", "--by", "bob")
    assert "lifted" in lifted.stdout
    again = presswatch("retention", "plan", "--pages-days", "365", "--texts-days", "365", "--why", "once more")
    assert "1 pages" in again.stdout
    assert presswatch("retention", "run", "2", "--wait", "0").returncode == 0
    assert list(Path(presswatch.data, "archive").glob("*.warc.gz*")) != files
