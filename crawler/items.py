"""Scrapy items: what the spider hands to the pipelines, and the work that they belong to."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import (
    Capture,
    OptOut,
    Outlet,
    PendingCandidate,
    Source,
    Validators,
    Verdict,
    VisitJob,
    VisitReport,
)


@dataclass(eq=False, slots=True, kw_only=True)
class VisitWork:
    """A source to visit, with its job."""

    domain: str
    outlet: Outlet
    job: VisitJob
    source: Source
    push_id: int | None = None  # what its hub pushed is read, and nothing asked for


@dataclass(eq=False, slots=True, kw_only=True)
class ArticleWork:
    """A candidate to fetch."""

    domain: str
    outlet: Outlet
    pending: PendingCandidate
    validators: Validators | None = None  # of its article's last answer, where it is fetched again


Work = VisitWork | ArticleWork


@dataclass(slots=True, kw_only=True)
class SourceAnswer:
    """A source's body that is to be read."""

    work: VisitWork
    capture: Capture
    content_encoding: str | None
    content_type: str | None
    etag: str | None
    last_modified: str | None
    moved_to: str | None  # where permanent redirects led, and nothing else
    took_s: float | None = None  # from the request to the whole answer


@dataclass(slots=True, kw_only=True)
class PageAnswer:
    """An article's page that is to be read."""

    work: ArticleWork
    capture: Capture
    content_encoding: str | None
    content_type: str | None
    opt_outs: tuple[OptOut, ...] = ()  # of its headers and its robots.txt
    trail: tuple[Capture, ...] = ()  # redirects that led to it, in order


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What is to be stored: a visit's report, or a candidate's verdict; neither when a stop left it undone."""

    work: Work
    report: VisitReport | None = None
    verdict: Verdict | None = None
    trail: tuple[Capture, ...] = ()  # redirects that led to the verdict's capture, in order
