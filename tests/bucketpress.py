"""A store with three articles whose archive has a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from control.cli import cli
from control.opening import load_catalogue, open_from
from control.replaying import ArchiveReplayer
from control.settings import Settings, load_settings
from control.uploading import upload_once
from crawler.discovery.urls import fingerprint
from storage.archive.bucket import BucketPlace
from storage.archive.uploading import Uploaded
from storage.records import Candidate, Extraction, Verdict, VisitOutcome, VisitReport
from storage.store import Store
from tests.integration.test_outlets_commands import Command
from tests.unit.storage.archive.captured import exchanged

AT = datetime.now(UTC) - timedelta(days=400)
PAGES = [f"http://127.0.0.9:9/2025/03/14/bridge-{number}-of-the-river" for number in range(3)]


class Press:
    """`presswatch` in this process, by the settings of the environment, which the test's own monkeypatch changes."""

    def __init__(self, data: Path, catalogue: Path, place: BucketPlace, patch: pytest.MonkeyPatch) -> None:
        self.folder = data / "archive"
        self.place = place
        self._patch = patch
        self.set(
            DATA_DIR=str(data),
            CATALOGUE=str(catalogue),
            CONTACT="https://example.org/bot",
            ARCHIVE_S3_BUCKET=place.bucket,
            ARCHIVE_S3_PREFIX=place.prefix,
            ARCHIVE_S3_ENDPOINT=str(place.endpoint),
            ARCHIVE_S3_LOCAL_DAYS="0",
        )

    def set(self, **settings: str) -> None:
        """Settings from here on, without their prefix."""
        for name, value in settings.items():
            self._patch.setenv(f"PRESSWATCH_{name}", value)

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(cli, words)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The store."""
        store = open_from(load_settings())
        try:
            yield store
        finally:
            store.close()

    def upload(self) -> list[Uploaded]:
        """What a worker does every ten minutes."""
        with self.opened() as store:
            return list(upload_once(load_settings(), store.evidence))

    def replayer(self, store: Store) -> ArchiveReplayer:
        """What shows archived pages."""
        files = load_settings().archive_files
        return ArchiveReplayer(store.evidence, store.bodies, files, software="tests", clock=lambda: AT)

    def reading(self, store: Store) -> int:
        """The number of a new re-extraction."""
        return store.readings.begin(["shipped"], since=None, extractor="2", by="tests", now=AT).id


def store_articles(folder: Path) -> None:
    """Makes `data` with the articles, and the `catalogue` of their outlet."""
    settings = Settings(data_dir=Command(folder).data, catalogue=folder / "catalogue")
    store = open_from(settings)
    load_catalogue(settings, store)
    (source,) = store.crawl.sources_of(["shipped"])
    found = tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in PAGES)
    report = VisitReport(
        source_id=source.id, started_at=AT, finished_at=AT, outcome=VisitOutcome.READ, next_due_at=AT, status=200,
        bytes_received=1, listed=len(found), candidates=found,
    )  # fmt: skip
    verdicts = []
    for each in store.crawl.record_visit(report)[1]:
        url = each.candidate.url
        made = exchanged(f"<h1>A bridge</h1><p>{url}</p>".encode() * 20, url, AT)
        read = Extraction(title="A bridge", body=f"It stands. {url}")
        ref = store.bodies.put(made)
        verdicts.append(Verdict(pending=each, at=AT, extraction=read, capture=made, body_ref=ref))
    store.crawl.record_verdicts(verdicts)
    store.close()
