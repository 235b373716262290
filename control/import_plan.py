"""What of archives made by others is taken in: the pages of known outlets, in order of time; the rest is counted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from control.owners import Owners
from crawler.addresses import absolute_url
from crawler.discovery.articleurl import looks_like_article
from crawler.discovery.collector import judge
from crawler.discovery.urls import registrable_domain
from crawler.fetch.limits import MAX_PAGE_BYTES
from crawler.pipelines.body import is_page
from crawler.replay.pictures import MAX_PICTURE_BYTES
from storage.archive.foreign.pages import content_type_of, status_of
from storage.archive.foreign.records import ForeignRecord, bare, moment, walk
from storage.records import Candidate, KeptPage, Outlet, Reason, is_success

#: A page, its head and its chunks.
MAX_BLOCK_BYTES = MAX_PAGE_BYTES + 1024 * 1024
NO_OUTLET = ""
NO_BODY = "no-body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warc:
    """A WARC file: one that was named, of a package, or unpacked."""

    path: Path
    told: str  # its name, behind that of its package
    digest: str  # SHA-256, before it was unpacked


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record is."""

    warc: int  # index of its file
    at: int  # offset in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A capture that is to be taken in."""

    place: Place
    body: Place | None = None  # of the record that holds its body, where its own says that it is the same
    original: KeptPage | None = None  # the stored page that holds it, where no record of the files does
    at: datetime
    outlet: Outlet
    candidate: Candidate


@dataclass(slots=True)
class Plan:
    """What is taken in, and what is not and why."""

    entries: list[Entry] = field(default_factory=list)  # in order of time
    left: Counter[tuple[str, str]] = field(default_factory=Counter)  # responses by outlet key and reason
    sites: Counter[str] = field(default_factory=Counter)  # registrable domains at which no outlet is
    pictures: dict[str, Place] = field(default_factory=dict)  # by address, as far as pages may want them
    damage: list[str] = field(default_factory=list)  # the first sentences on what cannot be read

    def by_warc(self, warcs: int) -> list[list[Entry]]:
        """Those of each file, in order of time."""
        found: list[list[Entry]] = [[] for _ in range(warcs)]
        for entry in self.entries:
            found[entry.place.warc].append(entry)
        return found


#: Addresses of pictures in memory, and the size of one with its head.
_MOST_PICTURES = 200_000
_MOST_PICTURE_BYTES = MAX_PICTURE_BYTES + 65_536
#: Sentences on damage.
MOST_TOLD = 20


