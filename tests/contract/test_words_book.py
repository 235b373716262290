"""WordsBook: stored words are those that were read, and whatever changes them in the store is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, update

from storage.archive.archive import Archive
from storage.records import (
    Evidence,
    LiveEntry,
    Moment,
    OptOut,
    Picture,
    Precision,
    ReadAgain,
    Unread,
    Zone,
)
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import reading, writing
from storage.sql.outlets import SqlOutletBook
from storage.sql.readings import SqlReadingBook
from storage.sql.schema import revisions
from storage.sql.words import SqlWordsBook
from storage.sql.words_digest import READ_COLUMNS
from tests.contract.sample_records import HOUR, NOW, captured, extraction, listed, verdict

A = "https://jpost.example/a"
MOMENT = Moment(at=NOW.replace(microsecond=123_456), precision=Precision.MINUTE, rule="meta", zone=Zone.STATED)
ODD = extraction(
    "Words with \x00, half a pair \ud83d, a whole one \U0001f600 and \u05e9\u05dc\u05d5\u05dd.",
    title="“Odd” \u202e\u0007",
    authors=("A \ud800 B",),
    modified=MOMENT,
    tags=("x", "\x00"),
    lead_image=Picture(url="https://jpost.example/a.jpg", caption="c", credit=None),
    entries=(LiveEntry(headline="h", text="t \x00", at=MOMENT),),
    origins=(("rule", "https://other.example/"),),
    opt_outs=(OptOut(name="noai", rule="meta robots"),),
    evidence=(Evidence(field="title", rule="h1", value="v", lost=(("og", "w"),)),),
)


@pytest.fixture
def words(engine: Engine) -> SqlWordsBook:
    return SqlWordsBook(engine)


@pytest.fixture
def stored(crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive) -> int:
    """The id of an article of one revision with all that a page may say."""
    (found,) = listed(crawl, book, A)
    (done,) = crawl.record_verdicts([captured(verdict(found, ODD), bodies, b"<p>page</p>")])
    assert done.article_id is not None
    return done.article_id


@pytest.mark.usefixtures("stored")
def test_words_are_as_they_were_read_until_any_of_their_columns_is_changed(engine: Engine, words: SqlWordsBook):
    clean = words.check(0, words.last())
    assert (clean.revisions, clean.unsealed, clean.problems) == (1, 0, ())
    with reading(engine) as connection:
        row = connection.execute(select(revisions)).mappings().one()
    for name in READ_COLUMNS:
        was = row[name]
        changed = was + HOUR if isinstance(was, datetime) else [["other"]] if isinstance(was, list) else "2"
        with writing(engine) as connection:
            connection.execute(update(revisions).values({name: 7 if name == "words" else changed}))
        (problem,) = words.check(0, words.last()).problems
        assert "revision 1 of article 1: its stored words are not those that were read" in problem.problem, name
        assert problem.url == A
        with writing(engine) as connection:
            connection.execute(update(revisions).values({name: was}))
    assert words.check(0, words.last()).problems == ()


def test_the_digest_goes_with_the_reading_in_force(engine: Engine, words: SqlWordsBook, stored: int):
    readings = SqlReadingBook(engine)
    order = readings.begin(["jpost"], since=None, extractor="2", by="command", now=NOW)
    (one,) = readings.to_read(order.id, "jpost", 0, 9)
    other = extraction("Other words.", title="Another", extractor="2")
    readings.note(
        order.id,
        "jpost",
        [ReadAgain(revision_id=one.id, extraction=other)],
        before=0,
        upto=one.article_id,
        articles=1,
    )
    readings.end(order.id, NOW)
    digests = []
    for is_kept in (True, False):
        readings.turn(order.id, is_kept=is_kept, by="command", now=NOW)
        while not readings.exchange(order.id, 9, NOW).is_done:
            pass
        assert words.check(0, words.last()).problems == ()
        with reading(engine) as connection:
            digests.append(connection.execute(select(revisions.c.words_digest)).scalar_one())
    assert digests[0] != digests[1]
    assert one.article_id == stored


@pytest.mark.usefixtures("stored")
def test_what_an_older_version_stored_gets_a_digest_once_whoever_stored_it_has_ended(
    engine: Engine, words: SqlWordsBook
):
    with writing(engine) as connection:
        connection.execute(update(revisions).values(words_digest=None))
    assert (words.check(0, words.last()).revisions, words.check(0, words.last()).unsealed) == (0, 1)
    assert words.seal(10, NOW) == 0
    assert words.seal(10, NOW + HOUR) == 1
    assert words.seal(10, NOW + HOUR) == 0
    assert (words.check(0, words.last()).revisions, words.check(0, words.last()).unsealed) == (1, 0)


@pytest.mark.usefixtures("stored")
def test_words_read_again_are_compared_but_for_lines_that_were_learned_meanwhile(words: SqlWordsBook):
    (found,) = words.to_read("jpost", "1", 0, 9)
    assert words.to_read("jpost", "2", 0, 9) == []
    assert words.to_read("jpost", "1", found.article_id, 9) == []
    assert found.page is not None
    shorter = replace(ODD, body="Words.", compared=ODD.body)
    cases = {
        "the same": (ReadAgain(revision_id=found.id, extraction=ODD), None),
        "a learned line was dropped": (ReadAgain(revision_id=found.id, extraction=shorter), None),
        "another text": (
            ReadAgain(revision_id=found.id, extraction=replace(ODD, body="Other.")),
            "1 reads another text from capture 1 than is stored",
        ),
        "another headline and date": (
            ReadAgain(
                revision_id=found.id,
                extraction=replace(ODD, title="T", published=replace(MOMENT, at=datetime(2026, 1, 1, tzinfo=UTC))),
            ),
            "1 reads another title and published from capture 1 than is stored",
        ),
        "no article": (ReadAgain(revision_id=found.id, unread=Unread.REJECTED), "for no article"),
    }
    for what, (again, told) in cases.items():
        checked = words.compare([again])
        assert (checked.revisions, checked.left) == (1, 0), what
        assert [told in problem.problem for problem in checked.problems] == ([True] if told else []), what
    assert words.compare([ReadAgain(revision_id=found.id, unread=Unread.DAMAGED)]).left == 1


@pytest.mark.usefixtures("stored")
def test_a_text_that_retention_deleted_is_not_compared(engine: Engine, words: SqlWordsBook):
    with writing(engine) as connection:
        connection.execute(update(revisions).values(body="", evidence=[], erased_by=1, erased_at=NOW))
    assert words.check(0, words.last()).revisions == 0
    assert words.to_read("jpost", "1", 0, 9) == []
