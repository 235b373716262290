"""OutletBook: outlets and their sources, as the catalogue and the operator want them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.errors import UnknownOutlet
from storage.records import EventKind, Outlet, OutletSource, Reason, SourceKind, SourceState, VisitOutcome
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import HOUR, NOW, outlet, report, source_ids

FULL = Outlet(
    key="trackpersia",
    name="Track Persia",
    home_url="https://trackpersia.example/",
    country="GB",
    languages=("en", "fa"),
    timezone="Europe/London",
    hosts=("cdn.example",),
    aliases=("تِرَک پرشیا",),
    sources=(
        OutletSource(kind=SourceKind.FEED, url="https://trackpersia.example/feed", verified="2026-07-30"),
        OutletSource(kind=SourceKind.SITEMAP, url="https://trackpersia.example/news.xml"),
    ),
    delay_s=2.5,
    interval_s=600,
    include=("/20",),
    exclude=("/tag/",),
    note="A note.",
)


def told(log: SqlEventLog) -> list[tuple[str | None, object]]:
    return [(event.outlet_key, event.payload["what"]) for event in log.since(0, 99)]


def test_an_outlet_comes_back_as_it_was_loaded(book: SqlOutletBook, event_log: SqlEventLog):
    assert book.load([FULL, outlet("a")], "shipped", NOW) == 2
    assert book.outlets() == [outlet("a"), FULL]
    assert told(event_log) == [("trackpersia", "added"), ("a", "added")]
    assert {event.kind for event in event_log.since(0, 9)} == {EventKind.OUTLET_CHANGED}


def test_loading_again_changes_what_changed_only(book: SqlOutletBook, event_log: SqlEventLog, crawl: SqlCrawlStore):
    book.load([FULL, outlet("a")], "shipped", NOW)
    ids = source_ids(crawl, "trackpersia")
    before = event_log.last_seq()
    assert book.load([FULL, outlet("a")], "shipped", NOW + HOUR) == 0
    assert event_log.last_seq() == before
    assert book.load([FULL, outlet("a", note="new")], "shipped", NOW + HOUR) == 1
    assert source_ids(crawl, "trackpersia") == ids


def test_new_sources_are_due_at_once_but_not_in_the_same_second(book: SqlOutletBook, crawl: SqlCrawlStore):
    book.load([outlet(feeds=3)], "shipped", NOW)
    assert [source.next_due_at for source in crawl.sources_of(["jpost"])] == [
        NOW + timedelta(seconds=number) for number in range(3)
    ]


def test_a_source_no_longer_named_is_visited_no_more_and_may_come_back(
    book: SqlOutletBook, crawl: SqlCrawlStore, library: SqlLibrary
):
    book.load([outlet(feeds=2)], "shipped", NOW)
    first, second = source_ids(crawl, "jpost")
    crawl.record_visit(report(second, etag='"1"'))
    book.load([outlet(feeds=1)], "shipped", NOW)
    assert source_ids(crawl, "jpost") == [first]
    assert [source.id for source in library.outlet_statuses(NOW)[0].sources] == [first]
    book.load([outlet(feeds=2)], "shipped", NOW)
    assert source_ids(crawl, "jpost") == [first, second]
    assert crawl.source(second).etag == '"1"'  # type: ignore[union-attr]


def test_a_source_may_change_its_kind(book: SqlOutletBook, crawl: SqlCrawlStore):
    book.load([outlet()], "shipped", NOW)
    listing = replace(outlet().sources[0], kind=SourceKind.LISTING)
    book.load([outlet(sources=(listing,))], "shipped", NOW)
    [source] = crawl.sources_of(["jpost"])
    assert source.kind is SourceKind.LISTING


def test_a_paused_outlet_stays_paused_until_it_is_resumed(
    book: SqlOutletBook, crawl: SqlCrawlStore, library: SqlLibrary, event_log: SqlEventLog
):
    book.load([outlet()], "shipped", NOW)
    book.set_paused("jpost", True, NOW)
    book.load([outlet(feeds=2, note="new")], "shipped", NOW)
    [status] = library.outlet_statuses(NOW)
    assert status.is_paused
    assert {source.state for source in status.sources} == {SourceState.PAUSED}
    assert status.next_visit_at is None
    assert crawl.due_sources(NOW + 99 * HOUR, 9) == []
    book.set_paused("jpost", False, NOW)
    assert len(crawl.due_sources(NOW + HOUR, 9)) == 2
    assert [what for _, what in told(event_log)] == ["added", "paused", "updated", "resumed"]


def test_resuming_does_not_bring_back_a_source_no_longer_named(book: SqlOutletBook, crawl: SqlCrawlStore):
    book.load([outlet(feeds=2)], "shipped", NOW)
    book.load([outlet(feeds=1)], "shipped", NOW)
    book.set_paused("jpost", True, NOW)
    book.set_paused("jpost", False, NOW)
    assert len(source_ids(crawl, "jpost")) == 1


def test_a_shipped_outlet_removed_by_hand_stays_removed_until_it_is_added_by_hand(
    book: SqlOutletBook, crawl: SqlCrawlStore, library: SqlLibrary
):
    book.load([outlet()], "shipped", NOW)
    book.remove("jpost", NOW)
    assert book.load([outlet(note="new")], "shipped", NOW) == 0
    assert book.outlets() == []
    assert library.outlet_statuses(NOW) == []
    assert crawl.due_sources(NOW + HOUR, 9) == []
    assert book.load([outlet()], "added", NOW) == 1
    assert book.outlets() == [outlet()]
    assert len(crawl.due_sources(NOW + HOUR, 9)) == 1


def test_the_catalogue_does_not_overwrite_an_outlet_added_by_hand(book: SqlOutletBook, library: SqlLibrary):
    mine = outlet(name="My name")
    book.load([mine], "added", NOW)
    assert book.load([outlet()], "shipped", NOW) == 0
    [status] = library.outlet_statuses(NOW)
    assert (status.outlet, status.origin) == (mine, "added")


@pytest.mark.parametrize("key", ["nobody", "removed"])
def test_an_outlet_that_is_not_there_is_told(key: str, book: SqlOutletBook):
    book.load([outlet("removed"), outlet("a")], "shipped", NOW)
    book.remove("removed", NOW)
    for call in (
        lambda: book.set_paused(key, True, NOW),
        lambda: book.remove(key, NOW),
    ):
        with pytest.raises(UnknownOutlet, match="outlets list"):
            call()


def test_a_catalogue_loaded_by_several_processes_and_visited_meanwhile(
    book: SqlOutletBook, crawl: SqlCrawlStore, database_url: str, event_log: SqlEventLog
):
    catalogue = [outlet(f"outlet{number}", feeds=2) for number in range(15)]
    book.load(catalogue[:3], "shipped", NOW)
    ids = source_ids(crawl, *(one.key for one in catalogue[:3]))
    errors: list[BaseException] = []

    def run(work: object) -> None:
        engine = open_engine(database_url)
        try:
            work(engine)  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            errors.append(error)
        engine.dispose()

    def load(engine: object) -> None:
        for note in ("one", "two", None):
            SqlOutletBook(engine, domain_of).load([replace(one, note=note) for one in catalogue], "shipped", NOW)  # type: ignore[arg-type]

    def visit(engine: object) -> None:
        store = SqlCrawlStore(engine, None, domain_of, 900)  # type: ignore[arg-type]
        for number in range(8):
            for source_id in reversed(ids):
                outcome = VisitOutcome.FAILED if number % 2 else VisitOutcome.READ
                store.record_visit(report(source_id, outcome=outcome))

    threads = [threading.Thread(target=run, args=(work,)) for work in (load, visit, load, visit)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert book.outlets() == sorted(catalogue, key=lambda one: one.name)
    assert len(source_ids(crawl, *(one.key for one in catalogue))) == 30


def test_what_waits_at_a_removed_outlet_ends_as_removed_and_waits_again_when_it_is_back(
    book: SqlOutletBook, crawl: SqlCrawlStore, library: SqlLibrary
):
    book.load([outlet()], "shipped", NOW)
    source = crawl.due_sources(NOW + HOUR, 9)[0]
    (waiting,) = crawl.record_visit(report(source.id, "https://www.jpost.com/a-1"))[1]
    book.remove("jpost", NOW)
    assert crawl.domains_pending(NOW + HOUR, 9) == []
    assert library.explain("", waiting.candidate.key)[0].reason is Reason.REMOVED
    book.load([outlet()], "added", NOW)
    assert crawl.domains_pending(NOW + HOUR, 9) == [waiting.domain]


def test_nothing_of_a_paused_outlet_is_fetched_until_it_is_resumed(book: SqlOutletBook, crawl: SqlCrawlStore):
    book.load([outlet()], "shipped", NOW)
    source = crawl.due_sources(NOW + HOUR, 9)[0]
    (waiting,) = crawl.record_visit(report(source.id, "https://www.jpost.com/a-1"))[1]
    book.set_paused("jpost", True, NOW)
    assert crawl.domains_pending(NOW + HOUR, 9) == []
    assert crawl.pending([waiting.domain], NOW + HOUR, 9) == []
    book.set_paused("jpost", False, NOW)
    assert [c.id for c in crawl.pending([waiting.domain], NOW + HOUR, 9)] == [waiting.id]


def test_a_source_that_was_gone_is_visited_again_after_resume(book: SqlOutletBook, crawl: SqlCrawlStore):
    book.load([outlet()], "shipped", NOW)
    source = crawl.due_sources(NOW + HOUR, 9)[0]
    crawl.record_visit(report(source.id, outcome=VisitOutcome.FAILED, is_gone=True, next_due_at=NOW))
    assert crawl.due_sources(NOW + HOUR, 9) == []
    book.set_paused("jpost", False, NOW)
    assert [due.id for due in crawl.due_sources(NOW + HOUR, 9)] == [source.id]