class Planner:
    """Goes through files for the pages of some outlets that came before `now`.

    `original_of` gives the stored page of a revisit whose body is in none of them.
    """

    def __init__(self, owners: Owners, now: datetime, original_of: Callable[[ForeignRecord], KeptPage | None]) -> None:
        self._owners = owners
        self._now = now
        self._original_of = original_of
        self._bodies = Bodies()
        self._revisits: list[tuple[Entry, ForeignRecord]] = []

    def plan(self, warcs: Sequence[Warc]) -> Plan:
        """The plan. Raises OSError, and BodyOutOfReach."""
        plan = Plan()
        for number, warc in enumerate(warcs):
            for record in walk(warc.path):
                self._add(plan, warcs, Place(warc=number, at=record.place), record)
        for entry, record in self._revisits:
            body = self._bodies.of(record, entry.place.warc)
            original = None if body else self._original_of(record)
            if body or original:
                plan.entries.append(replace(entry, body=body, original=original))
            else:
                plan.left[entry.outlet.key, NO_BODY] += 1
        plan.entries.sort(key=lambda entry: (entry.at, entry.place.warc, entry.place.at))
        return plan

    def _add(self, plan: Plan, warcs: Sequence[Warc], place: Place, record: ForeignRecord) -> None:
        if record.problem is not None:
            plan.left[NO_OUTLET, "damaged"] += 1
            if len(plan.damage) < MOST_TOLD:
                plan.damage.append(sentence_on(warcs, place, record.problem))
            return
        if record.kind not in {"response", "revisit"}:
            return
        if is_picture(record) and len(plan.pictures) < _MOST_PICTURES:
            plan.pictures.setdefault(absolute_url(record.url), place)
        found = self._owners.of(record.url)
        if found is None:
            plan.left[NO_OUTLET, "off-site"] += 1
            plan.sites[registrable_domain(record.url)] += 1
            return
        left = self._left_out(record)
        if left is None and record.kind == "response":
            self._bodies.add(record, place)
        entry = self._entry(place, record, found, left)
        if isinstance(entry, str):
            plan.left[found.key, entry] += 1
        elif record.kind == "revisit":
            self._revisits.append((entry, record))
        else:
            plan.entries.append(entry)

    def _entry(self, place: Place, record: ForeignRecord, outlet: Outlet, left: str | None) -> Entry | str:
        """What is to be taken in, or why it is not."""
        at, candidate = record.at, judge(record.url, record.url, outlet)
        if at is None or left is not None:
            return left or "no-time"
        if candidate.reason is not None:
            return candidate.reason.value
        if not looks_like_article(candidate.url, outlet):
            return Reason.NOT_AN_ARTICLE.value
        return Entry(place=place, at=at, outlet=outlet, candidate=candidate)

    def _left_out(self, record: ForeignRecord) -> str | None:
        """Why a record is no page of the past, by its two heads; a revisit may have but one."""
        status = status_of(record.opening)
        is_told_by_another = record.kind == "revisit" and not record.opening.strip()
        checks = {
            "no-time": record.at is None or record.at > self._now,
            "not-http": status is None and not is_told_by_another,
            "status": status is not None and not is_success(status),
            "not-a-page": not is_page(content_type_of(record.opening)),
            "cut-off": record.kind == "response" and "warc-truncated" in record.headers,
            Reason.TOO_LARGE.value: record.length > MAX_BLOCK_BYTES,
        }
        return next((reason for reason, holds in checks.items() if holds), None)


def is_picture(record: ForeignRecord) -> bool:
    """Whether a record calls itself a picture of a size that a page is shown with."""
    kind = (content_type_of(record.opening) or "").lower()
    is_fine = record.kind == "response" and is_success(status_of(record.opening) or 0)
    return is_fine and kind.startswith("image/") and "svg" not in kind and record.length <= _MOST_PICTURE_BYTES


class Bodies:
    """Where the bodies are that revisits refer to: by record id; by address and second; in one file by digest."""

    def __init__(self) -> None:
        self._places: dict[object, Place] = {}

    def add(self, record: ForeignRecord, place: Place) -> None:
        """Notes a response."""
        told = record.headers.get
        keys = [told("warc-record-id"), (record.url, _second(record.at)), (place.warc, told("warc-payload-digest"))]
        for key in keys:
            self._places.setdefault(key, place)

    def of(self, revisit: ForeignRecord, warc: int) -> Place | None:
        """That of a revisit in this file; None where it is in none of the files."""
        told = revisit.headers.get
        url, at = told("warc-refers-to-target-uri", ""), moment(told("warc-refers-to-date", ""))
        keys: list[object] = [told("warc-refers-to")]
        keys += [(bare(url), _second(at))] if at else []
        keys += [(warc, digest)] if (digest := told("warc-payload-digest")) else []
        return next((self._places[key] for key in keys if key and key in self._places), None)


def _second(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None


def sentence_on(warcs: Sequence[Warc], place: Place, problem: str) -> str:
    """What is wrong with a record, and where."""
    return f"{warcs[place.warc].told}, at {place.at:,}: {problem}"


def order_digest(warc: Warc, entries: Iterable[Entry]) -> str:
    """Of a file and of what is chosen of it: with other outlets or rules it is another order."""
    told = hashlib.sha256(warc.digest.encode())
    for line in _lines(entries):
        told.update(line.encode("utf-8", "surrogatepass"))
    return told.hexdigest()


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield f"{entry.place.at} {entry.outlet.key} {entry.candidate.key}\n"
