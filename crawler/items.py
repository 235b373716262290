"""Scrapy items: what the spider hands to the pipelines."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import Capture, Outlet, PendingCandidate, Source, Verdict, VisitJob, VisitReport


@dataclass(eq=False, slots=True, kw_only=True)
class Work:
    """Something to fetch: a source on a visit (with its job), or a pending candidate."""

    domain: str
    outlet: Outlet
    job: VisitJob | None = None
    source: Source | None = None
    pending: PendingCandidate | None = None


@dataclass(slots=True, kw_only=True)
class Answer:
    """A response that is to be read."""

    work: Work
    capture: Capture
    content_encoding: str | None
    content_type: str | None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What is to be stored: a visit's report, a candidate's verdict, or neither when a stop left it undone."""

    work: Work
    report: VisitReport | None = None
    verdict: Verdict | None = None
