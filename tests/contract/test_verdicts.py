"""CrawlStore.record_verdicts: how articles and revisions are born, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from storage.archive.archive import Archive
from storage.errors import BodyMissing, UnknownArticle
from storage.records import (
    BodyRef,
    EventKind,
    Evidence,
    LiveEntry,
    Moment,
    PendingCandidate,
    Picture,
    Precision,
    Reason,
    Zone,
)
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import (
    HOUR,
    MINUTE,
    NOW,
    capture_of,
    captured,
    extraction,
    key_of,
    listed,
    source_ids,
    verdict,
    words,
)
from tests.searching import found as found_by

A, B, C = (f"https://jpost.example/{name}" for name in "abc")
TABLES = ("articles", "revisions", "captures", "bodies", "events")


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES}


def again(found: PendingCandidate, crawl: SqlCrawlStore, engine: Engine) -> PendingCandidate:
    """The candidate as a re-crawl gives it: pending once more."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE candidates SET state = 'pending', reason = NULL, finished_at = NULL WHERE id = :id"),
            {"id": found.id},
        )
    [pending] = [one for one in crawl.pending([found.domain], NOW + 99 * HOUR, 999) if one.id == found.id]
    return pending


# ------------------------------------------------------------------------------------- articles


def test_a_new_article_is_stored_with_all_that_was_read(
    crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive, library: SqlLibrary, event_log: SqlEventLog
):
    [found] = listed(crawl, book, A)
    text_of = extraction(
        credit="The Jerusalem Post",
        section="Middle East",
        lead_image=Picture(url="https://jpost.example/i.jpg", caption="Iran", credit="Reuters"),
        tags=("Iran", "Hezbollah"),
        entries=(
            LiveEntry(
                headline="A shot",
                text="One.\n\nTwo.",
                at=Moment(at=NOW, precision=Precision.MINUTE, rule="json-ld", zone=Zone.STATED),
            ),
            LiveEntry(text="Before."),
        ),
        modified=Moment(at=NOW, precision=Precision.DAY, rule="meta", zone=Zone.NONE),
        evidence=(Evidence(field="title", rule="json-ld", value="Iran withdraws", lost=(("og:title", "Iran"),)),),
    )
    start = event_log.last_seq()
    made = captured(verdict(found, text_of), bodies, b"<html>page</html>")
    [answer] = crawl.record_verdicts([made])
    assert (answer.candidate_id, answer.reason, answer.keys) == (found.id, Reason.STORED, (found.candidate.key,))
    article = library.article(answer.article_id or 0)
    [revision] = article.revisions
    for field in ("title", "authors", "body", "published", "modified", "language", "credit", "section", "lead_image", "tags", "entries", "evidence", "extractor"):  # fmt: skip
        assert getattr(revision, field) == getattr(text_of, field)
    assert (revision.number, revision.seen_at) == (1, NOW)
    [capture] = article.captures
    assert revision.capture_id == capture.id
    assert (capture.digest, capture.size, capture.status) == (made.capture.digest, 17, 200)  # type: ignore[union-attr]
    assert capture.headers == (("Content-Type", "text/html"),)
    assert (article.summary.url, article.summary.words, article.other_urls) == (A, 4, ())
    assert (article.summary.section, article.summary.tags) == ("Middle East", ("Iran", "Hezbollah"))
    [event] = event_log.since(start, 9)
    assert (event.kind, event.article_id, event.outlet_key) == (EventKind.ARTICLE_STORED, answer.article_id, "jpost")
    assert event.payload == {"url": A, "title": "Iran withdraws", "language": "en"}


def test_every_page_of_an_article_is_kept_with_it_and_once(
    crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive, library: SqlLibrary
):
    [found] = listed(crawl, book, A)
    pages = [capture_of(f"{A}/{number}", f"<html>page {number}</html>".encode()) for number in (2, 3)]
    further = tuple((page, bodies.put(page)) for page in pages)
    made = replace(captured(verdict(found, extraction()), bodies), further=further)
    [answer] = crawl.record_verdicts([made])
    assert crawl.record_verdicts([made]) == [answer]
    article = library.article(answer.article_id or 0)
    assert [capture.final_url for capture in article.captures] == [f"{A}/3", f"{A}/2", A]
    assert article.revisions[0].capture_id == article.captures[-1].id


