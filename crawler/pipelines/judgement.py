"""What an answer, or the lack of one, means for a visit or a candidate. Decides only; fetches and stores nothing."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)

from crawler.fetch.errors import HostResting, RobotsDisallowed, RobotsUnavailable, Stopping, UrlRefused
from crawler.fetch.guard import refusals
from crawler.fetch.statuses import may_pass
from crawler.items import Outcome, VisitWork, Work
from crawler.outlets.cadence.backoff import next_visit
from crawler.walls.wall import Wall
from storage.errors import StorageError
from storage.records import Discovery, PendingCandidate, Reason, Verdict, VisitOutcome, VisitReport

_GONE = 410
_TOO_MANY = 429  # says nothing of the page, only of us
_REASON_OF_STATUS = {
    404: Reason.GONE,
    410: Reason.GONE,
    401: Reason.REFUSED,
    402: Reason.REFUSED,
    403: Reason.REFUSED,
    407: Reason.REFUSED,
    451: Reason.REFUSED,
    413: Reason.TOO_LARGE,
}


class Judge:
    """Judges for one worker. `retry_delays_s` are the waits before each further try of a candidate."""

    def __init__(self, retry_delays_s: tuple[float, ...], randomness: random.Random) -> None:
        self._retry_delays_s = retry_delays_s
        self._random = randomness

    # ------------------------------------------------------------------------------- candidates

    def ended(self, pending: PendingCandidate, now: datetime, reason: Reason, detail: str | None) -> Verdict:
        """The end of a candidate without an article."""
        return Verdict(pending=pending, at=now, reason=reason, detail=detail)

    def seen(self, pending: PendingCandidate, now: datetime, key: int, detail: str) -> Verdict:
        """The end of a candidate that is another URL of something known."""
        return Verdict(pending=pending, at=now, reason=Reason.SEEN, detail=detail, article_key=key)

    def retried(self, pending: PendingCandidate, now: datetime, detail: str) -> Verdict:
        """Another try later, or the end when the tries have run out."""
        if pending.tries >= len(self._retry_delays_s):
            return self.ended(pending, now, Reason.FAILED, f"{detail}; given up after {pending.tries + 1} tries")
        wait = timedelta(seconds=self._retry_delays_s[pending.tries] * (1 + 0.2 * self._random.random()))
        return Verdict(pending=pending, at=now, retry_at=now + wait, detail=detail)

    def postponed(self, pending: PendingCandidate, now: datetime, until: datetime, detail: str) -> Verdict:
        """Not fetched now, at no fault of its own: the wait does not count as a try."""
        return Verdict(pending=pending, at=now, retry_at=max(until, now), detail=detail, is_try=False)

    # ----------------------------------------------------------------------------------- visits

    def read(self, work: VisitWork, now: datetime, status: int, size: int, found: Discovery) -> VisitReport:
        """A source that was fetched and parsed; a body that could not be read at all is a failure."""
        if found.wall and not found.candidates:
            return self.walled(work, now, Wall(reason=found.wall, detail=found.problem or ""), status, size)
        if found.problem and not found.candidates:
            return self.visit_failed(work, now, "unreadable", found.problem, status=status, size=size)
        return VisitReport(
            source_id=work.source.id,
            started_at=now,
            finished_at=now,
            outcome=VisitOutcome.READ,
            next_due_at=self._next(work, now, failures=0),
            detail=found.truncated or found.problem,
            status=status,
            bytes_received=size,
            listed=len(found.candidates) + len(found.known),
            candidates=found.candidates,
            words=found.words,
            hub=found.hub,
            known=found.known,
            marks=found.marks,
            newest_lastmod=found.newest and min(found.newest, now),  # a date in the future would silence it
            job=work.job,
        )

    def pushed(
        self, work: VisitWork, now: datetime, size: int, found: Discovery, reason: str | None = None
    ) -> VisitReport:
        """What a hub pushed, read or not: it is done with, and the source's next visit stays when it is."""
        if found.problem and not found.candidates:
            reason = reason or "unreadable"
        return VisitReport(
            source_id=work.source.id,
            started_at=now,
            finished_at=now,
            outcome=VisitOutcome.PUSHED,
            next_due_at=work.source.next_due_at or now,
            reason=reason,
            detail=found.problem or found.truncated,
            bytes_received=size,
            listed=len(found.candidates),
            candidates=found.candidates,
            push_id=work.push_id,
            job=work.job,
        )

    def unchanged(
        self, work: VisitWork, now: datetime, status: int, size: int, validators: tuple[str | None, str | None]
    ) -> VisitReport:
        """A source that has nothing new: 304, or the same bytes."""
        return VisitReport(
            source_id=work.source.id,
            started_at=now,
            finished_at=now,
            outcome=VisitOutcome.UNCHANGED,
            next_due_at=self._next(work, now, failures=0),
            status=status,
            bytes_received=size,
            etag=validators[0],
            last_modified=validators[1],
            job=work.job,
        )

    def visit_failed(
        self,
        work: VisitWork,
        now: datetime,
        reason: str,
        detail: str,
        *,
        status: int | None = None,
        size: int = 0,
        until: datetime | None = None,
    ) -> VisitReport:
        """A source that could not be read; it is tried again ever more rarely. Of a push nothing is held against it."""
        if work.push_id is not None:
            return self.pushed(work, now, size, Discovery(problem=detail), reason)
        return VisitReport(
            source_id=work.source.id,
            started_at=now,
            finished_at=now,
            outcome=VisitOutcome.FAILED,
            next_due_at=self._next(work, now, failures=work.source.failures + 1, until=until),
            reason=reason,
            detail=detail,
            status=status,
            bytes_received=size,
            is_gone=status == _GONE,
            job=work.job,
        )

    def walled(self, work: VisitWork, now: datetime, wall: Wall, status: int, size: int = 0) -> VisitReport:
        """A source behind a wall."""
        reason = "unreadable"
        if wall.reason is Reason.CHALLENGE:
            reason = "challenge"
        elif wall.reason is Reason.CONSENT:
            reason = "consent"
        elif wall.reason is Reason.LOGIN:
            reason = "login"
        return self.visit_failed(work, now, reason, wall.detail, status=status, size=size)

    # ------------------------------------------------------------------------------ bad answers

    def blocked(self, work: Work, now: datetime, wall: Wall, status: int) -> Outcome:
        """A wall where an article or a source should be. It is not passed; a day later it may be gone."""
        if isinstance(work, VisitWork):
            return Outcome(work=work, report=self.walled(work, now, wall, status))
        return Outcome(work=work, verdict=self.ended(work.pending, now, wall.reason, wall.detail))

    def bad_status(self, work: Work, now: datetime, status: int, rests_until: datetime | None) -> Outcome:
        """An answer that is neither a success nor a redirect."""
        detail = f"answered {status}"
        if isinstance(work, VisitWork):
            report = self.visit_failed(work, now, f"http-{status}", detail, status=status, until=rests_until)
            return Outcome(work=work, report=report)
        if rests_until is not None and work.pending.tries < len(self._retry_delays_s):
            detail += f"; the host is left alone until {rests_until:%Y-%m-%d %H:%M:%S} UTC"
            is_try = status != _TOO_MANY
            verdict = Verdict(pending=work.pending, at=now, retry_at=rests_until, detail=detail, is_try=is_try)
            return Outcome(work=work, verdict=verdict)
        if may_pass(status) or status < 200:  # noqa: PLR2004
            return Outcome(work=work, verdict=self.retried(work.pending, now, detail))
        reason = _REASON_OF_STATUS.get(status, Reason.FAILED)
        return Outcome(work=work, verdict=self.ended(work.pending, now, reason, detail))

    def bad_redirect(self, work: Work, now: datetime, status: int, hops: int) -> Outcome:
        """A redirect that leads nowhere, or in a circle."""
        detail = f"more than {hops} redirects" if hops else f"answered {status} without a place to go to"
        if isinstance(work, VisitWork):
            return Outcome(work=work, report=self.visit_failed(work, now, "redirect-loop", detail, status=status))
        return Outcome(work=work, verdict=self.ended(work.pending, now, Reason.REDIRECT_LOOP, detail))

    def failed(self, work: Work, now: datetime, error: BaseException, host: str) -> Outcome | None:
        """No answer at all. None when that is not for the outlet to answer for: the worker is being stopped, or our
        own store does not answer.
        """
        if isinstance(error, (Stopping, StorageError)):
            return None
        name, detail = name_failure(error, host)
        if isinstance(work, VisitWork):
            until = error.until if isinstance(error, (HostResting, RobotsUnavailable)) else None
            return Outcome(work=work, report=self.visit_failed(work, now, name, detail, until=until))
        if isinstance(error, (HostResting, RobotsUnavailable)):
            return Outcome(work=work, verdict=self.postponed(work.pending, now, error.until, detail))
        reason = _FINAL.get(name)
        if reason is None:
            return Outcome(work=work, verdict=self.retried(work.pending, now, detail))
        return Outcome(work=work, verdict=self.ended(work.pending, now, reason, detail))

    def faulted(self, work: Work, now: datetime, error: BaseException) -> Outcome:
        """A fault of our own at it: tried again, with the waits and the end of every failure."""
        detail = f"a fault of Presswatch: {type(error).__name__}: {error}"[:1000]
        if isinstance(work, VisitWork):
            return Outcome(work=work, report=self.visit_failed(work, now, "fault", detail))
        return Outcome(work=work, verdict=self.retried(work.pending, now, detail))

    def refused(self, work: Work, now: datetime, error: UrlRefused) -> Outcome:
        """A redirect to what is never fetched."""
        if isinstance(work, VisitWork):
            return Outcome(work=work, report=self.visit_failed(work, now, "bad-url", str(error)))
        return Outcome(work=work, verdict=self.ended(work.pending, now, Reason.BAD_URL, str(error)))

    def _next(self, work: VisitWork, now: datetime, *, failures: int, until: datetime | None = None) -> datetime:
        return next_visit(now, work.source.interval_s, failures, self._random.random(), until)


