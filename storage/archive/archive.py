"""What was fetched, kept in WARC files: append-only, one open file a process, an index beside each.

Where each record lies is told by the database, written in the same transaction as the capture, so a record that was cut
off by a crash is never referred to. The index is for other programs; `presswatch archive recover` makes it anew.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.archive.appending import Appender
from storage.archive.bucket import BucketPlace
from storage.archive.cdxj import in_order, placed
from storage.archive.files import SUFFIX, Files
from storage.archive.reading import read_member, record_in
from storage.archive.records import Original, Written, info_record, records_of
from storage.archive.segments import Segments
from storage.errors import BodyMissing, BodyOutOfReach
from storage.records import BodyRef, Capture, Provenance, RecordRef

INDEX_SUFFIX = ".cdxj"
#: Bodies that a process has written and may refer to again without asking the store.
_REMEMBERED = 10_000


class Archive:
    """The captures under one folder; implements `storage.ports.BodyStore`. May be used from any thread.

    A file is followed by another once it has `max_file_bytes` or is `max_file_age` old. `software` names who writes.
    What the folder has no longer is read from the `bucket`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_file_bytes: int = 1_000_000_000,
        max_file_age: timedelta = timedelta(days=1),
        software: str = "Presswatch",
        bucket: BucketPlace | None = None,
    ) -> None:
        self._folder = folder
        self._files = Files(folder=folder, place=bucket)
        self._max_file_bytes = max_file_bytes
        self._max_file_age = max_file_age
        self._software = software
        self._segments = Segments(folder)
        self._lock = threading.Lock()
        self._file: Appender | None = None
        self._begun_at = datetime.min.replace(tzinfo=UTC)
        self._count = 0
        self._index: list[str] = []  # lines of the open file
        self._indexed = 0  # how many of them are in its index
        self._answers: OrderedDict[str, tuple[str, Original]] = OrderedDict()  # by digest, with the file of each
        self._known: OrderedDict[str, tuple[BodyRef, Original]] = OrderedDict()  # by digest, oldest first

    def put(self, capture: Capture, found: Provenance | None = None, known: BodyRef | None = None) -> BodyRef:
        """Keeps a capture; see the port."""
        with self._lock:
            is_remembered = self._remembered(capture.digest) is not None
        # It may lie in the bucket: others need not wait for that.
        original = None if is_remembered else self._original(known, capture.digest)
        with self._lock:
            earlier = self._remembered(capture.digest) or original
            written = records_of(capture, found, earlier[1] if earlier else None)
            place = self._append(written)
            if earlier:
                body = earlier[0]
                ref = BodyRef(segment=body.segment, offset=body.offset, length=body.length, revisit=place)
            else:
                ref = body = BodyRef(segment=place.segment, offset=place.offset, length=place.length)
            self._remember(capture.digest, body, written.original)
            return ref

    def put_unchanged(self, capture: Capture, found: Provenance | None, original: BodyRef) -> BodyRef | None:
        """Keeps a "not modified"; see the port."""
        earlier = self._original(original, capture.digest)  # it may lie in the bucket: others need not wait for that
        if earlier is None:
            return None
        with self._lock:
            place = self._append(records_of(capture, found, earlier[1]))
        body = earlier[0]
        return BodyRef(segment=body.segment, offset=body.offset, length=body.length, revisit=place)

    def put_answer(self, capture: Capture, found: Provenance, *, is_whole: bool = False) -> RecordRef:
        """Keeps what is no page of an article; see the port."""
        with self._lock:
            earlier = None if is_whole else self._answers.get(capture.digest)
            written = records_of(capture, found, earlier[1] if earlier else None)
            is_same_file = earlier is not None and self._file_for(len(written.data)).name == earlier[0]
            if earlier is not None and not is_same_file:
                written = records_of(capture, found, None)
            place = self._append(written)
            if not is_same_file:
                self._answers[capture.digest] = place.segment, written.original
                if len(self._answers) > _REMEMBERED:
                    self._answers.popitem(last=False)
            return place

    def sync(self) -> None:
        """Makes all captures put so far durable. Raises OSError; they are durable only after a call that does not."""
        with self._lock:
            self._sync()

    def get(self, ref: BodyRef, digest: str) -> bytes:
        """The body at a place. Raises BodyMissing when it is not there or not what it was, and BodyOutOfReach."""
        if not ref.segment.endswith(SUFFIX):
            return self._segments.get(ref, digest)
        try:
            body = record_in(read_member(self._files, ref)).body
        except BodyOutOfReach:
            raise
        except BodyMissing as error:
            where = f"{ref.segment} at {ref.offset}"
            raise BodyMissing(f"body {digest} cannot be read from {where}: {error}") from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise BodyMissing(f"the bytes in {ref.segment} at {ref.offset} are not body {digest}; restore the file")
        return body

    def close(self) -> None:
        """Ends the file that is being written; its index is put in order."""
        with self._lock:
            if self._file is not None:
                self._end_file(self._file)

    def _append(self, written: Written) -> RecordRef:
        file = self._file_for(len(written.data))
        begin = file.append(written.data)
        self._index.append(placed(written.index_line, offset=begin, name=file.name))
        return RecordRef(segment=file.name, offset=begin, length=written.length)

    def _original(self, known: BodyRef | None, digest: str) -> tuple[BodyRef, Original] | None:
        """What a body that is kept already is referred to by; None where it lies in no WARC, or no longer whole."""
        if known is None or not known.segment.endswith(SUFFIX):
            return None
        try:
            record = record_in(read_member(self._files, known))
            is_same = record.kind == "response" and hashlib.sha256(record.body).hexdigest() == digest
        except BodyMissing:
            return None
        headers = record.headers
        names = ("warc-record-id", "warc-target-uri", "warc-date", "warc-payload-digest")
        if not is_same or not all(headers.get(name) for name in names):
            return None
        record_id, url, date, payload_digest = (headers[name] for name in names)
        return known, Original(record_id=record_id, url=url, date=date, payload_digest=payload_digest)

    def _remembered(self, digest: str) -> tuple[BodyRef, Original] | None:
        """What was written here; None where its file was written anew since."""
        found = self._known.get(digest)
        return found if found and (self._folder / found[0].segment).exists() else None

    def _remember(self, digest: str, body: BodyRef, original: Original) -> None:
        self._known[digest] = body, original
        self._known.move_to_end(digest)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _sync(self) -> None:
        if self._file is None:
            return
        self._file.sync()
        if self._indexed < len(self._index):
            self._append_index(self._file.name)

    def _append_index(self, name: str) -> None:
        """The index is worked out of the file again where it is lost: it is neither synced nor a reason to fail."""
        with suppress(OSError), open_index_of(self._folder / name).open("a", encoding="utf-8") as index:
            index.writelines(self._index[self._indexed :])
            self._indexed = len(self._index)

    def _file_for(self, size: int) -> Appender:
        """The open file, or a new one where it is full, old, or broken off in the middle of a record."""
        now = datetime.now(UTC)
        if self._file is not None:
            is_full = self._file.end + size > self._max_file_bytes and self._index
            if self._file.is_usable and not is_full and now - self._begun_at < self._max_file_age:
                return self._file
            self._end_file(self._file)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._count += 1
        name = f"{now:%Y%m%dT%H%M%S%f}-{os.getpid()}-{self._count}{SUFFIX}"
        file = Appender(self._folder / name)
        try:
            file.append(info_record(name, self._software, now))
        except OSError:
            file.close()
            (self._folder / name).unlink(missing_ok=True)
            raise
        self._file, self._begun_at = file, now
        return file

    def _end_file(self, file: Appender) -> None:
        """Raises OSError where the file cannot be made durable; it is still open then."""
        file.sync()
        self._file = None
        lines, self._index, self._indexed = self._index, [], 0
        if file.is_usable:
            with suppress(OSError):  # `recover` makes it
                write_index(self._folder / file.name, lines)
        file.close()


def index_of(path: Path) -> Path:
    """Where the index of a WARC file lies."""
    return path.with_name(path.name.removesuffix(SUFFIX) + INDEX_SUFFIX)


def open_index_of(path: Path) -> Path:
    """Where it lies while the file is being written, its lines in the order of the records."""
    return index_of(path).with_name(index_of(path).name + ".open")


def write_index(path: Path, lines: Iterable[str]) -> None:
    """Writes the whole index of a WARC file that is ended, in order. Raises OSError."""
    beside = open_index_of(path)
    beside.write_text("".join(in_order(lines)), encoding="utf-8")
    beside.rename(index_of(path))
