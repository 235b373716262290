"""Visits: due, done, told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.records.answers import Answer
from storage.records.candidates import Candidate
from storage.records.outlets import PublisherWords, Validators
from storage.records.subscriptions import HubLink
from storage.records.vocabulary import VisitOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitJob:
    """A due source, leased to one worker. The token fences off a worker whose lease ran out."""

    source_id: int
    domain: str
    token: int
    due_at: datetime
    is_suspect: bool = False  # a worker that had it died; its next visit is announced (`VisitQueue.begin`)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDeaths:
    """Child processes that died of reading a sitemap which an index names."""

    url: str
    deaths: int
    detail: str | None = None  # a sentence for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReport:
    """A finished visit, to be stored together with all it found."""

    source_id: int
    started_at: datetime
    finished_at: datetime
    outcome: VisitOutcome
    next_due_at: datetime
    reason: str | None = None  # a short constant: "dns", "timeout", "http-404", "not-a-feed", ...
    detail: str | None = None  # a sentence for a person
    status: int | None = None  # HTTP
    bytes_received: int = 0
    listed: int = 0  # candidates that the source lists
    candidates: tuple[Candidate, ...] = ()  # those of them to be recorded
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None  # the URL that sent these two
    parts: tuple[Validators, ...] = ()  # the sitemaps that a sitemap index names
    moved_to: str | None = None  # where permanent redirects led, and nothing else
    body_digest: str | None = None
    newest_lastmod: datetime | None = None
    is_gone: bool = False
    deaths: int = 0  # of child processes, that reading it cost
    part_deaths: tuple[PartDeaths, ...] = ()  # the same, of the sitemaps that an index names
    job: VisitJob | None = None  # acknowledged in the same transaction
    known: tuple[int, ...] = ()  # fingerprints of what was listed as before, and so is not among the candidates
    marks: bytes | None = None  # by which the next visit knows what this one has read
    words: PublisherWords = field(default_factory=PublisherWords)  # a body's only where it was read
    hub: HubLink | None = None  # that the feed names, where it was read
    push_id: int | None = None  # what was read, where a hub pushed it
    took_s: float | None = None  # from the request to the whole answer
    answers: tuple[Answer, ...] = ()  # that the archive has got: its body, where bodies of sources are kept
    left_out: int = 0  # new candidates that are not taken: too many for a day

    @property
    def is_quiet(self) -> bool:
        """Whether it found its source unchanged, so that nothing but the visit itself is to be stored."""
        if self.outcome is not VisitOutcome.UNCHANGED or self.push_id is not None:
            return False
        return not (self.candidates or self.known or self.deaths or self.part_deaths)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceTotals:
    """What the price of a visit is set by: sums over all sources that are visited adaptively."""

    demands: float
    visits: int  # so far
    a_day: float  # visits that they are meant to have a day


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTotals:
    """The same of the sources of one registrable domain."""

    demands: float
    sources: int
    a_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSummary:
    """A stored visit."""

    id: int
    source_id: int
    outlet_key: str
    source_url: str
    started_at: datetime
    finished_at: datetime
    outcome: VisitOutcome
    reason: str | None
    detail: str | None
    status: int | None
    bytes_received: int
    listed: int
    new: int
    took_ms: int | None = None  # from the request to the whole answer


#: The figure of a worker that tells when each visit under way began: seconds since 1970, by the source's id.
VISITING = "visiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitUnderWay:
    """A visit that a worker has begun."""

    source_id: int
    outlet_key: str
    source_url: str
    worker: str
    began_at: datetime


class GapState(StrEnum):
    """What became of a possible loss."""

    OPEN = "open"
    REFILLING = "refilling"  # the outlet's sitemaps are read for that time
    REFILLED = "refilled"
    LOST = "not-refilled"  # nothing that the outlet offers lists that time


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which a feed may have listed what no visit saw: two visits in a row had no item in common."""

    id: int
    outlet_key: str
    source_url: str
    since: datetime
    until: datetime
    state: GapState
    found: int = 0  # articles that only its refill has found
    detail: str | None = None  # why it could not be refilled
    backfill_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTrouble:
    """When our own network failed, so that nearly all sources did at once."""

    since: datetime
    until: datetime | None = None  # None: it still does
