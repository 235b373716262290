"""What is kept of the answers of stored articles that were asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from storage.records import PendingCandidate, Reason, Validators
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import writing
from storage.sql.schema import candidates
from tests.contract.sample_records import HOUR, NOW, captured, extraction, listed, verdict

URL = "https://jpost.example/2026/iran-withdraws"
DOMAIN = "jpost.example"


def _again(engine, crawl: SqlCrawlStore, hours: int) -> PendingCandidate:
    with writing(engine) as connection:
        connection.execute(update(candidates).values(state="pending", tries=0))
    (pending,) = crawl.pending([DOMAIN], NOW + hours * HOUR, 10)
    return pending


def test_an_answer_that_is_no_page_is_a_capture_of_its_article_and_nothing_is_asked_about_by_it(
    engine, crawl, book, bodies, library
):
    (pending,) = listed(crawl, book, URL)
    stored = captured(verdict(pending, extraction()), bodies)
    tagged = replace(stored.capture, headers=(("ETag", '"page"'),)) if stored.capture else None
    (first,) = crawl.record_verdicts([replace(stored, capture=tagged)])
    assert crawl.validators_of(pending.id) == Validators(url=URL, etag='"page"')

    again = _again(engine, crawl, 1)
    assert again.article_id == first.article_id
    missing = captured(verdict(again, at=NOW + timedelta(hours=1), reason=Reason.GONE, detail="answered 404"), bodies)
    answer = replace(missing.capture, status=404, headers=(("ETag", '"not found"'),)) if missing.capture else None
    crawl.record_verdicts([replace(missing, capture=answer)])

    kept = library.article(first.article_id).captures
    assert [(capture.status, capture.article_id) for capture in kept] == [
        (404, first.article_id),
        (200, first.article_id),
    ]
    assert crawl.validators_of(pending.id) == Validators(url=URL, etag='"page"')
