"""Uploads and deletions killed at random moments: no page is lost, and none goes from here before the bucket has it."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.opening import load_catalogue, open_from
from control.settings import load_settings
from crawler.discovery.urls import fingerprint
from storage.archive.archive import Archive
from storage.archive.bucket import Bucket, BucketPlace, bucket_at
from storage.archive.files import MANY_BYTES
from storage.archive.parts import sha256_of
from storage.archive.rewriting import bodies_of
from storage.records import Candidate, Extraction, Reason, Verdict, VisitOutcome, VisitReport
from storage.store import Store
from tests import commands
from tests.bucketserver import CREDENTIALS, BucketServer
from tests.integration.test_outlets_commands import Command
from tests.unit.storage.archive.captured import exchanged

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
KILLS = 40
PAGES = 120
PAGE_BYTES, FILE_BYTES = 700_000, 40_000_000  # files of three parts
AT = datetime.now(UTC) - timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A store whose archive has a bucket, and the digests of its pages."""

    store: Store
    server: BucketServer
    bucket: Bucket
    folder: Path
    stays: set[str]  # of articles
    goes: set[str]  # of what was no article; an order to delete lets them go

    def read(self, digests: list[str]) -> None:
        """Raises BodyMissing unless each can be read, wherever it lies."""
        for digest in digests:
            place = self.store.captures.body_of(digest)
            assert place is not None
            self.store.bodies.get(place, digest)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    server = BucketServer(tmp_path / "log")
    place = BucketPlace(bucket="press-archive", prefix="archive/", endpoint=server.endpoint)
    ours = {
        "PRESSWATCH_ARCHIVE_S3_BUCKET": place.bucket,
        "PRESSWATCH_ARCHIVE_S3_PREFIX": place.prefix,
        "PRESSWATCH_ARCHIVE_S3_ENDPOINT": server.endpoint,
        "PRESSWATCH_ARCHIVE_S3_LOCAL_DAYS": "0",
    }
    for name, value in {**Command(tmp_path).env, **CREDENTIALS, **ours}.items():
        monkeypatch.setenv(name, value)
    server.start()
    server.client.create_bucket(Bucket=place.bucket)
    settings = load_settings()
    store = open_from(settings)
    load_catalogue(settings, store)
    stays, goes = _fill(store, settings.archive_dir)
    try:
        yield Scene(
            store=store, server=server, bucket=bucket_at(place), folder=settings.archive_dir, stays=stays, goes=goes
        )
    finally:
        store.close()
        server.stop()


