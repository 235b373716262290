"""What of archives made by others is taken in: the pages of known outlets, in order of time; the rest is counted."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from crawler.discovery.articleurl import looks_like_article
from crawler.discovery.collector import judge
from crawler.discovery.urls import is_within, registrable_domain
from crawler.fetch.limits import MAX_PAGE_BYTES
from storage.archive.foreign.pages import content_type_of, status_of
from storage.archive.foreign.plain import Place
from storage.archive.foreign.records import ForeignRecord, walk
from storage.records import Candidate, Outlet, Reason, is_success

#: A page, its head and its chunks.
MAX_BLOCK_BYTES = MAX_PAGE_BYTES + 1024 * 1024
_HTML = ("html", "xml", "text/plain")
NO_OUTLET = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warc:
    """A WARC file, and whose content it is: the file that was named, or a package."""

    path: Path
    told: str  # name of the file that was named
    digest: str  # SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A capture that is to be taken in."""

    warc: int  # index of its file
    place: Place
    body: Place | None  # of the record that holds its body, where its own says that it is the same
    at: datetime
    turn: datetime  # its place in the order
    outlet: Outlet
    candidate: Candidate


@dataclass(slots=True)
class Plan:
    """What is taken in, and what is not and why."""

    entries: list[Entry] = field(default_factory=list)  # in order of time
    left: Counter[tuple[str, str]] = field(default_factory=Counter)  # responses by outlet key and reason
    sites: Counter[str] = field(default_factory=Counter)  # registrable domains at which no outlet is
    damage: list[str] = field(default_factory=list)  # the first sentences on what cannot be read

    def of(self, warc: int) -> list[Entry]:
        """Those of one file, in order of time."""
        return [entry for entry in self.entries if entry.warc == warc]


_MOST_TOLD = 20


class Planner:
    """Goes through files for the pages of these outlets that came before `now`."""

    def __init__(self, outlets: Iterable[Outlet], now: datetime) -> None:
        self._now = now
        self._by_domain: defaultdict[str, list[Outlet]] = defaultdict(list)
        for outlet in outlets:
            for domain in {registrable_domain(host) for host in (outlet.home_url, *outlet.hosts)}:
                self._by_domain[domain].append(outlet)

    def plan(self, warcs: Sequence[Warc]) -> Plan:
        """The plan. Raises OSError."""
        plan = Plan()
        for number, warc in enumerate(warcs):
            self._add(plan, number, warc)
        plan.entries.sort(key=lambda entry: (entry.turn, entry.warc, entry.place.member, entry.place.skip))
        return plan

    def _add(self, plan: Plan, number: int, warc: Warc) -> None:
        bodies: dict[str, Place] = {}
        latest: datetime | None = None
        for record in walk(warc.path):
            if record.problem is not None:
                plan.left[NO_OUTLET, "damaged"] += 1
                if len(plan.damage) < _MOST_TOLD:
                    plan.damage.append(f"{warc.told}, at {record.place.member:,}: {record.problem}")
                continue
            if record.kind not in {"response", "revisit"}:
                continue
            found = self._outlet_of(record.url)
            if found is None:
                plan.left[NO_OUTLET, "off-site"] += 1
                plan.sites[registrable_domain(record.url)] += 1
                continue
            if record.kind == "response":
                bodies[record.headers.get("warc-record-id", "")] = record.place
            reason, entry = self._entry(number, record, found, bodies)
            if entry is None:
                plan.left[found.key, reason] += 1
                continue
            if entry.place.skip:  # it is reached through all that lies before it: such a file keeps its own order
                latest = max(latest, entry.at) if latest else entry.at
                entry = replace(entry, turn=latest)
            plan.entries.append(entry)

    def _outlet_of(self, url: str) -> Outlet | None:
        if not url.lower().startswith(("http://", "https://")):
            return None
        near = self._by_domain.get(registrable_domain(url), ())
        return next((outlet for outlet in near if is_within(outlet, url)), None)

    def _entry(
        self, number: int, record: ForeignRecord, outlet: Outlet, bodies: dict[str, Place]
    ) -> tuple[str, Entry | None]:
        reason = self._left_out(record)
        candidate = judge(record.url, record.url, outlet)
        at = record.at
        body = bodies.get(record.headers.get("warc-refers-to", "")) if record.kind == "revisit" else None
        if reason is None and record.kind == "revisit" and body is None:
            reason = "no-body"
        if reason is None and candidate.reason is not None:
            reason = candidate.reason.value
        if reason is None and not looks_like_article(candidate.url, outlet):
            reason = Reason.NOT_AN_ARTICLE.value
        if reason is not None or at is None:
            return reason or "no-time", None
        return "", Entry(warc=number, place=record.place, body=body, at=at, turn=at, outlet=outlet, candidate=candidate)

    def _left_out(self, record: ForeignRecord) -> str | None:
        """Why a record is no page of the past, by its two heads."""
        status, kind = status_of(record.opening), content_type_of(record.opening) or ""
        checks = {
            "no-time": record.at is None or record.at > self._now,
            "not-http": status is None,
            "status": status is not None and not is_success(status),
            "not-a-page": bool(kind) and not any(word in kind.lower() for word in _HTML),
            Reason.TOO_LARGE.value: record.length > MAX_BLOCK_BYTES,
        }
        return next((reason for reason, holds in checks.items() if holds), None)


def digest_of(path: Path) -> str:
    """SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def order_digest(warc: Warc, entries: Iterable[Entry]) -> str:
    """Of a file and of what is chosen of it: with other outlets or rules it is another order."""
    told = hashlib.sha256(warc.digest.encode())
    for line in _lines(entries):
        told.update(line.encode("utf-8", "surrogatepass"))
    return told.hexdigest()


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield f"{entry.place.member} {entry.place.skip} {entry.outlet.key} {entry.candidate.key}\n"
