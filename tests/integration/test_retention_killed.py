"""`presswatch retention run` and `reextract keep`, killed at twenty random moments each: all that stays can be read."""

from __future__ import annotations

import hashlib
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.opening import open_from
from control.settings import Settings
from crawler.discovery.urls import fingerprint
from storage.archive.rewriting import bodies_in
from storage.records import Candidate, Capture, Extraction, ReadAgain, Reason, Verdict, VisitOutcome, VisitReport
from storage.store import Store
from tests import commands
from tests.integration.test_outlets_commands import Command
from tests.searching import found

AT = datetime.now(UTC) - timedelta(days=400)
BASE = "http://127.0.0.9:9"
PAGES = 1_200
ARTICLES = PAGES // 100 * 34  # of each hundred the first, fourth, ...
KILLS = 20


def fill(store: Store) -> tuple[set[str], set[str]]:
    """Digests of what stays (pages of articles) and of what may go (the others)."""
    (source,) = store.crawl.sources_of(["shipped"])
    urls = [f"{BASE}/2025/03/14/bridge-{number}-of-the-river" for number in range(PAGES)]
    stays, goes = set(), set()
    dice = random.Random(7)
    for start in range(0, PAGES, 100):
        candidates = tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in urls[start : start + 100])
        report = VisitReport(
            source_id=source.id, started_at=AT, finished_at=AT, outcome=VisitOutcome.READ, next_due_at=AT, status=200,
            bytes_received=1, listed=len(candidates), candidates=candidates,
        )  # fmt: skip
        _, pending = store.crawl.record_visit(report)
        verdicts = []
        for number, each in enumerate(pending):
            body = b"<p>%s</p>" % each.candidate.url.encode() + dice.randbytes(20_000)
            digest = hashlib.sha256(body).hexdigest()
            capture = Capture(
                url=each.candidate.url, final_url=each.candidate.url, fetched_at=AT, status=200, headers=(), body=body,
                digest=digest,
            )  # fmt: skip
            kept = Verdict(pending=each, at=AT, capture=capture, body_ref=store.bodies.put(capture))
            if number % 3:
                goes.add(digest)
                verdicts.append(replace(kept, reason=Reason.NOT_AN_ARTICLE))
            else:
                stays.add(digest)
                verdicts.append(replace(kept, extraction=Extraction(title="A bridge", body="It stands by day.")))
        store.crawl.record_verdicts(verdicts)
    return stays, goes


@pytest.mark.soak
def test_killed_at_twenty_moments_it_loses_nothing_and_forgets_all_that_goes(tmp_path: Path):
    presswatch = Command(tmp_path)
    presswatch.outlets("list")
    presswatch.env["PRESSWATCH_ARCHIVE_FILE_MB"] = "4"
    store = open_from(Settings(data_dir=presswatch.data, archive_file_mb=4))
    stays, goes = fill(store)
    store.bodies.close()
    assert presswatch("retention", "plan", "--pages-days", "365").returncode == 0
    dice = random.Random()
    for _ in range(KILLS):
        run = commands.start("retention", "run", "1", "--wait", "0", env=presswatch.env)
        time.sleep(dice.uniform(0.2, 2.5))
        run.kill()
        run.wait(10)
        for digest in dice.sample(sorted(stays), 20):
            place = store.captures.body_of(digest)
            assert place is not None
            store.bodies.get(place, digest)
    done = presswatch("retention", "run", "1", "--wait", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    for digest in stays:
        place = store.captures.body_of(digest)
        assert place is not None
        store.bodies.get(place, digest)
    held = {digest for path in (presswatch.data / "archive").glob("*.warc.gz*") for digest in bodies_in(path).values()}
    assert held == stays
    assert not goes & held
    verified = presswatch("archive", "verify")
    assert verified.returncode == 0, verified.stdout
    store.close()


@pytest.mark.soak
def test_readings_that_are_kept_and_undone_under_kills_are_all_of_one_side(tmp_path: Path):
    presswatch = Command(tmp_path)
    presswatch.outlets("list")
    store = open_from(Settings(data_dir=presswatch.data))
    fill(store)
    order = store.readings.begin(["shipped"], since=None, extractor="2", by="test", now=AT)
    _read_all(store, order.id)
    for command, word, left in (("keep", "night", "day"), ("undo", "day", "night")):
        dice = random.Random()
        for _ in range(KILLS // 2):
            run = commands.start("reextract", command, str(order.id), env=presswatch.env)
            time.sleep(dice.uniform(0.2, 1.2))
            run.kill()
            run.wait(10)
        done = presswatch("reextract", command, str(order.id))
        assert done.returncode == 0 or "is not in force" in done.stderr, done.stderr  # one that was not killed did it
        assert len(found(store.engine, word)) == ARTICLES
        assert found(store.engine, left) == []
    store.close()


def _read_all(store: Store, number: int) -> None:
    place = 0
    while batch := store.readings.to_read(number, "shipped", place, 50):
        text = Extraction(title="A bridge", body="It stands by night.", extractor="2")
        read = [ReadAgain(revision_id=each.id, extraction=text) for each in batch]
        upto = batch[-1].article_id
        store.readings.note(number, "shipped", read, before=place, upto=upto, articles=len(batch))
        place = upto
    store.readings.end(number, AT)