def test_an_upload_killed_at_forty_moments_loses_nothing(scene: Scene, tmp_path: Path):
    aside = Path(shutil.copytree(scene.folder, tmp_path / "aside"))
    digests = {path.name: sha256_of(path) for path in aside.iterdir() if path.suffix in (".gz", ".cdxj")}
    dice, told = random.Random(), Counter[str]()
    for _ in range(KILLS):
        if not _here(scene, digests):  # all of it has moved: once more from the start
            shutil.copytree(aside, scene.folder, dirs_exist_ok=True)
            for name in digests:
                scene.bucket.delete(name)
        damaged = _damaged(scene, dice, _here(scene, digests))
        _killed("archive", "upload", after_s=dice.uniform(0.2, dice.choice((2, 4, 8))))
        here, there = _here(scene, digests), scene.bucket.sizes().keys()
        assert {damaged} <= here | {None}, "what the bucket has otherwise stays here"
        for name, digest in digests.items():
            found = sha256_of(scene.folder / name) if name in here else scene.bucket.read_digest(name)[1]
            assert found == digest
        told.update(["here and there" if name in there else "here" for name in here])
        told.update(["there" for name in digests if name not in here])
        scene.read(dice.sample(sorted(scene.stays), 3))
        if damaged:
            scene.bucket.delete(damaged)
    print(f"files after {KILLS} kills: {dict(told)}")
    done = commands.run("archive", "upload", env=dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    assert not _here(scene, digests)
    scene.read(sorted(scene.stays | scene.goes))
    verified = commands.run("archive", "verify", env=dict(os.environ))
    assert verified.returncode == 0, verified.stdout


def test_a_deletion_killed_at_forty_moments_loses_nothing_and_leaves_nothing_in_the_bucket(scene: Scene):
    assert commands.run("archive", "upload", env=dict(os.environ)).returncode == 0
    assert not list(scene.folder.glob("*.warc.gz"))
    assert commands.run("retention", "plan", "--pages-days", "365", env=dict(os.environ)).returncode == 0
    dice = random.Random()
    for _ in range(KILLS):
        _killed("retention", "run", "1", "--wait", "0", after_s=dice.uniform(0.2, dice.choice((2, 4, 8))))
        scene.read(dice.sample(sorted(scene.stays), 10))
    done = commands.run("retention", "run", "1", "--wait", "0", env=dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    assert commands.run("archive", "upload", env=dict(os.environ)).returncode == 0
    assert not list(scene.folder.glob("*.warc.gz*"))
    scene.read(sorted(scene.stays))
    held = set()
    for name in scene.bucket.sizes():
        if name.endswith(".warc.gz"):
            with scene.bucket.opened(name, MANY_BYTES) as file:
                held.update(bodies_of(file, name).values())
    assert held == scene.stays
    verified = commands.run("archive", "verify", env=dict(os.environ))
    assert verified.returncode == 0, verified.stdout


def _fill(store: Store, folder: Path) -> tuple[set[str], set[str]]:
    """Keeps the pages in files that are ended; every third is an article."""
    (source,) = store.crawl.sources_of(["shipped"])
    urls = [f"http://127.0.0.9:9/2025/03/14/bridge-{number}-of-the-river" for number in range(PAGES)]
    found = tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in urls)
    report = VisitReport(
        source_id=source.id, started_at=AT, finished_at=AT, outcome=VisitOutcome.READ, next_due_at=AT, status=200,
        bytes_received=1, listed=len(found), candidates=found,
    )  # fmt: skip
    archive, dice, verdicts = Archive(folder, max_file_bytes=FILE_BYTES), random.Random(7), []
    stays, goes = set(), set()
    for number, each in enumerate(store.crawl.record_visit(report)[1]):
        capture = exchanged(b"<p>" + dice.randbytes(PAGE_BYTES), each.candidate.url, AT)
        kept = Verdict(pending=each, at=AT, capture=capture, body_ref=archive.put(capture))
        if number % 3:
            goes.add(capture.digest)
            verdicts.append(replace(kept, reason=Reason.NOT_AN_ARTICLE))
        else:
            stays.add(capture.digest)
            verdicts.append(replace(kept, extraction=Extraction(title="A bridge", body=f"It stands. {number}")))
    archive.close()
    store.crawl.record_verdicts(verdicts)
    return stays, goes


def _here(scene: Scene, names: dict[str, str]) -> set[str]:
    return {name for name in names if (scene.folder / name).exists()}


def _damaged(scene: Scene, dice: random.Random, here: set[str]) -> str | None:
    """One of the files that are here and in the bucket, of which that has now a wrong byte, and says nothing of it."""
    both = sorted(name for name in here & scene.bucket.sizes().keys() if name.endswith(".warc.gz"))
    if not both or dice.random() < 0.5:
        return None
    name = dice.choice(both)
    data = bytearray((scene.folder / name).read_bytes())
    data[dice.randrange(len(data))] ^= 1
    key = scene.bucket.place.prefix + name
    told = {"sha256": scene.bucket.digest(name)[1] or ""}
    scene.server.client.put_object(Bucket=scene.bucket.place.bucket, Key=key, Body=bytes(data), Metadata=told)
    return name


def _killed(*words: str, after_s: float) -> None:
    run = commands.start(*words, env=dict(os.environ))
    time.sleep(after_s)
    run.kill()
    run.wait(10)