def test_a_kept_body_is_read_back_by_its_digest(
    crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive, engine: Engine
):
    pages = {url: f"<html>{words(url, 900)}</html>".encode() for url in (A, B)}
    crawl.record_verdicts([captured(verdict(one, extraction(one.candidate.url)), bodies, pages[one.candidate.url]) for one in listed(crawl, book, A, B)])  # fmt: skip
    with engine.connect() as connection:
        kept = connection.execute(text('SELECT digest, segment, "offset", length FROM bodies')).all()
    assert {bodies.get(BodyRef(segment=s, offset=o, length=n), digest) for digest, s, o, n in kept} == set(
        pages.values()
    )
    with pytest.raises(BodyMissing):
        bodies.get(BodyRef(segment=kept[0][1], offset=kept[0][2], length=kept[0][3]), "0" * 64)


def test_the_same_words_again_make_no_revision(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, bodies: Archive, library: SqlLibrary
):
    [found] = listed(crawl, book, A)
    [first] = crawl.record_verdicts([captured(verdict(found, extraction("One.\n\nTwo.")), bodies, b"first")])
    before = counts(engine)
    same = extraction("One. \n\n Two.", modified=Moment(at=NOW, precision=Precision.DAY, rule="x", zone=Zone.NONE))
    [second] = crawl.record_verdicts(
        [captured(verdict(again(found, crawl, engine), same, at=NOW + HOUR), bodies, b"second")]
    )
    assert (second.reason, second.article_id) == (Reason.UNCHANGED, first.article_id)
    assert counts(engine) == before | {"captures": 2, "bodies": 2}
    assert library.article(first.article_id or 0).summary.updated_at == NOW


def test_changed_words_make_exactly_one_revision(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, library: SqlLibrary, event_log: SqlEventLog
):
    [found] = listed(crawl, book, A)
    crawl.record_verdicts([verdict(found, extraction("One."))])
    start = event_log.last_seq()
    changed = verdict(again(found, crawl, engine), extraction("Two.", language="he"), at=NOW + HOUR)
    [answer] = crawl.record_verdicts([changed])
    assert answer.reason is Reason.REVISED
    assert crawl.record_verdicts([changed])[0].article_id == answer.article_id
    article = library.article(answer.article_id or 0)
    assert [(one.number, one.body, one.seen_at) for one in article.revisions] == [
        (2, "Two.", NOW + HOUR),
        (1, "One.", NOW),
    ]
    assert (article.summary.revisions, article.summary.updated_at) == (2, NOW + HOUR)
    assert (article.summary.language, article.summary.first_seen_at) == ("he", NOW)
    assert [event.kind for event in event_log.since(start, 9)] == [EventKind.ARTICLE_REVISED]


