"""`presswatch reextract`: pages of the archive read again, killed and continued, kept and undone; nothing is fetched."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from control.opening import open_from
from control.settings import Settings
from crawler.discovery.urls import fingerprint
from storage.records import (
    Candidate,
    Capture,
    Extraction,
    Reextraction,
    ReextractionState,
    Verdict,
    VisitOutcome,
    VisitReport,
)
from storage.store import Store
from tests import commands
from tests.searching import found
from tests.stores import lay_store

PAGES = 120
AT = datetime(2026, 3, 14, 12, tzinfo=UTC)
BASE = "https://bridges.example"
MUGS = "Our mugs hold a pint of all you like, and come by post."
OUTLET = f'name = "Bridges"\nhome = "{BASE}/"\n[[source]]\nkind = "feed"\nurl = "{BASE}/feed"\n'


def url_of(number: int) -> str:
    return f"{BASE}/2026/03/14/bridge-{number}-of-the-river"


def page(number: int) -> bytes:
    text = "".join(f"<p>Bridge {number} over the river was spoken of at length by council {c}.</p>" for c in "abcdefgh")
    return f"""<html lang=en><head><title>Bridge {number} is to be mended</title></head><body><article>
    <h1>Bridge {number} is to be mended</h1><div class=colophon>Anna Ahronheim</div>{text}</article>
    </body></html>""".encode()


def read_before(number: int) -> Extraction:
    """What a former extractor made of it."""
    return Extraction(
        title=f"Bridge {number} is to be mended", body=f"Bridge {number}.\n\n{MUGS}", language="en",
        section="River", extractor="presswatch-0",
    )  # fmt: skip


def fill(store: Store) -> None:
    (source,) = store.crawl.sources_of(["bridges"])
    found = tuple(Candidate(url=url_of(n), key=fingerprint(url_of(n)), found_url=url_of(n)) for n in range(PAGES))
    report = VisitReport(
        source_id=source.id, started_at=AT, finished_at=AT, outcome=VisitOutcome.READ, next_due_at=AT, status=200,
        bytes_received=1, listed=PAGES, candidates=found,
    )  # fmt: skip
    _, pending = store.crawl.record_visit(report)
    verdicts = []
    for number, each in enumerate(sorted(pending, key=lambda each: each.candidate.url)):
        body = page(number) if number else b"\x1f\x8b not what its coding says"
        headers = (("Content-Type", "text/html"), *([] if number else [("Content-Encoding", "gzip")]))
        capture = Capture(
            url=each.candidate.url, final_url=each.candidate.url, fetched_at=AT, status=200, headers=headers,
            body=body, digest=hashlib.sha256(body).hexdigest(),
        )  # fmt: skip
        read = Verdict(pending=each, at=AT, extraction=read_before(number), capture=capture)
        verdicts.append(replace(read, body_ref=store.bodies.put(capture)))
    for start in range(0, PAGES, 50):
        store.crawl.record_verdicts(verdicts[start : start + 50])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reextract")
    (folder / "outlets").mkdir()
    (folder / "outlets" / "bridges.toml").write_text(OUTLET, encoding="utf-8")
    lay_store(folder)
    assert presswatch(folder, "outlets", "list").returncode == 0  # loads the outlet
    store = open_from(Settings(data_dir=folder))
    fill(store)
    store.close()
    return folder


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    store = open_from(Settings(data_dir=data))
    yield store
    store.close()


def environment(folder: Path) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    return {**env, "PRESSWATCH_DATA_DIR": str(folder), "PRESSWATCH_CATALOGUE": str(folder / "outlets")}


def presswatch(folder: Path, *words: str):
    return commands.run(*words, env=environment(folder))


def test_an_outlet_must_be_named(data: Path):
    done = presswatch(data, "reextract")
    assert done.returncode == 2
    assert "presswatch reextract --outlet jpost" in done.stderr


def killed_in_the_middle(data: Path, store: Store) -> Reextraction:
    """A re-extraction of which some was noted when it was killed; one that was too fast is begun anew."""
    for before in range(20):
        started = commands.start("reextract", "--outlet", "bridges", "--processes", "1", env=environment(data))
        deadline = time.monotonic() + 100
        while len(orders := store.readings.reextractions(50)) == before or not orders[0].done:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        started.kill()
        started.wait(10)
        order = store.readings.reextraction(orders[0].id)
        if order.done < PAGES:
            return order
    raise AssertionError("twenty re-extractions ended before they were killed")


def test_killed_in_the_middle_it_goes_on_and_is_kept_and_undone(data: Path, store: Store):
    """One walk: each step costs a process."""
    last = store.events.last_seq()
    order = killed_in_the_middle(data, store)
    assert order.state is ReextractionState.READING

    refused = presswatch(data, "reextract", "keep", str(order.id))
    assert (refused.returncode, "continue" in refused.stderr) == (1, True)
    done = presswatch(data, "reextract", "continue", str(order.id), "--json")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["outlets"]
    assert (report["done"], report["revisions"], report["changed"]) == (PAGES, PAGES, PAGES - 1)
    assert report["unread"] == {"failed": 1}
    assert report["fields"]["text"] == {"changed": PAGES - 1}
    assert report["fields"]["section"] == {"lost": PAGES - 1}
    assert found(store.engine, "council") == []

    shown = presswatch(data, "reextract", "show", str(order.id)).stdout
    assert f"{PAGES} revisions of {PAGES} articles, {PAGES - 1} read differently" in shown
    assert "- River" in shown
    assert "nothing of it is in force" in shown

    kept = presswatch(data, "reextract", "keep", str(order.id))
    assert f"{PAGES - 1} revisions are in force now" in kept.stdout, kept.stderr
    told = store.library.summaries(found(store.engine, "council")).values()
    assert len(told) == PAGES - 1
    assert {each.revisions for each in told} == {1}
    [other] = store.library.summaries(found(store.engine, "mugs")).values()
    assert other.url == url_of(0)
    kinds = {event.kind.value for event in store.events.since(last, 9_999)}
    assert kinds <= {"order.given", "article.reread", "story.formed", "story.joined", "story.moved", "story.merged"}

    undone = presswatch(data, "reextract", "undo", str(order.id))
    assert "as they were before it" in undone.stdout
    assert len(found(store.engine, "mugs")) == PAGES
    assert "presswatch-2, read" in presswatch(data, "reextract", "list").stdout
