"""What outlets changed of their articles, as it is stored with each revision, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, text

from storage.archive.archive import Archive
from storage.records import (
    ChangeKind,
    ChangeQuery,
    Difference,
    EventKind,
    Extraction,
    Moment,
    Pin,
    Precision,
    Reason,
    Stored,
    Zone,
)
from storage.sql.change_book import SqlChangeBook
from storage.sql.change_filling import type_stored_revisions
from storage.sql.change_tables import article_changes
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import writing
from storage.sql.events import SqlEventLog
from storage.sql.outlets import SqlOutletBook
from storage.sql.pins import SqlPinBook
from tests.contract.sample_records import HOUR, NOW, captured, extraction, listed, verdict

URL = "https://jpost.example/a"
NOTICE = "Correction: An earlier version misspelled the name of the minister."


def moment(hours: float) -> Moment:
    return Moment(at=NOW + timedelta(hours=hours), precision=Precision.SECOND, rule="json-ld", zone=Zone.STATED)


FIRST = extraction("One.\n\nTwo.", modified=moment(-1))


@pytest.fixture
def changes(engine: Engine) -> SqlChangeBook:
    return SqlChangeBook(engine)


@pytest.fixture
def stored(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, bodies: Archive) -> Callable[..., list[Stored]]:
    """Stores the same article, fetched an hour apart, in one state after the other."""

    def store(*states: Extraction) -> list[Stored]:
        [found] = listed(crawl, book, URL)
        answers = []
        for number, state in enumerate(states):
            page = f"page {number}".encode()
            answers += crawl.record_verdicts([captured(verdict(found, state, at=NOW + number * HOUR), bodies, page)])
            with engine.begin() as connection:
                connection.execute(text("UPDATE candidates SET state = 'pending', reason = NULL, finished_at = NULL"))
            [found] = crawl.pending([found.domain], NOW + 99 * HOUR, 9)
        return answers

    return store


EDITS = {
    "a headline": ({"title": "Iran withdraws again"}, [Difference.HEADLINE], True),
    "a headline with a new modified date": (
        {"title": "Iran withdraws again", "modified": moment(0.5)},
        [Difference.HEADLINE, Difference.MODIFIED],
        False,
    ),
    "the text": ({"body": "One.\n\nThree."}, [Difference.BODY], True),
    "a byline": ({"authors": ("Anna Ahronheim", "Ben Cohen")}, [Difference.BYLINE], True),
    "the published date": ({"published": moment(-3)}, [Difference.PUBLISHED], True),
    "the modified date": ({"modified": moment(0.5)}, [Difference.MODIFIED], False),
    "a correction notice added": ({"body": f"One.\n\nTwo.\n\n{NOTICE}"}, [Difference.CORRECTION_ADDED], False),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_each_edit_is_a_revision_of_its_types(stored, engine: Engine, changes: SqlChangeBook, edit):
    edited, expected, is_stealth = edit
    start = SqlEventLog(engine).last_seq()
    answers = stored(FIRST, replace(FIRST, **edited), replace(FIRST, **edited))
    assert [answer.reason for answer in answers] == [Reason.STORED, Reason.REVISED, Reason.UNCHANGED]
    [change] = changes.changes(ChangeQuery())
    assert (change.kind, list(change.differences), change.is_stealth) == (ChangeKind.REVISED, expected, is_stealth)
    assert (change.outlet_key, change.article_id, change.revision, change.url) == (
        "jpost",
        answers[0].article_id,
        2,
        URL,
    )
    assert change.title == edited.get("title", FIRST.title)
    assert changes.differences_of(change.article_id) == {2: tuple(expected)}
    told = [event for event in SqlEventLog(engine).since(start, 9) if event.kind is EventKind.ARTICLE_REVISED]
    assert [(event.payload["changes"], event.payload["is_stealth"]) for event in told] == [(expected, is_stealth)]


def test_a_notice_that_is_taken_away_is_told_as_such(stored, engine: Engine, changes: SqlChangeBook):
    stored(replace(FIRST, body=f"{FIRST.body}\n\n{NOTICE}"), FIRST)
    [change] = changes.changes(ChangeQuery())
    assert (change.differences, change.is_stealth) == ((Difference.CORRECTION_REMOVED,), True)


def test_a_modified_date_that_moves_by_itself_makes_one_revision(stored, engine: Engine, changes: SqlChangeBook):
    dated = [replace(FIRST, modified=moment(number - 0.5)) for number in range(5)]
    words_too = replace(FIRST, modified=moment(9.5), body="One.\n\nTwo.\n\nThree.")
    answers = stored(*dated, words_too)
    assert [answer.reason for answer in answers].count(Reason.REVISED) == 2
    assert changes.changes(ChangeQuery(limit=1))[0].differences == (Difference.BODY, Difference.MODIFIED)


def test_changes_are_listed_by_what_is_asked_for_a_page_at_a_time(stored, engine: Engine, changes: SqlChangeBook):
    openly = replace(FIRST, body="One.\n\nTwo.\n\nThree.", modified=moment(0.5))
    stored(FIRST, openly, replace(openly, title="Another"))
    newest, older = changes.changes(ChangeQuery())
    assert (newest.is_stealth, older.is_stealth) == (True, False)
    assert changes.changes(ChangeQuery(is_stealth=True)) == [newest]
    assert changes.changes(ChangeQuery(outlet_key="jpost", limit=1)) == [newest]
    assert changes.changes(ChangeQuery(before_id=newest.id)) == [older]
    assert changes.changes(ChangeQuery(outlet_key="other")) == []
    assert changes.changes(ChangeQuery(kind=ChangeKind.VANISHED)) == []
    assert changes.changes(ChangeQuery(article_id=newest.article_id)) == [newest, older]
    assert changes.newest_change() == (newest.id, newest.at)
    before, after = changes.wordings([newest, older])[newest.id]
    assert (before.title, after.title, after.body) == (FIRST.title, "Another", openly.body)


def test_revisions_of_before_get_the_types_that_they_would_get_today(stored, engine: Engine, changes: SqlChangeBook):
    stored(FIRST, *(replace(FIRST, **edited) for edited, _, _ in EDITS.values()))
    before = [replace(change, id=0) for change in changes.changes(ChangeQuery())]
    assert len(before) == len(EDITS)
    with writing(engine) as connection:
        connection.execute(delete(article_changes))
        assert type_stored_revisions(connection) == len(EDITS)
    assert [replace(change, id=0) for change in changes.changes(ChangeQuery())] == before


def test_a_body_is_pinned_until_the_last_reason_is_gone(engine: Engine):
    pins = SqlPinBook(engine)
    pins.pin([Pin(digest="a" * 64, reason=reason, since=NOW, article_id=1) for reason in ("vanished", "evidence")])
    pins.pin([Pin(digest="a" * 64, reason="vanished", since=NOW + HOUR)])
    assert pins.pinned(["a" * 64, "b" * 64]) == {"a" * 64}
    assert pins.unpin("a" * 64, "vanished")
    assert not pins.unpin("a" * 64, "vanished")
    assert pins.pinned(["a" * 64]) == {"a" * 64}
    assert pins.unpin("a" * 64, "evidence")
    assert pins.pinned(["a" * 64]) == set()