#: Names of failures (of a visit they are its reason) that end a candidate at once.
_FINAL = {
    "robots": Reason.ROBOTS,
    "bad-url": Reason.BAD_URL,
    "refused-address": Reason.REFUSED_ADDRESS,
    "too-large": Reason.TOO_LARGE,
}
_NAMES: tuple[tuple[type[Exception], str], ...] = (
    (RobotsDisallowed, "robots"),
    (RobotsUnavailable, "robots-unavailable"),
    (HostResting, "resting"),
    (UrlRefused, "bad-url"),
    (CannotResolveHostError, "dns"),
    (DownloadTimeoutError, "timeout"),
    (DownloadCancelledError, "too-large"),
    (DownloadConnectionRefusedError, "connection"),
    (ResponseDataLossError, "cut-off"),
)
_TLS_WORDS = ("certificate", "SSL", "TLS", "tls")


def name_failure(error: BaseException, host: str) -> tuple[str, str]:
    """A short constant for a failure, and a sentence for a person."""
    text = str(error) or type(error).__name__
    refused = refusals.of(host)
    if isinstance(error, CannotResolveHostError) and refused:
        return "refused-address", f"{host} is at {refused}, which is no public address; see PRESSWATCH_ALLOW_NETWORKS"
    for kind, name in _NAMES:
        if isinstance(error, kind):
            return name, text
    if any(word in repr(error) for word in _TLS_WORDS):
        return "tls", text
    return "connection", text
