"""What a worker writes: visits, verdicts, captures, bodies, and what is set aside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import (
    ArticleFigures,
    BodyRef,
    Capture,
    KeptPage,
    Outlet,
    PendingCandidate,
    Provenance,
    Quarantined,
    ReadPage,
    Reason,
    RecordRef,
    Source,
    Stored,
    Validators,
    Verdict,
    VisitReport,
    VisitSummary,
)


class CrawlStore(Protocol):
    """What scheduler and workers read and write."""

    def due_sources(self, now: datetime, limit: int) -> list[Source]:
        """Sources that are due, not paused and not queued, the longest due first."""

    def source(self, source_id: int) -> Source | None:
        """One source, or None when it was removed."""

    def validators_of(self, candidate_id: int) -> Validators | None:
        """What the newest answer that its article was read from can be asked about again with, if anything."""

    def sources(self, source_ids: Sequence[int]) -> tuple[Mapping[int, Source], Mapping[str, Outlet]]:
        """Those of these sources that `source` would give, by id, and their outlets by key."""

    def outlet_of(self, key: str) -> Outlet:
        """One outlet. Raises UnknownOutlet."""

    def marks_of(self, source_id: int) -> bytes | None:
        """`VisitReport.marks` of the last visit that was read, None where there are none."""

    def record_visit(self, report: VisitReport) -> tuple[VisitSummary, list[PendingCandidate]]:
        """Stores a visit, its candidates and their reasons, the source's new state and due time, its
        events, and acknowledges its job, in one transaction.

        Returns what is now pending of its candidates. Raises LeaseLost when the job's lease went to
        another worker; nothing is stored then.
        """

    def record_quiet(self, reports: Sequence[VisitReport]) -> list[bool]:
        """Stores visits that are `VisitReport.is_quiet`, of different sources, in one transaction, as `record_visit`
        stores each; False where the lease of a job went to another worker: nothing is stored of that visit.
        """

    def pending(
        self,
        domains: Sequence[str],
        now: datetime,
        limit_per_domain: int,
        exclude: Iterable[int] = (),
        outlet_keys: Collection[str] | None = None,
    ) -> list[PendingCandidate]:
        """Candidates of these domains (and outlets) that may be fetched now, oldest first."""

    def domains_pending(self, now: datetime, limit: int, outlet_keys: Collection[str] | None = None) -> list[str]:
        """Domains with candidates (of these outlets) that may be fetched now."""

    def known_keys(self, keys: Sequence[int], outlet_key: str | None = None) -> set[int]:
        """Those of these fingerprints that an article or a candidate (of this outlet) has."""

    def record_verdicts(self, verdicts: Sequence[Verdict]) -> list[Stored]:
        """Stores what became of candidates: captures, articles, revisions, reasons and events, in one
        transaction. Idempotent: a verdict stored before gives the same answer and writes nothing.
        """

    def retry_lost(
        self,
        reasons: Collection[Reason],
        since: datetime,
        outlet_keys: Collection[str] | None = None,
        *,
        now: datetime,
        by: str = "command",
    ) -> int:
        """Makes candidates that came to nothing since then, for one of these reasons, pending again; returns how
        many. It is an event that tells who ordered it (`by`).
        """

    def known_articles(self, keys: Sequence[int]) -> Mapping[int, int]:
        """Article id of each fingerprint that leads to a stored article."""


class CaptureBook(Protocol):
    """What an outlet's newest articles were read from, and how well."""

    def newest_of(self, outlet_key: str, limit: int) -> list[KeptPage]:
        """The page that gave each of an outlet's newest articles its newest revision, newest first."""

    def body_of(self, digest: str) -> BodyRef | None:
        """Where a body lies, None when it is not kept."""

    def last_good(self, candidate_id: int) -> KeptPage | None:
        """The page by whose validators a candidate is asked about again, where it is kept: what a 304 confirms."""

    def read_last(self, article_id: int) -> ReadPage | None:
        """What an article's newest revision was read from, and by whom; None where there is no such article."""

    def figures_of(self, outlet_key: str, limit: int) -> list[ArticleFigures]:
        """What was read of an outlet's newest articles, newest first."""


class LineBook(Protocol):
    """Lines of each outlet's newest articles; written with the articles, in `CrawlStore.record_verdicts`."""

    def lines_of(self, outlet_key: str) -> list[tuple[int, ...]]:
        """Marks (`crawler.extract.repeats`) of the lines of an outlet's newest 200 articles, newest first."""


class QuarantineBook(Protocol):
    """Pages and sources of which child processes died; counted with the failure that they made."""

    def held(self) -> list[Quarantined]:
        """What is in quarantine and was not dropped, the newest first."""

    def known(self, urls: Collection[str]) -> list[Quarantined]:
        """What is known of deaths at these URLs, in quarantine or not."""

    def held_of(self, outlet_key: str, urls: Collection[str]) -> set[str]:
        """Which of an outlet's sources, or of the sitemaps that they name, are in quarantine, dropped or not."""

    def retry(self, urls: Collection[str], now: datetime) -> int:
        """Forgets the deaths of these URLs and has them read again. Raises NotQuarantined."""

    def drop(self, urls: Collection[str], now: datetime) -> int:
        """Takes these URLs off the list; they stay unread until `retry`. Raises NotQuarantined."""


class BodyStore(Protocol):
    """What was fetched, kept before it is interpreted."""

    def put(self, capture: Capture, found: Provenance | None = None, known: BodyRef | None = None) -> BodyRef:
        """Keeps a capture with its exchange and what led to it; a body that is `known` already is not written again.

        It survives the death of the process at once, a loss of power after `sync`. Raises OSError.
        """

    def put_unchanged(self, capture: Capture, found: Provenance | None, original: BodyRef) -> BodyRef | None:
        """Keeps a "not modified" (304) as a revisit of the body that it confirms, whose digest the capture bears; None
        where that body is in no WARC record any more: then it proves nothing. Raises OSError.
        """

    def put_answer(self, capture: Capture, found: Provenance, *, is_whole: bool = False) -> RecordRef:
        """Keeps what is no page of an article, apart from bodies: a body that came before is written again unless it
        stands in the same file; with `is_whole` always. Raises OSError.
        """

    def sync(self) -> None:
        """Makes all captures put so far durable."""

    def get(self, ref: BodyRef, digest: str) -> bytes:
        """Raises BodyMissing when it is not there or not what it was, and BodyOutOfReach when that cannot be told."""

    def close(self) -> None:
        """Ends writing."""
