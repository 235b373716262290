"""Retention: what is old enough goes after a plan, what is held, pinned or cited stays, and the files are written anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, update
from warcio.archiveiterator import ArchiveIterator

from storage.archive.archive import Archive
from storage.archive.files import Files
from storage.archive.rewriting import bodies_in, former_name, next_name
from storage.errors import BodyMissing, UnknownHold, UnknownRetentionOrder
from storage.records import (
    ArticleQuery,
    BodyRef,
    EventKind,
    Pin,
    Reason,
    RetentionOrder,
    RetentionRule,
    RetentionState,
    Stay,
)
from storage.retention.compacting import Compacted, compact
from storage.sql.captures import SqlCaptureBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import reading, writing
from storage.sql.events import SqlEventLog
from storage.sql.holds import SqlHoldBook
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from storage.sql.pins import SqlPinBook
from storage.sql.retaining import SqlRetentionBook
from storage.sql.schema import bodies as body_table
from storage.sql.story_tables import stories, story_articles
from tests.contract.sample_records import NOW, captured, extraction, listed, verdict
from tests.searching import found

A, B, C = (f"https://jpost.example/{name}" for name in "abc")
DAY = timedelta(days=1)
SOON = NOW + DAY


@pytest.fixture
def retention(engine: Engine) -> SqlRetentionBook:
    return SqlRetentionBook(engine)


@pytest.fixture
def holds(engine: Engine) -> SqlHoldBook:
    return SqlHoldBook(engine)


@pytest.fixture
def keep(crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive) -> Callable[..., str]:
    """Stores what was fetched of a URL, an article unless told otherwise; returns the digest of its body."""

    def one(url: str, page: bytes, *, is_article: bool = True, at=NOW) -> str:
        (found,) = listed(crawl, book, url)
        made = verdict(found, extraction(f"A text of {url}."), at=at)
        if not is_article:
            made = captured(made, bodies, page)
            made = verdict(found, at=at, reason=Reason.NOT_AN_ARTICLE, capture=made.capture, body_ref=made.body_ref)
        else:
            made = captured(made, bodies, page)
        crawl.record_verdicts([made])
        assert made.capture is not None
        return made.capture.digest

    return one


def rule(**changes) -> RetentionRule:
    return RetentionRule(outlet_key="jpost", **{"pages_before": SOON, **changes})


def planned(retention: SqlRetentionBook, *rules: RetentionRule) -> RetentionOrder:
    return retention.plan(rules or (rule(),), why="the year is over", by="ada", now=SOON, progress=lambda *_: None)


def carried_out(retention: SqlRetentionBook, order: RetentionOrder) -> RetentionOrder:
    retention.begin(order.id, by="ada", now=SOON)
    while retention.step(order.id, SOON):
        pass
    return retention.order(order.id)


def compacted(engine: Engine, folder: Path) -> list[Compacted]:
    return list(compact(engine, Files(folder=folder), wait_s=0, software="tests"))


def folder_of(bodies: Archive) -> Path:
    return bodies._folder


def records_in(folder: Path) -> list[tuple[str, str]]:
    """(type, URL) of all records, as warcio reads them."""
    found = []
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            found += [
                (each.rec_type, each.rec_headers.get_header("WARC-Target-URI") or "") for each in ArchiveIterator(file)
            ]
    return found


def place_of(engine: Engine, digest: str) -> BodyRef | None:
    return SqlCaptureBook(engine).body_of(digest)


# ------------------------------------------------------------------------------------------ choosing


def test_a_plan_counts_and_deletes_nothing(
    retention: SqlRetentionBook, keep: Callable[..., str], engine: Engine, bodies: Archive
):
    gone = keep(A, b"a page that was no article" * 50, is_article=False)
    keep(B, b"the page of an article")
    order = planned(retention)
    (count,) = order.planned
    assert (order.state, count.pages, count.texts, dict(count.stays)) == (RetentionState.PLANNED, 1, 0, {Stay.CITED: 1})
    place = place_of(engine, gone)
    assert place is not None
    assert count.page_bytes == place.length
    assert retention.deletions(order.id, ("", 0), 9) == []
    assert bodies.get(place, gone).startswith(b"a page")


def test_what_a_revision_cites_stays_until_its_text_goes(retention: SqlRetentionBook, keep: Callable[..., str]):
    cited = keep(A, b"the page of an article")
    assert carried_out(retention, planned(retention)).deleted[0].pages == 0
    order = carried_out(retention, planned(retention, rule(texts_before=SOON)))
    assert (order.deleted[0].pages, order.deleted[0].texts) == (1, 1)
    told = [each for _, each in retention.deletions(order.id, ("", 0), 9)]
    assert [(each.what, each.url, each.at, each.deleted_at) for each in told] == [
        ("page", A, NOW, SOON),
        ("text", A, NOW, SOON),
    ]
    assert told[0].digest == cited


def test_an_erased_text_leaves_headline_and_dates_and_is_found_no_more(
    retention: SqlRetentionBook, keep: Callable[..., str], engine: Engine, event_log: SqlEventLog
):
    keep(A, b"the page of an article")
    library = SqlLibrary(engine, 900)
    (article,) = library.articles(ArticleQuery())
    seq = event_log.last_seq()
    carried_out(retention, planned(retention, rule(texts_before=SOON)))
    (revision,) = library.article(article.id).revisions
    assert (revision.title, revision.body, revision.evidence) == ("Iran withdraws", "", ())
    assert revision.published is not None
    assert found(engine, "text") == []
    assert found(engine, "withdraws") == [article.id]
    kinds = [event.kind for event in event_log.since(seq, 9)]
    assert kinds == [EventKind.ORDER_GIVEN, EventKind.ARTICLE_ERASED]


def test_young_pages_and_other_outlets_stay(retention: SqlRetentionBook, keep: Callable[..., str]):
    keep(A, b"one", is_article=False, at=NOW + 2 * DAY)
    assert planned(retention).planned == ()
    assert planned(retention, RetentionRule(outlet_key="haaretz", pages_before=NOW + 9 * DAY)).planned == ()


def test_bytes_that_came_again_later_stay(retention: SqlRetentionBook, keep: Callable[..., str]):
    keep(A, b"the same", is_article=False)
    keep(B, b"the same", is_article=False, at=NOW + 2 * DAY)
    (count,) = planned(retention).planned
    assert (count.pages, dict(count.stays)) == (0, {Stay.YOUNGER: 1})


def test_what_is_pinned_stays_with_its_text(engine: Engine, retention: SqlRetentionBook, keep: Callable[..., str]):
    digest = keep(A, b"the page of an article")
    SqlPinBook(engine).pin([Pin(digest=digest, reason="vanished", since=NOW)])
    (count,) = carried_out(retention, planned(retention, rule(texts_before=SOON))).deleted
    assert (count.pages, count.texts, dict(count.stays)) == (0, 0, {Stay.PINNED: 2})


@pytest.mark.parametrize("what", ["article", "outlet", "story"])
def test_what_is_on_hold_stays_until_it_is_lifted(
    what: str, engine: Engine, retention: SqlRetentionBook, holds: SqlHoldBook, keep: Callable[..., str]
):
    keep(A, b"the page of an article")
    (article,) = SqlLibrary(engine, 900).articles(ArticleQuery())
    with writing(engine) as connection:
        made = insert(stories).values(created_at=NOW, updated_at=NOW, articles=1).returning(stories.c.id)
        story = connection.execute(made).scalar_one()
        member = {"article_id": article.id, "story_id": story, "revision": 1, "words": 3, "mark": 0, "algorithm": 1}
        connection.execute(insert(story_articles).values(member))
    target = {"article": {"article_id": article.id}, "outlet": {"outlet_key": "jpost"}, "story": {"story_id": story}}
    order = planned(retention, rule(texts_before=SOON))
    hold = holds.place(**target[what], why="a court asked for it", by="ada", now=SOON)
    with writing(engine) as connection:  # what was in the story when it was placed stays held
        connection.execute(update(story_articles).values(story_id=None))
    (count,) = carried_out(retention, order).deleted
    assert (count.pages, count.texts, dict(count.stays)) == (0, 0, {Stay.HELD: 2})
    assert [(each.why, each.by) for each in holds.holds()] == [("a court asked for it", "ada")]

    lifted = holds.lift(hold.id, why="the case is closed", by="bob", now=SOON)
    assert (lifted.lifted_by, lifted.lifted_why) == ("bob", "the case is closed")
    assert holds.holds() == []
    assert [each.id for each in holds.holds(with_lifted=True)] == [hold.id]
    with pytest.raises(UnknownHold):
        holds.lift(hold.id, why="again", by="bob", now=SOON)
    (count,) = carried_out(retention, planned(retention, rule(texts_before=SOON))).deleted
    assert (count.pages, count.texts) == (1, 1)


def test_an_order_that_is_not_there_is_told(retention: SqlRetentionBook):
    with pytest.raises(UnknownRetentionOrder, match="presswatch retention list"):
        retention.order(7)


# ------------------------------------------------------------------------------------------- files


def test_files_are_written_anew_without_what_is_deleted(
    engine: Engine, retention: SqlRetentionBook, keep: Callable[..., str], bodies: Archive, library: SqlLibrary
):
    gone, stays = keep(A, b"no article" * 99, is_article=False), keep(B, b"the page of an article" * 99)
    again = keep(C, b"no article" * 99, is_article=False)
    assert again == gone
    bodies.close()
    before = place_of(engine, stays)
    assert before is not None
    order = carried_out(retention, planned(retention))
    (done,) = compacted(engine, folder_of(bodies))
    assert (done.problem, done.gone > 0, done.freed > 0) == (None, True, True)
    assert place_of(engine, gone) is None
    after = place_of(engine, stays)
    assert after is not None
    assert bodies.get(after, stays) == b"the page of an article" * 99
    with pytest.raises(BodyMissing):
        bodies.get(before, stays)
    assert [record for record in records_in(folder_of(bodies)) if record[0] in ("response", "revisit")] == [
        ("response", B)
    ]
    assert ("metadata", A) in records_in(folder_of(bodies))  # address, moment and digest stay in the file
    files = {path.name for path in folder_of(bodies).iterdir()}
    assert {each for each in files if each.endswith(".warc.gz")} == {after.segment}
    assert after.segment.replace(".warc.gz", ".cdxj") in files
    assert {each.url for _, each in retention.deletions(order.id, ("", 0), 9)} == {A, C}
    assert compacted(engine, folder_of(bodies)) == []
    (article,) = library.articles(ArticleQuery())
    assert [each.digest for each in library.article(article.id).captures] == [stays]


def test_a_file_that_is_being_written_waits(
    engine: Engine, retention: SqlRetentionBook, keep: Callable[..., str], bodies: Archive
):
    keep(A, b"no article", is_article=False)
    carried_out(retention, planned(retention))
    (waits,) = compacted(engine, folder_of(bodies))
    assert "a worker writes it" in (waits.problem or "")
    bodies.close()
    (done,) = compacted(engine, folder_of(bodies))
    assert done.problem is None


def test_a_damaged_file_is_left_as_it_is(
    engine: Engine, retention: SqlRetentionBook, keep: Callable[..., str], bodies: Archive
):
    keep(A, b"no article", is_article=False)
    stays = keep(B, b"the page of an article" * 99)
    bodies.close()
    place = place_of(engine, stays)
    assert place is not None
    path = folder_of(bodies) / place.segment
    damaged = bytearray(path.read_bytes())
    damaged[place.offset + place.length // 2] ^= 1
    path.write_bytes(damaged)
    carried_out(retention, planned(retention))
    (left,) = compacted(engine, folder_of(bodies))
    assert f"the record at {place.offset}" in (left.problem or "")
    assert path.read_bytes() == damaged
    assert sorted(each.name for each in folder_of(bodies).glob("*.warc.gz*")) == [path.name]


def test_what_is_fetched_again_after_its_deletion_is_kept_again(
    engine: Engine, retention: SqlRetentionBook, keep: Callable[..., str], bodies: Archive
):
    """The writer knows the bytes still; whether their file was written anew by then or not, they are there after it."""
    gone = keep(A, b"no article" * 99, is_article=False)
    carried_out(retention, planned(retention))
    keep(B, b"no article" * 99, is_article=False, at=SOON)
    bodies.close()
    assert compacted(engine, folder_of(bodies)) == []
    place = place_of(engine, gone)
    assert place is not None
    assert bodies.get(place, gone) == b"no article" * 99

    order = carried_out(retention, planned(retention, rule(pages_before=SOON + DAY)))
    assert order.deleted[0].pages == 1
    compacted(engine, folder_of(bodies))
    keep(C, b"no article" * 99, is_article=False, at=SOON)
    bodies.sync()
    place = place_of(engine, gone)
    assert place is not None
    assert bodies.get(place, gone) == b"no article" * 99


@pytest.mark.parametrize("moment", ["before the switch", "after the switch"])
def test_killed_in_the_middle_it_is_done_again(
    moment: str, engine: Engine, retention: SqlRetentionBook, keep: Callable[..., str], bodies: Archive
):
    keep(A, b"no article" * 99, is_article=False)
    stays = keep(B, b"the page of an article" * 99)
    bodies.close()
    place = place_of(engine, stays)
    assert place is not None
    folder = folder_of(bodies)
    old = folder / place.segment
    content = old.read_bytes()
    carried_out(retention, planned(retention))
    if moment == "before the switch":
        (folder / next_name(old.name)).write_bytes(content[: len(content) // 2])
        assert [each.problem for each in compacted(engine, folder)] == [None]
    else:
        compacted(engine, folder)
        old.write_bytes(content)  # as a kill between the transaction and what follows leaves it
        compacted(engine, folder)
    after = place_of(engine, stays)
    assert after is not None
    assert bodies.get(after, stays) == b"the page of an article" * 99
    assert [path.name for path in folder.glob("*.warc.gz*")] == [after.segment]
    with reading(engine) as connection:
        marked = select(func.count()).where(body_table.c.deleted_by.is_not(None), body_table.c.segment != "")
        assert connection.execute(marked).scalar() == 0


def test_killed_before_a_file_without_anything_left_was_put_aside_it_still_goes(
    engine: Engine, retention: SqlRetentionBook, keep: Callable[..., str], bodies: Archive
):
    keep(A, b"no article" * 99, is_article=False)
    bodies.close()
    folder = folder_of(bodies)
    (old,) = folder.glob("*.warc.gz")
    content = old.read_bytes()
    carried_out(retention, planned(retention))
    compacted(engine, folder)
    old.write_bytes(content)  # as a kill between the transaction and what follows leaves it
    compacted(engine, folder)
    assert [path.name for path in folder.glob("*.warc.gz*")] == [next_name(old.name)]
    assert not [kind for kind, _ in records_in(folder) if kind == "response"]


def test_a_file_that_was_put_back_for_something_fetched_again_is_written_anew_the_next_time(
    engine: Engine, retention: SqlRetentionBook, keep: Callable[..., str], bodies: Archive
):
    again, gone = keep(A, b"fetched again" * 99, is_article=False), keep(B, b"no article" * 99, is_article=False)
    bodies.close()
    folder, place = folder_of(bodies), place_of(engine, again)
    assert place is not None
    carried_out(retention, planned(retention))
    run = compact(engine, Files(folder=folder), wait_s=0, software="tests")
    assert next(run).problem is None
    refer_to(engine, again, place)  # by one who had read where it is before all of that
    assert [each.problem is None for each in run] == [False]
    assert gone in bodies_in(folder / place.segment).values()
    assert [each.problem for each in compacted(engine, folder)] == [None]
    assert [digest for path in folder.glob("*.warc.gz*") for digest in bodies_in(path).values()] == [again]
    after = place_of(engine, again)
    assert after is not None
    assert bodies.get(after, again) == b"fetched again" * 99
    assert compacted(engine, folder) == []


def refer_to(engine: Engine, digest: str, place: BodyRef) -> None:
    """As a verdict does whose body was deleted since it was put."""
    kept = {"segment": place.segment, "offset": place.offset, "length": place.length, "deleted_by": None}
    with writing(engine) as connection:
        connection.execute(update(body_table).where(body_table.c.digest == digest).values(**kept, deleted_at=None))


def test_names_of_files_that_come_in_the_place_of_others():
    assert next_name("20260314T1-7-1.warc.gz") == "20260314T1-7-1-r1.warc.gz"
    assert next_name("20260314T1-7-1-r9.warc.gz") == "20260314T1-7-1-r10.warc.gz"
    assert former_name("20260314T1-7-1-r10.warc.gz") == "20260314T1-7-1-r9.warc.gz"
    assert former_name("20260314T1-7-1-r1.bodies") == "20260314T1-7-1.bodies"
    assert former_name("20260314T1-7-1.warc.gz") is None
