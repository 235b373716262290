"""The disk fails while articles are stored (strace makes fsync fail): what was acknowledged is there, what was not comes again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.archive.archive import Archive
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.outlets import SqlOutletBook
from storage.sql.upgrade import upgrade
from tests.conftest import ROOT
from tests.contract.conftest import domain_of
from tests.contract.sample_records import listed
from tests.integration.test_crash_points import unreadable

pytestmark = pytest.mark.timeout(100)
COUNT, A_BATCH = 60, 5
_STORING = """
import sys
from pathlib import Path
from storage.archive.archive import Archive
from storage.errors import StoreUnavailable
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from tests.contract.conftest import domain_of
from tests.contract.sample_records import NOW, captured, extraction, verdict, words
bodies = Archive(Path(sys.argv[2]))
crawl = SqlCrawlStore(open_engine(sys.argv[1]), bodies, domain_of, 900)
refused = 0
while found := crawl.pending(["jpost.example"], NOW, int(sys.argv[3])):
    made = [
        captured(verdict(one, extraction(one.candidate.url)), bodies, words(one.candidate.url, 900).encode()) for one in found
    ]
    try:
        crawl.record_verdicts(made)
    except (StoreUnavailable, OSError) as error:
        print("refused", type(error).__name__, flush=True)
        refused += 1
        if refused == 4:
            break
    else:
        print(*["acknowledged", *(one.candidate.url for one in found)], flush=True)
"""


def store(url: str, archive: Path, *inject: str) -> tuple[set[str], list[str]]:
    """Stores articles until all are, or four batches were refused; what was acknowledged, and how others were refused."""
    command = [sys.executable, "-c", _STORING, url, str(archive), str(A_BATCH)]
    done = subprocess.run([*inject, *command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split() for line in done.stdout.splitlines()]
    acknowledged = {url for line in lines if line[0] == "acknowledged" for url in line[1:]}
    return acknowledged, [line[1] for line in lines if line[0] == "refused"]


def strace(calls: str, when: str) -> list[str]:
    """Runs what follows with system calls that fail."""
    if shutil.which("strace") is None:
        pytest.skip("no strace on this machine: apt-get install strace")
    return [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        f"trace={calls}",
        "-e",
        f"inject={calls}:error=EIO:when={when}",
    ]


@pytest.mark.parametrize("when", ["5+", "4..7"], ids=["and never works again", "and works again after four times"])
def test_what_a_failing_disk_did_not_take_is_not_acknowledged(when: str, tmp_path: Path):
    url, archive = f"sqlite:///{tmp_path}/presswatch.sqlite3", tmp_path / "archive"
    engine = open_engine(url)
    upgrade(engine)
    urls = [f"https://jpost.example/{number}" for number in range(COUNT)]
    crawl = SqlCrawlStore(engine, Archive(archive), domain_of, 900)
    listed(crawl, SqlOutletBook(engine, domain_of), *urls)
    engine.dispose()
    acknowledged, refused = store(url, archive, *strace("fsync,fdatasync", when))
    assert refused, "nothing was refused, so this proved nothing"
    assert set(refused) <= {"OSError", "StoreUnavailable"}
    with engine.connect() as connection:
        stored = set(connection.execute(text("SELECT url FROM articles")).scalars())
    assert acknowledged <= stored
    assert unreadable(tmp_path) == []
    print(f"acknowledged {len(acknowledged)}, refused {len(refused)} batches of {A_BATCH}")
    store(url, archive)
    with engine.connect() as connection:
        for table in ("articles", "revisions", "captures"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == COUNT
    assert unreadable(tmp_path) == []
    engine.dispose()
