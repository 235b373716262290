"""What an answer, or the lack of one, means."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)

from crawler.fetch.errors import HostResting, RobotsDisallowed, RobotsUnavailable, Stopping, UrlRefused
from crawler.fetch.guard import refusals
from crawler.items import ArticleWork, VisitWork
from crawler.pipelines.judgement import Judge
from storage.errors import StoreUnavailable
from storage.records import (
    Candidate,
    Discovery,
    Outlet,
    PendingCandidate,
    Reason,
    Source,
    SourceKind,
    SourceState,
    VisitJob,
    VisitOutcome,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
HOST, PRIVATE_HOST = "example.org", "intranet.example.org"
OUTLET = Outlet(key="post", name="Post", home_url="https://example.org/")
JOB = VisitJob(source_id=1, domain=HOST, token=3, due_at=NOW)
RETRY_S = (30.0, 300.0)


@pytest.fixture
def judge() -> Judge:
    return Judge(RETRY_S, random.Random(1))


def article(tries: int = 0) -> ArticleWork:
    found = Candidate(url="https://example.org/1", key=1, found_url="https://example.org/1")
    pending = PendingCandidate(id=7, outlet_key="post", source_id=1, domain=HOST, candidate=found, tries=tries)
    return ArticleWork(domain=HOST, outlet=OUTLET, pending=pending)


def visit(failures: int = 0) -> VisitWork:
    source = Source(
        id=1,
        outlet_key="post",
        kind=SourceKind.FEED,
        url="https://example.org/feed",
        state=SourceState.OK,
        interval_s=900,
        failures=failures,
    )
    return VisitWork(domain=HOST, outlet=OUTLET, job=JOB, source=source)


# what kept an answer from coming -> the name of a visit's failure, and the end of a candidate (None: tried again)
FAILURES = {
    "robots.txt forbids it": (RobotsDisallowed("no"), "robots", Reason.ROBOTS),
    "robots.txt could not be read": (RobotsUnavailable("no", LATER), "robots-unavailable", None),
    "the host rests": (HostResting("no", LATER), "resting", None),
    "it is no web address": (UrlRefused("no"), "bad-url", Reason.BAD_URL),
    "its name is unknown": (CannotResolveHostError("no"), "dns", None),
    "it took too long": (DownloadTimeoutError("no"), "timeout", None),
    "it was larger than its cap": (DownloadCancelledError("no"), "too-large", Reason.TOO_LARGE),
    "nobody listens": (DownloadConnectionRefusedError("no"), "connection", None),
    "it was cut off": (ResponseDataLossError("no"), "cut-off", None),
    "its certificate is not trusted": (RuntimeError("certificate verify failed"), "tls", None),
    "anything else": (RuntimeError("surprise"), "connection", None),
    "an exception without words": (RuntimeError(), "connection", None),
}


@pytest.mark.parametrize(("error", "name", "end"), FAILURES.values(), ids=FAILURES.keys())
class TestNoAnswer:
    def test_a_visit_fails_with_that_name_and_is_due_again(self, error, name, end, judge):
        report = judge.failed(visit(), NOW, error, HOST).report
        assert (report.outcome, report.reason, report.job) == (VisitOutcome.FAILED, name, JOB)
        assert report.detail
        least = getattr(error, "until", NOW + timedelta(seconds=900 * 0.95))
        assert report.next_due_at >= least

    def test_a_candidate_ends_or_is_tried_again(self, error, name, end, judge):
        verdict = judge.failed(article(), NOW, error, HOST).verdict
        assert verdict.reason is end
        assert (verdict.retry_at is None) is (end is not None)
        assert verdict.detail

    def test_a_candidate_whose_tries_ran_out_has_failed_unless_its_host_wanted_it_so(self, error, name, end, judge):
        verdict = judge.failed(article(tries=2), NOW, error, HOST).verdict
        if isinstance(error, (HostResting, RobotsUnavailable)):
            assert (verdict.retry_at, verdict.is_try) == (LATER, False)
        else:
            assert verdict.reason is (end or Reason.FAILED)


@pytest.mark.parametrize("error", [Stopping("stop"), StoreUnavailable("no store")])
@pytest.mark.parametrize("work", [article(), visit()])
def test_what_is_no_fault_of_the_outlet_is_not_held_against_it(error, work, judge):
    assert judge.failed(work, NOW, error, HOST) is None


def test_a_private_address_is_told_as_such_and_final(judge):
    refusals.note(PRIVATE_HOST, "10.0.0.1")
    error = CannotResolveHostError("no results")
    assert judge.failed(visit(), NOW, error, PRIVATE_HOST).report.reason == "refused-address"
    verdict = judge.failed(article(), NOW, error, PRIVATE_HOST).verdict
    assert verdict.reason is Reason.REFUSED_ADDRESS
    assert "10.0.0.1" in verdict.detail


# status -> the end of a candidate; None: tried again
STATUSES = {
    400: Reason.FAILED,
    401: Reason.REFUSED,
    402: Reason.REFUSED,
    403: Reason.REFUSED,
    404: Reason.GONE,
    405: Reason.FAILED,
    406: Reason.FAILED,
    407: Reason.REFUSED,
    408: None,
    410: Reason.GONE,
    413: Reason.TOO_LARGE,
    421: None,
    423: None,
    425: None,
    429: None,
    451: Reason.REFUSED,
    100: None,
    304: Reason.FAILED,
    500: None,
    502: None,
    503: None,
    504: None,
    522: None,
    999: None,
}


@pytest.mark.parametrize(("status", "end"), STATUSES.items())
def test_a_bad_status_of_a_page(status: int, end: Reason | None, judge: Judge):
    verdict = judge.bad_status(article(), NOW, status, None).verdict
    assert verdict.reason is end
    assert str(status) in verdict.detail
    last = judge.bad_status(article(tries=2), NOW, status, None).verdict
    assert last.reason is (end or Reason.FAILED)


@pytest.mark.parametrize("status", STATUSES)
def test_a_bad_status_of_a_source_is_its_reason(status: int, judge: Judge):
    report = judge.bad_status(visit(), NOW, status, None).report
    assert (report.outcome, report.reason, report.status) == (VisitOutcome.FAILED, f"http-{status}", status)
    assert report.is_gone is (status == 410)


def test_a_page_of_a_host_that_now_rests_waits_as_long(judge: Judge):
    verdict = judge.bad_status(article(), NOW, 503, LATER).verdict
    assert verdict.retry_at == LATER


def test_a_source_of_a_host_that_now_rests_is_due_after_it(judge: Judge):
    assert judge.bad_status(visit(), NOW, 429, NOW + timedelta(days=7)).report.next_due_at == NOW + timedelta(days=7)


def test_waits_between_tries_grow_and_never_fall_into_step(judge: Judge):
    waits = [(judge.retried(article(tries=n).pending, NOW, "x").retry_at - NOW).total_seconds() for n in (0, 1)]
    assert 30 <= waits[0] <= 36
    assert 300 <= waits[1] <= 360
    assert judge.retried(article().pending, NOW, "x").retry_at != judge.retried(article().pending, NOW, "x").retry_at


def test_a_wait_until_a_moment_that_is_over_is_over(judge: Judge):
    assert judge.postponed(article().pending, NOW, NOW - timedelta(days=1), "x").retry_at == NOW


def test_a_source_that_could_not_be_parsed_has_failed(judge: Judge):
    report = judge.read(visit(), NOW, 200, 10, Discovery(problem="no feed at all"))
    assert (report.outcome, report.reason, report.detail) == (VisitOutcome.FAILED, "unreadable", "no feed at all")


def test_a_source_that_could_be_parsed_in_part_was_read(judge: Judge):
    found = Discovery(candidates=(article().pending.candidate,), problem="cut off after the first entry")
    report = judge.read(visit(failures=3), NOW, 200, 10, found)
    assert (report.outcome, report.listed, report.detail) == (VisitOutcome.READ, 1, "cut off after the first entry")


def test_an_empty_source_is_no_failure(judge: Judge):
    assert judge.read(visit(), NOW, 200, 10, Discovery()).outcome is VisitOutcome.READ


def test_a_newest_entry_in_the_future_does_not_silence_a_sitemap(judge: Judge):
    found = Discovery(candidates=(article().pending.candidate,), newest=NOW + timedelta(days=400))
    assert judge.read(visit(), NOW, 200, 10, found).newest_lastmod == NOW


def test_a_fault_of_our_own_is_tried_again_and_ends_with_its_reason(judge: Judge):
    assert judge.faulted(article(), NOW, KeyError("x")).verdict.retry_at > NOW
    last = judge.faulted(article(tries=2), NOW, KeyError("x")).verdict
    assert last.reason is Reason.FAILED
    assert "KeyError" in last.detail
    report = judge.faulted(visit(), NOW, ValueError("y" * 10_000)).report
    assert (report.reason, report.job) == ("fault", JOB)
    assert len(report.detail) <= 1000
