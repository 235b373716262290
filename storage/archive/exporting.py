"""Captures copied out of the archive into one WARC file, or into a WACZ package (spec 1.1.1) around it."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Self

from storage.archive.archive import Archive
from storage.archive.cdxj import in_order, line_of_record, placed
from storage.archive.files import Files
from storage.archive.parts import sha256_of
from storage.archive.reading import read_member, record_in
from storage.archive.records import info_record, records_of
from storage.archive.walking import Step, walk
from storage.errors import BodyMissing
from storage.records import Capture, KeptCapture, RecordRef

WARC_NAME = "data.warc.gz"
_BESIDE = 2  # request and metadata follow their response


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    captures: int
    size: int  # bytes
    lost: tuple[str, ...] = ()  # captures that the archive does not give back, and why


def export_warc(
    files: Files, captures: Iterable[KeptCapture], target: Path, *, software: str, now: datetime
) -> Exported:
    """Writes one WARC file, records copied byte for byte. What a revisit refers to comes along. Raises OSError."""
    with _Warc(files, target, software, now) as out:
        return out.take(captures)


def export_wacz(
    files: Files,
    captures: Iterable[KeptCapture],
    target: Path,
    *,
    titles: Mapping[int, str],
    software: str,
    now: datetime,
) -> Exported:
    """Writes a package: the WARC file, its index, a page for each article capture. Raises OSError."""
    pages: list[dict[str, str]] = []
    inner = target.with_name(target.name + ".warc.partial")
    try:
        with _Warc(files, inner, software, now) as out:
            told = out.take(_noted(captures, pages, titles))
            lines = in_order(out.lines)
        size = _package(target, inner, lines, pages, software=software, now=now)
    finally:
        inner.unlink(missing_ok=True)
    return Exported(captures=told.captures, size=size, lost=told.lost)


class _Warc:
    """A WARC file in the making; it has its name only once it is whole."""

    def __init__(self, files: Files, target: Path, software: str, now: datetime) -> None:
        self.lines: list[str] = []
        self._files = files
        self._archive = Archive(files.folder, bucket=files.place)
        self._target = target
        self._beside = target.with_name(target.name + ".partial")
        self._info = info_record(WARC_NAME, software, now)
        self._written: set[tuple[str, int]] = set()
        self._file: BinaryIO

    def __enter__(self) -> Self:
        self._file = self._beside.open("wb")
        self._file.write(self._info)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        if kind is None:
            self._beside.rename(self._target)
        else:
            self._beside.unlink(missing_ok=True)

    def take(self, captures: Iterable[KeptCapture]) -> Exported:
        """Copies all of them."""
        count, lost = 0, []
        for kept in captures:
            try:
                self._take(kept)
                count += 1
            except BodyMissing as error:
                lost.append(f"{kept.capture.final_url}: {error}")
        return Exported(captures=count, size=self._file.tell(), lost=tuple(lost))

    def _take(self, kept: KeptCapture) -> None:
        """Raises BodyMissing, and nothing of it was written."""
        body = self._archive.get(kept.body, kept.capture.digest)
        if kept.record is None:
            self._write_anew(kept, body)
            return
        own = self._group(kept.record)
        hops = [(hop.record, self._group(hop.record)) for hop in (*kept.hops, *kept.pictures) if hop.record is not None]
        for hop_place, group in hops:
            self._copy(hop_place, group)
        if (kept.body.segment, kept.body.offset) != (kept.record.segment, kept.record.offset):
            place = RecordRef(segment=kept.body.segment, offset=kept.body.offset, length=kept.body.length)
            self._copy(place, self._group(place))
        self._copy(kept.record, own)

    def _write_anew(self, kept: KeptCapture, body: bytes) -> None:
        """A capture of an older version, which has no records."""
        stored = kept.capture
        capture = Capture(
            url=stored.url,
            final_url=stored.final_url,
            fetched_at=stored.fetched_at,
            status=stored.status,
            headers=stored.headers,
            body=body,
            digest=stored.digest,
        )
        written = records_of(capture, kept.found, None)
        self.lines.append(placed(written.index_line, offset=self._file.tell(), name=WARC_NAME))
        self._file.write(written.data)

    def _group(self, place: RecordRef) -> list[Step]:
        """A response or revisit, and what stands beside it. Raises BodyMissing."""
        first = record_in(read_member(self._files, place))
        found = [Step(offset=place.offset, length=place.length, record=first)]
        try:
            with self._files.opened(place.segment) as file:
                beside = list(islice(walk(file, place.offset + place.length), _BESIDE))
        except OSError as error:
            raise BodyMissing(f"it cannot be read: {error}") from error
        own = first.headers.get("warc-record-id")
        return found + [step for step in beside if step.record and step.record.headers.get("warc-concurrent-to") == own]

    def _copy(self, place: RecordRef, group: list[Step]) -> None:
        if (place.segment, place.offset) in self._written:
            return
        self._written.add((place.segment, place.offset))
        for step in group:
            data = read_member(self._files, RecordRef(segment=place.segment, offset=step.offset, length=step.length))
            offset = self._file.tell()
            self._file.write(data)
            if step.record and (line := line_of_record(step.record, offset=offset, length=step.length, name=WARC_NAME)):
                self.lines.append(line)


def _noted(
    captures: Iterable[KeptCapture], pages: list[dict[str, str]], titles: Mapping[int, str]
) -> Iterable[KeptCapture]:
    for kept in captures:
        article_id = kept.capture.article_id
        if article_id is not None:
            moment = kept.capture.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            title = titles.get(article_id, kept.capture.final_url)
            pages.append({"id": str(kept.capture.id), "url": kept.capture.final_url, "ts": moment, "title": title})
        yield kept


def _package(
    target: Path, warc: Path, lines: list[str], pages: list[dict[str, str]], *, software: str, now: datetime
) -> int:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    small = {
        "indexes/index.cdxj": "".join(lines).encode(),
        "pages/pages.jsonl": "".join(json.dumps(each) + "\n" for each in (head, *pages)).encode(),
    }
    beside = target.with_name(target.name + ".partial")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as package:
            resources = [_resource(f"archive/{WARC_NAME}", sha256_of(warc), warc.stat().st_size)]
            # Stored, so that a reader may begin at any record.
            package.write(warc, f"archive/{WARC_NAME}", compress_type=zipfile.ZIP_STORED)
            for path, data in small.items():
                package.writestr(path, data)
                resources.append(_resource(path, hashlib.sha256(data).hexdigest(), len(data)))
            told = {
                "profile": "data-package",
                "wacz_version": "1.1.1",
                "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "software": software,
                "resources": resources,
            }
            listed = json.dumps(told, indent=2).encode()
            package.writestr("datapackage.json", listed)
            digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(listed).hexdigest()}"}
            package.writestr("datapackage-digest.json", json.dumps(digest))
        beside.rename(target)
    finally:
        beside.unlink(missing_ok=True)
    return target.stat().st_size


def _resource(path: str, digest: str, size: int) -> dict[str, str | int]:
    return {"name": path.rpartition("/")[2], "path": path, "hash": f"sha256:{digest}", "bytes": size}