CHANGES = {
    "headline": {"title": "Other"},
    "byline": {"authors": ("Someone Else",)},
    "published date": {"published": None},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_each_of_an_articles_own_words_counts(
    change: dict[str, object], crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine
):
    [found] = listed(crawl, book, A)
    crawl.record_verdicts([verdict(found, extraction())])
    [answer] = crawl.record_verdicts([verdict(again(found, crawl, engine), replace(extraction(), **change))])
    assert answer.reason is Reason.REVISED


def test_the_same_article_under_another_url_is_one_article(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    first, amp = listed(crawl, book, A, A + "/amp")
    own = {"article_url": A, "article_key": key_of(A)}
    [stored] = crawl.record_verdicts([verdict(first, extraction(), **own)])
    [alias] = crawl.record_verdicts([verdict(amp, extraction(), **own)])
    assert (alias.reason, alias.article_id) == (Reason.UNCHANGED, stored.article_id)
    assert set(alias.keys) == {key_of(A), key_of(A + "/amp")}
    assert crawl.known_articles([key_of(A), key_of(A + "/amp"), 5]) == dict.fromkeys(alias.keys, stored.article_id)
    article = library.article_at(A + "/amp", key_of(A + "/amp"))
    assert article.other_urls == (A + "/amp",)
    assert article == library.article_at(A, key_of(A))
    assert [story.article_id for story in library.explain(A + "/amp", key_of(A + "/amp"))] == [stored.article_id]


def test_a_variant_whose_article_is_stored_first_leads_to_the_article(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    [amp] = listed(crawl, book, A + "/amp")
    [stored] = crawl.record_verdicts([verdict(amp, extraction(), article_url=A, article_key=key_of(A))])
    assert library.article_at(A, key_of(A)).summary.url == A
    assert library.article(stored.article_id or 0).other_urls == (A + "/amp",)


def test_another_outlet_or_a_variant_never_revises_an_article(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    own = {"article_url": A, "article_key": key_of(A)}
    [first, amp] = listed(crawl, book, A, A + "/amp")
    [other] = listed(crawl, book, A, key="trackpersia")
    crawl.record_verdicts([verdict(first, extraction("One."), **own)])
    got = crawl.record_verdicts(
        [verdict(other, extraction("Two."), **own), verdict(amp, extraction("Three."), is_variant=True, **own)]
    )
    assert [answer.reason for answer in got] == [Reason.UNCHANGED, Reason.UNCHANGED]
    assert [one.body for one in library.article_at(A, key_of(A)).revisions] == ["One."]


def test_a_seen_url_leads_to_its_article(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    first, variant, stray = listed(crawl, book, A, B, C)
    [stored] = crawl.record_verdicts([verdict(first, extraction())])
    got = crawl.record_verdicts(
        [
            verdict(variant, reason=Reason.SEEN, article_url=A, article_key=key_of(A)),
            verdict(stray, reason=Reason.SEEN, article_url="https://jpost.example/x", article_key=12),
        ]
    )
    assert [(answer.reason, answer.article_id) for answer in got] == [
        (Reason.SEEN, stored.article_id),
        (Reason.SEEN, None),
    ]
    assert library.article_at(B, key_of(B)).summary.id == stored.article_id
    with pytest.raises(UnknownArticle, match="presswatch explain"):
        library.article_at(C, key_of(C))


# ------------------------------------------------------------------------- ends without an article


def test_every_reason_ends_a_candidate_and_is_told(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, bodies: Archive
):
    reasons = [reason for reason in Reason if reason not in {Reason.STORED, Reason.REVISED, Reason.UNCHANGED}]
    urls = [f"https://jpost.example/{reason.value}" for reason in reasons]
    found = listed(crawl, book, *urls)
    made = [
        captured(verdict(one, reason=reason, detail=f"because {reason.value}"), bodies)
        for one, reason in zip(found, reasons, strict=True)
    ]
    assert [answer.reason for answer in crawl.record_verdicts(made)] == reasons
    for url, reason in zip(urls, reasons, strict=True):
        [story] = library.explain(url, key_of(url))
        assert (story.state, story.reason, story.detail) == ("done", reason, f"because {reason.value}")
        assert (story.tries, story.finished_at) == (1, NOW)
    assert crawl.pending_count() == (0, None)


def test_a_retry_stays_pending_and_its_capture_is_kept(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, bodies: Archive, engine: Engine
):
    [found] = listed(crawl, book, A)
    later = captured(verdict(found, retry_at=NOW + HOUR, detail="503"), bodies)
    for _ in range(2):  # the second time tells nothing new
        assert crawl.record_verdicts([later])[0].reason is None
    [story] = library.explain(A, key_of(A))
    assert (story.state, story.tries, story.not_before, story.detail) == ("pending", 1, NOW + HOUR, "503")
    assert counts(engine)["captures"] == 1
    [waited] = crawl.pending([found.domain], NOW + HOUR, 9)
    held_up = verdict(waited, retry_at=NOW + 2 * HOUR, detail="asked to wait", is_try=False)
    crawl.record_verdicts([held_up])
    [story] = library.explain(A, key_of(A))
    assert (story.tries, story.not_before) == (1, NOW + 2 * HOUR)
    assert crawl.record_verdicts([verdict(waited, extraction())])[0].reason is Reason.STORED


# -------------------------------------------------------------------------- batches, replays, races


def test_a_batch_stored_twice_gives_the_same_answers_and_writes_nothing(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, bodies: Archive
):
    urls = [f"https://jpost.example/{number}" for number in range(8)]
    found = listed(crawl, book, *urls)
    batch = [captured(verdict(one, extraction(one.candidate.url)), bodies) for one in found[:4]]
    batch.append(captured(verdict(found[4], extraction(), article_url=urls[0], article_key=key_of(urls[0])), bodies))
    batch.append(captured(verdict(found[5], reason=Reason.GONE), bodies))
    batch.append(verdict(found[6], reason=Reason.SEEN, article_url=urls[1], article_key=key_of(urls[1])))
    batch.append(captured(verdict(found[7], retry_at=NOW + HOUR), bodies))
    first = crawl.record_verdicts(batch)
    before = counts(engine)
    assert crawl.record_verdicts(batch) == first
    assert crawl.record_verdicts(batch[::-1]) == first[::-1]
    assert counts(engine) == before
    assert crawl.record_verdicts([]) == []


def test_one_article_several_times_in_one_batch(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, engine: Engine
):
    own = {"article_url": A, "article_key": key_of(A)}
    first, second, third = listed(crawl, book, A, B, C)
    batch = [
        verdict(first, extraction("One."), **own),
        verdict(first, extraction("One."), **own),
        verdict(second, extraction("One."), **own),
        verdict(third, extraction("Two."), at=NOW + MINUTE, **own),
    ]
    got = crawl.record_verdicts(batch)
    assert len({answer.article_id for answer in got}) == 1
    assert [answer.reason for answer in got] == [Reason.STORED, Reason.STORED, Reason.UNCHANGED, Reason.REVISED]
    article = library.article(got[0].article_id or 0)
    assert [one.body for one in article.revisions] == ["Two.", "One."]
    assert found_by(engine, "two") == [article.summary.id]
    assert found_by(engine, "one") == []


def test_an_exception_in_the_middle_of_a_batch_leaves_nothing(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, bodies: Archive
):
    found = listed(crawl, book, A, B, C)
    before = counts(engine)
    batch = [captured(verdict(one, extraction(one.candidate.url)), bodies) for one in found]
    broken = replace(batch[1], at=NOW.replace(tzinfo=None))  # a naive time cannot be stored
    with pytest.raises(Exception, match="zone"):
        crawl.record_verdicts([batch[0], broken, batch[2]])
    assert counts(engine) == before
    assert crawl.pending_count()[0] == 3
    assert [answer.reason for answer in crawl.record_verdicts(batch)] == [Reason.STORED] * 3


def test_hostile_text_in_an_article_is_kept_as_far_as_it_can_be(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, bodies: Archive
):
    library = SqlLibrary(engine, 900)
    odd = "a\x00b \ud83d c \udc00 \u202e \U0001f4f0 '\"; DROP TABLE articles; --" + "x" * 3_000
    text_of = extraction(
        odd, title=odd, authors=(odd,), language=odd, credit=odd, section=odd, lead_image=Picture(url=odd, caption=odd, credit=odd), tags=(odd,),
        entries=(LiveEntry(headline=odd, text=odd),),
        evidence=(Evidence(field=odd, rule=odd, value=odd, lost=((odd, odd),)),),
    )  # fmt: skip
    [found] = listed(crawl, book, A)
    capture = replace(capture_of(A, b"x"), headers=((odd, odd),), final_url=A + odd)
    made = verdict(found, text_of, capture=capture, body_ref=bodies.put(capture), detail=odd)
    [answer] = crawl.record_verdicts([made])
    assert answer.reason is Reason.STORED
    assert library.article(answer.article_id or 0).revisions[0].body.startswith("a\ufffdb \ufffd c")
    assert found_by(engine, "drop table") == [answer.article_id]
    assert crawl.record_verdicts([made]) == [answer]


def test_threads_that_store_the_same_articles_at_once_store_each_once(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, database_url: str, bodies: Archive
):
    urls = [f"https://jpost.example/{number}" for number in range(12)]
    variants = {key: listed(crawl, book, *urls, key=key) for key in ("jpost", "b", "c", "d")}

    def store(key: str, own: SqlCrawlStore) -> None:
        batch = [
            captured(
                verdict(one, extraction(one.candidate.url), article_url=url, article_key=key_of(url)),
                bodies,
                url.encode(),
            )
            for one, url in zip(variants[key], urls, strict=True)
        ]
        if key in {"b", "d"}:
            batch.reverse()  # in opposite orders they would block each other
        for start in range(0, 12, 4):
            own.record_verdicts(batch[start : start + 4])

    _at_once(database_url, bodies, [lambda own, k=key: store(k, own) for key in variants])
    found = counts(engine)
    assert (found["articles"], found["revisions"], found["bodies"]) == (12, 12, 12)
    assert crawl.pending_count()[0] == 0
    with engine.connect() as connection:
        reasons = dict(connection.execute(text("SELECT reason, count(*) FROM candidates GROUP BY reason")).all())  # type: ignore[arg-type]
    assert reasons == {"stored": 12, "unchanged": 36}


def test_one_candidate_stored_by_two_workers_at_once_ends_once(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, database_url: str, bodies: Archive
):
    found = listed(crawl, book, *[f"https://jpost.example/{number}" for number in range(20)])
    answers: list[list[object]] = []

    def store(own: SqlCrawlStore, reason: Reason) -> None:
        answers.append([own.record_verdicts([captured(verdict(one, reason=reason), bodies)])[0] for one in found])

    _at_once(database_url, bodies, [lambda own: store(own, Reason.GONE), lambda own: store(own, Reason.TOO_LARGE)] * 2)
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert counts(engine)["captures"] == 20


def test_workers_that_revise_one_article_at_once_make_each_revision_once(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, database_url: str, bodies: Archive
):
    library = SqlLibrary(engine, 900)
    own_url = {"article_url": A, "article_key": key_of(A)}
    found = listed(crawl, book, A, *[f"{A}/{number}" for number in range(16)])
    [stored] = crawl.record_verdicts([verdict(found[0], extraction("Zero"), **own_url)])

    def revise(own: SqlCrawlStore, number: int) -> None:
        for one in found[1 + number :: 4]:
            own.record_verdicts([verdict(one, extraction(f"text{one.id}"), **own_url)])

    _at_once(database_url, bodies, [lambda own, n=number: revise(own, n) for number in range(4)])
    article = library.article(stored.article_id or 0)
    assert [one.number for one in article.revisions] == list(range(17, 0, -1))
    newest = article.revisions[0].body
    assert found_by(engine, newest) == [stored.article_id]
    assert not any(found_by(engine, one.body) for one in article.revisions[1:])


def test_a_candidate_is_visited_and_stored_at_once(
    crawl: SqlCrawlStore, book: SqlOutletBook, database_url: str, bodies: Archive, engine: Engine
):
    """Visits that list URLs again and verdicts on them share rows; none may block the other for good."""
    from tests.contract.sample_records import report  # noqa: PLC0415

    urls = [f"https://jpost.example/{number}" for number in range(40)]
    found = listed(crawl, book, *urls)
    [source_id] = source_ids(crawl, "jpost")

    def visit(own: SqlCrawlStore) -> None:
        for number in range(10):
            own.record_visit(report(source_id, *urls[::-1], *(f"{url}/{number}" for url in urls[:5])))

    def store(own: SqlCrawlStore) -> None:
        for start in range(0, 40, 5):
            own.record_verdicts(
                [captured(verdict(one, extraction(str(one.id))), bodies) for one in found[start : start + 5]]
            )

    _at_once(database_url, bodies, [visit, store, visit])
    assert counts(engine)["articles"] == 40


def _at_once(url: str, bodies: Archive, works: list[Callable[[SqlCrawlStore], None]]) -> None:
    """Runs each in a thread with connections of its own; raises what one of them raised."""
    gate = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def run(work: Callable[[SqlCrawlStore], None]) -> None:
        engine = open_engine(url)
        try:
            gate.wait(20)
            work(SqlCrawlStore(engine, bodies, domain_of, 900))
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            errors.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
