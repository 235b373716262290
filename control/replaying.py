"""The archive as readers look at it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from crawler.replay.pictures import MAX_PICTURE_BYTES
from crawler.replay.showing import Showing
from storage.archive.exporting import export_warc
from storage.archive.files import Files
from storage.errors import BodyMissing, BodyOutOfReach
from storage.ports import BodyStore, EvidenceBook
from storage.records import BodyRef, KeptCapture, NotShown, ReplayedPage

log = structlog.get_logger(__name__)

_NOT_MODIFIED = 304


class ArchiveReplayer:
    """Implements `delivery.replay.Replayer` over a store and the files of its archive."""

    def __init__(
        self, evidence: EvidenceBook, bodies: BodyStore, files: Files, *, software: str, clock: Callable[[], datetime]
    ) -> None:
        self._evidence = evidence
        self._bodies = bodies
        self._files = files
        self._software = software
        self._clock = clock
        self._showing = Showing()

    def capture(self, capture_id: int) -> KeptCapture:
        """One capture. Raises UnknownCapture."""
        return self._evidence.capture(capture_id)

    def page(self, kept: KeptCapture, *, with_pictures: bool = False) -> ReplayedPage | NotShown:
        """What it fetched, fit to be looked at; with the pictures of it that the archive has, or without any."""
        if kept.deleted_at is not None:
            told = f"{kept.deleted_at:%Y-%m-%d %H:%M} UTC by order {kept.deleted_by}"
            return NotShown(why=f"it was deleted on {told} of retention; its digest and time stay on record")
        if kept.capture.status == _NOT_MODIFIED:
            return NotShown(why="the server said that the page was as before; the capture before it shows the page")
        try:
            raw = self._bodies.get(kept.body, kept.capture.digest)
        except BodyOutOfReach as error:
            log.warning("capture_out_of_reach", capture=kept.capture.id, error=str(error))
            return NotShown(why="the bucket that holds it does not answer; try again later")
        except BodyMissing as error:
            log.warning("capture_unreadable", capture=kept.capture.id, error=str(error))
            return NotShown(why="it is not in the archive as it was; `presswatch archive verify` tells what is wrong")
        return self._showing.shown(kept.capture, raw, self._pictures(kept) if with_pictures else {})

    def _pictures(self, kept: KeptCapture) -> dict[str, bytes]:
        """By address, those that are in the archive and as they were."""
        found = {}
        for each in kept.pictures:
            if each.record is not None and each.size <= MAX_PICTURE_BYTES:
                place = BodyRef(segment=each.record.segment, offset=each.record.offset, length=each.record.length)
                with suppress(BodyMissing):
                    found[each.url] = self._bodies.get(place, each.digest)
        return found

    def records(self, kept: KeptCapture) -> bytes:
        """Its records as a WARC file. Raises BodyMissing."""
        if kept.deleted_at is not None:
            raise BodyMissing(f"capture {kept.capture.id} was deleted by retention")
        with TemporaryDirectory() as folder:
            target = Path(folder) / "capture.warc.gz"
            told = export_warc(self._files, [kept], target, software=self._software, now=self._clock())
            if told.lost:
                raise BodyMissing(told.lost[0])
            return target.read_bytes()
