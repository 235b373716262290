"""Ended files of the archive into the bucket: once, and by a thread of each worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import structlog

from control.settings import Settings
from storage.archive.bucket import Sent, bucket_at
from storage.archive.uploading import Uploaded, take_out, upload
from storage.ports import EvidenceBook

log = structlog.get_logger(__name__)

UPLOAD_EVERY_S = 600.0


def upload_once(
    settings: Settings, evidence: EvidenceBook, told: Callable[[Sent], None] | None = None
) -> Iterator[Uploaded]:
    """Uploads what is ended, then takes out of the folder what the settings let go. Nothing without a bucket.

    Raises BucketUnavailable, and BlockingIOError where something else is at these files.
    """
    if settings.archive_bucket is None:
        return
    bucket, folder, referred = bucket_at(settings.archive_bucket), settings.archive_dir, evidence.names()
    yield from upload(folder, bucket, referred, told=told)
    if settings.archive_s3_local_days is not None:
        before = datetime.now(UTC) - timedelta(days=settings.archive_s3_local_days)
        yield from take_out(folder, bucket, referred, before=before)


class Uploader:
    """Uploads every ten minutes between `start` and `stop`; does nothing where no bucket is set."""

    def __init__(self, settings: Settings, evidence: EvidenceBook) -> None:
        self._settings = settings
        self._evidence = evidence
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uploader", daemon=True)

    def start(self) -> None:
        """Begins at once with what an earlier process ended."""
        if self._settings.archive_bucket is not None:
            self._thread.start()

    def stop(self) -> None:
        """Begins no more. What is under way may be broken off with the process; it goes on from there."""
        self._stopped.set()

    def _run(self) -> None:
        while True:
            try:
                for each in upload_once(self._settings, self._evidence):
                    if each.problem:
                        log.warning("archive_file_not_uploaded", file=each.name, problem=each.problem)
                    else:
                        log.info("archive_file_uploaded", file=each.name, bytes=each.size, is_gone=each.is_gone_here)
                    if self._stopped.is_set():
                        return
            except BlockingIOError:
                log.info("archive_upload_waits", why="another process is at the files of the archive")
            except Exception as error:  # noqa: BLE001 (whatever it is, the worker goes on and it is tried again)
                log.warning("archive_not_uploaded", error=str(error))
            if self._stopped.wait(UPLOAD_EVERY_S):
                return
