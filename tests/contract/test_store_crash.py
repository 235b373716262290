"""A process that stores articles is killed: whatever was committed has its body, whatever was not is done again."""

from __future__ import annotations

import random
import select
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Engine, text

from storage.archive.archive import Archive
from storage.records import BodyRef, Reason
from storage.sql.crawl import SqlCrawlStore
from storage.sql.outlets import SqlOutletBook
from tests.contract.sample_records import NOW, captured, extraction, listed, verdict, words

ROOT = Path(__file__).resolve().parents[2]
COUNT = 400
_STORING = """
import sys
from pathlib import Path
from storage.archive.archive import Archive
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from tests.contract.conftest import domain_of
from tests.contract.sample_records import NOW, captured, extraction, verdict, words
bodies = Archive(Path(sys.argv[2]), max_file_bytes=200_000)
crawl = SqlCrawlStore(open_engine(sys.argv[1]), bodies, domain_of, 900)
print("ready", flush=True)
while found := crawl.pending(["jpost.example"], NOW, 5):
    crawl.record_verdicts(
        [captured(verdict(one, extraction(one.candidate.url)), bodies, words(one.candidate.url, 900).encode()) for one in found]
    )
"""


def test_a_process_killed_while_it_stores_loses_no_body_and_stores_none_twice(
    engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive, database_url: str
):
    urls = [f"https://jpost.example/{number}" for number in range(COUNT)]
    listed(crawl, book, *urls)
    chance = random.Random(20260730)
    archive = bodies._folder
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", _STORING, database_url, str(archive)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 60)[0]
        time.sleep(chance.uniform(0.02, 0.4))
        process.kill()
        process.communicate()
        _check_bodies(engine, Archive(archive))
    left, _ = crawl.pending_count()
    assert left < COUNT, "nothing was stored before the kills, so they proved nothing"
    while found := crawl.pending(["jpost.example"], NOW, 50):
        made = [
            captured(verdict(one, extraction(one.candidate.url)), bodies, words(one.candidate.url, 9).encode())
            for one in found
        ]
        answers = crawl.record_verdicts(made)
        assert {answer.reason for answer in answers} == {Reason.STORED}
    _check_bodies(engine, bodies)
    with engine.connect() as connection:
        for table in ("articles", "revisions", "captures", "events"):
            extra = 1 if table == "events" else 0  # that the outlet was added
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == COUNT + extra


def _check_bodies(engine: Engine, segments: Archive) -> None:
    with engine.connect() as connection:
        query = 'SELECT c.digest, b.segment, b."offset", b.length FROM captures c JOIN bodies b ON b.digest = c.digest'
        for digest, segment, offset, length in connection.execute(text(query)):
            assert segments.get(BodyRef(segment=segment, offset=offset, length=length), digest)
