"""Stored articles that vanish: missed twice before it is told, with evidence, and told when they are back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from storage.archive.archive import Archive
from storage.records import (
    AbsenceKind,
    Capture,
    ChangeKind,
    ChangeQuery,
    Event,
    EventKind,
    Extraction,
    PendingCandidate,
    Reason,
    Stored,
    Verdict,
)
from storage.sql.change_book import SqlChangeBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from storage.sql.pins import SqlPinBook
from tests.contract.sample_records import HOUR, MINUTE, NOW, capture_of, captured, extraction, listed, verdict, words

URL = "https://jpost.example/a"
WHOLE = extraction(words("whole", 300))
TOLD = {EventKind.ARTICLE_VANISHED, EventKind.ARTICLE_RETURNED}


class Desk:
    """One stored article, asked for again and again."""

    def __init__(self, crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, bodies: Archive):
        self.crawl, self.engine, self.bodies = crawl, engine, bodies
        self.changes, self.pins = SqlChangeBook(engine), SqlPinBook(engine)
        [self.found] = listed(crawl, book, URL)
        made = captured(verdict(self.found, WHOLE), bodies, b"good page")
        [first] = crawl.record_verdicts([made])
        self.article_id = first.article_id or 0
        self.good = made.capture.digest if made.capture else ""
        self.start = SqlEventLog(engine).last_seq()

    def again(self) -> PendingCandidate:
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE candidates SET state = 'pending', reason = NULL, finished_at = NULL"))
        [found] = [
            one for one in self.crawl.pending(["jpost.example"], NOW + 9_999 * HOUR, 9) if one.id == self.found.id
        ]
        return found

    def answered(self, at: datetime, reason: Reason, detail: str = "", capture: Capture | None = None) -> Stored:
        made = Verdict(pending=self.again(), at=at, reason=reason, detail=detail or reason.value)
        if capture is not None:
            made = replace(made, capture=capture, body_ref=self.bodies.put(capture))
        [stored] = self.crawl.record_verdicts([made])
        return stored

    def read(self, at: datetime, page: Extraction) -> Stored:
        [stored] = self.crawl.record_verdicts(
            [captured(verdict(self.again(), page, at=at), self.bodies, f"{at}".encode())]
        )
        return stored

    def not_found(self, at: datetime, status: int = 404) -> Stored:
        return self.answered(at, Reason.GONE, f"answered {status}", answer(at, status))

    def told(self) -> list[Event]:
        return [event for event in SqlEventLog(self.engine).since(self.start, 99) if event.kind in TOLD]


def answer(at: datetime, status: int, *headers: tuple[str, str]) -> Capture:
    made = capture_of(URL, f"answered {status} at {at}".encode(), at)
    return replace(made, status=status, headers=headers)


@pytest.fixture
def desk(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, bodies: Archive) -> Desk:
    return Desk(crawl, book, engine, bodies)


def redirected(at: datetime, location: str) -> Capture:
    return answer(at, 302, ("Location", location))


WAYS: dict[str, tuple[AbsenceKind, Callable[[datetime], tuple[Reason, str, Capture | None]]]] = {
    "404": (AbsenceKind.NOT_FOUND, lambda at: (Reason.GONE, "answered 404", answer(at, 404))),
    "410": (AbsenceKind.GONE, lambda at: (Reason.GONE, "answered 410", answer(at, 410))),
    "the outlet's own not-found page": (AbsenceKind.SOFT_404, lambda at: (Reason.GONE, "it says so", answer(at, 200))),
    "a redirect to the front page": (
        AbsenceKind.FRONT_PAGE,
        lambda at: (Reason.GONE, "redirects to the front page", redirected(at, "https://jpost.example/")),
    ),
    "a redirect to the front page with a query": (
        AbsenceKind.FRONT_PAGE,
        lambda at: (Reason.NOT_AN_ARTICLE, "redirects", redirected(at, "/?from=404")),
    ),
    "a redirect to a search": (
        AbsenceKind.SOFT_404,
        lambda at: (Reason.GONE, "redirects to a search", redirected(at, "/search?q=a")),
    ),
    "a log-in form": (AbsenceKind.PAYWALL, lambda at: (Reason.LOGIN, "a log-in form", answer(at, 200))),
    "402": (AbsenceKind.PAYWALL, lambda at: (Reason.REFUSED, "answered 402", answer(at, 402))),
    "robots.txt": (AbsenceKind.ROBOTS, lambda at: (Reason.ROBOTS, "robots.txt disallows it", None)),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_missed_twice_is_told_once_with_its_evidence(desk: Desk, way):
    kind, answered = way
    first = desk.answered(NOW + HOUR, *answered(NOW + HOUR))
    assert first.reason is None  # it is looked at again
    assert desk.told() == []
    assert desk.changes.changes(ChangeQuery()) == []
    reason, detail, evidence = answered(NOW + 3 * HOUR)
    second = desk.answered(NOW + 3 * HOUR, reason, detail, evidence)
    assert second.reason is reason
    [event] = desk.told()
    assert (event.kind, event.article_id, event.outlet_key) == (EventKind.ARTICLE_VANISHED, desk.article_id, "jpost")
    assert (event.payload["absence"], event.payload["url"], event.payload["answers"]) == (kind, URL, 2)
    assert event.payload["last_good"] == desk.good
    assert event.payload["evidence"] == (evidence.digest if evidence else None)
    [change] = desk.changes.changes(ChangeQuery())
    assert (change.kind, change.absence, change.detail, change.revision) == (ChangeKind.VANISHED, kind, detail, 1)
    assert (change.capture_id is not None) == (evidence is not None)
    third = desk.answered(NOW + 9 * HOUR, *answered(NOW + 9 * HOUR))
    assert third.reason is reason
    assert len(desk.told()) == 1
    [absence] = desk.changes.absences_of(desk.article_id)
    assert (absence.answers, absence.first_at, absence.last_at) == (3, NOW + HOUR, NOW + 9 * HOUR)
    assert (absence.told_at, absence.ended_at) == (NOW + 3 * HOUR, None)


def test_the_last_good_capture_and_the_evidence_are_pinned(desk: Desk):
    evidence = [answer(NOW + hours * HOUR, 404) for hours in (1, 3)]
    desk.answered(NOW + HOUR, Reason.GONE, "answered 404", evidence[0])
    assert desk.pins.pinned([desk.good]) == set()
    desk.answered(NOW + 3 * HOUR, Reason.GONE, "answered 404", evidence[1])
    assert desk.pins.pinned([desk.good, *(each.digest for each in evidence)]) == {
        desk.good,
        *(each.digest for each in evidence),
    }


def test_the_second_look_waits_its_time(desk: Desk):
    desk.not_found(NOW + HOUR)
    with desk.engine.connect() as connection:
        not_before = connection.execute(text("SELECT not_before FROM candidates")).scalar_one()
    assert not_before == (NOW + 2 * HOUR).timestamp() * 1_000_000
    assert desk.crawl.pending(["jpost.example"], NOW + 2 * HOUR - MINUTE, 9) == []
    early = desk.not_found(NOW + HOUR + MINUTE)  # somebody asked sooner
    assert early.reason is None
    assert desk.told() == []
    assert desk.not_found(NOW + 2 * HOUR).reason is Reason.GONE
    assert len(desk.told()) == 1


def test_what_was_missed_once_and_is_there_again_is_not_told(desk: Desk):
    desk.not_found(NOW + HOUR)
    assert desk.read(NOW + 3 * HOUR, WHOLE).reason is Reason.UNCHANGED
    assert desk.changes.absences_of(desk.article_id) == []
    desk.not_found(NOW + 5 * HOUR)
    assert desk.told() == []


def test_what_vanished_can_come_back_changed_and_vanish_again(desk: Desk):
    for hours in (1, 3):
        desk.not_found(NOW + hours * HOUR, 410)
    assert desk.read(NOW + 5 * HOUR, replace(WHOLE, title="Iran stays")).reason is Reason.REVISED
    kinds = [change.kind for change in desk.changes.changes(ChangeQuery())]
    assert sorted(kinds) == [ChangeKind.RETURNED, ChangeKind.REVISED, ChangeKind.VANISHED]
    gone, back = desk.told()
    assert (back.kind, back.payload["absence"]) == (EventKind.ARTICLE_RETURNED, "410")
    assert desk.changes.absences_of(desk.article_id)[0].ended_at == NOW + 5 * HOUR
    for hours in (7, 9):
        desk.not_found(NOW + hours * HOUR)
    assert [event.kind for event in desk.told()] == [gone.kind, back.kind, gone.kind]


def test_an_answer_that_nothing_has_changed_says_that_it_is_there(desk: Desk):
    for hours in (1, 3):
        desk.not_found(NOW + hours * HOUR)
    desk.answered(NOW + 5 * HOUR, Reason.UNCHANGED, "answered 304")
    assert [event.kind for event in desk.told()] == [EventKind.ARTICLE_VANISHED, EventKind.ARTICLE_RETURNED]


@pytest.mark.parametrize("reason", [Reason.CHALLENGE, Reason.CONSENT, Reason.REFUSED, Reason.FAILED, Reason.UNREADABLE])
def test_what_is_about_us_or_the_moment_is_no_absence(desk: Desk, reason: Reason):
    for hours in (1, 3, 5):
        assert desk.answered(NOW + hours * HOUR, reason).reason is reason
    assert desk.told() == []


def test_a_teaser_where_the_whole_text_was_is_a_paywall_and_no_revision(desk: Desk):
    teaser = replace(WHOLE, body=" ".join(WHOLE.body.split()[:60]), marks=("partial",))
    assert desk.read(NOW + HOUR, teaser).reason is None
    assert desk.read(NOW + 3 * HOUR, teaser).reason is Reason.LOGIN
    [event] = desk.told()
    assert event.payload["absence"] == AbsenceKind.PAYWALL
    assert "60 of the 300 words" in event.payload["detail"]
    detail = SqlLibrary(desk.engine, 600).article(desk.article_id)
    assert [revision.body for revision in detail.revisions] == [WHOLE.body]
    assert desk.read(NOW + 5 * HOUR, WHOLE).reason is Reason.UNCHANGED
    assert desk.told()[-1].kind is EventKind.ARTICLE_RETURNED


def test_a_locked_page_that_still_shows_its_text_is_no_paywall(desk: Desk):
    assert desk.read(NOW + HOUR, replace(WHOLE, marks=("partial",))).reason is Reason.UNCHANGED


@pytest.mark.parametrize("is_read", [True, False], ids=["read as an article", "rejected"])
def test_a_page_that_was_answered_for_another_article_is_the_outlets_own_for_what_is_not_there(
    desk: Desk, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive, is_read: bool
):
    [other] = listed(crawl, book, "https://jpost.example/other")
    crawl.record_verdicts([captured(verdict(other, extraction(title="Another")), bodies, b"other page")])
    desk.again()
    pending = {one.id: one for one in crawl.pending(["jpost.example"], NOW + 99 * HOUR, 9)}
    page = extraction(words("popular", 80), title="Popular today") if is_read else None
    made = [
        captured(verdict(pending[each.id], page, at=NOW + HOUR, reason=Reason.NOT_AN_ARTICLE), bodies, b"popular")
        for each in (desk.found, other)
    ]
    assert [stored.reason for stored in crawl.record_verdicts(made)] == [None, None]
    made = [replace(each, at=NOW + 3 * HOUR) for each in made]
    assert [stored.reason for stored in crawl.record_verdicts(made)] == [Reason.GONE, Reason.GONE]
    assert [event.payload["absence"] for event in desk.told()] == [AbsenceKind.SOFT_404] * 2
    assert [change.kind for change in desk.changes.changes(ChangeQuery())] == [ChangeKind.VANISHED] * 2


def test_the_same_page_as_ever_is_the_articles_own_though_another_address_answers_it_too(
    desk: Desk, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    [other] = listed(crawl, book, "https://jpost.example/other")
    crawl.record_verdicts([captured(verdict(other, extraction(title="Another")), bodies, b"good page")])
    [stored] = crawl.record_verdicts([captured(verdict(desk.again(), WHOLE, at=NOW + HOUR), bodies, b"good page")])
    assert stored.reason is Reason.UNCHANGED


def test_another_address_that_led_to_it_says_nothing_of_the_article(
    desk: Desk, crawl: SqlCrawlStore, book: SqlOutletBook
):
    [short] = listed(crawl, book, "https://jpost.example/s/1")
    crawl.record_verdicts(
        [
            Verdict(
                pending=short, at=NOW, reason=Reason.SEEN, article_key=desk.found.candidate.key, detail="a short link"
            )
        ]
    )
    desk.again()
    [alias] = [one for one in crawl.pending(["jpost.example"], NOW + 99 * HOUR, 9) if one.id == short.id]
    for hours in (1, 3):
        made = Verdict(pending=alias, at=NOW + hours * HOUR, reason=Reason.GONE, detail="answered 404")
        [stored] = crawl.record_verdicts([made])
        assert stored.reason is Reason.GONE
        desk.again()
    assert desk.told() == []


def test_the_same_batch_stored_twice_counts_once(desk: Desk):
    made = Verdict(pending=desk.again(), at=NOW + HOUR, reason=Reason.GONE, detail="answered 404")
    desk.crawl.record_verdicts([made])
    desk.crawl.record_verdicts([made])  # as a worker does that did not hear the answer
    assert desk.told() == []
    later = replace(made, at=NOW + HOUR + timedelta(hours=2), pending=desk.again())
    desk.crawl.record_verdicts([later])
    desk.crawl.record_verdicts([later])
    assert len(desk.told()) == 1
