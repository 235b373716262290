"""Archived pages on the web console: what they tell, what is left of them, and what is said where there is none."""

from __future__ import annotations

import hashlib
import io
import zlib
from datetime import timedelta

import pytest
from lxml import html
from sqlalchemy import update
from warcio.archiveiterator import ArchiveIterator

from crawler.discovery.urls import canonical_url, fingerprint
from crawler.replay.showing import Showing
from storage.records import (
    Candidate,
    Capture,
    Extraction,
    NotShown,
    Role,
    StoredCapture,
    Verdict,
    VisitOutcome,
    VisitReport,
)
from storage.sql.schema import bodies
from storage.sql.users import SqlUserBook
from tests.pressroom import NOW, Pressroom, pressroom
from tests.replaying import replayer_of
from tests.visitor import access_of
from tests.webserver import Site, serving

HEBREW = "הרציף הצפוני נפתח מחדש"
PAGE = f"<html dir=rtl lang=he><title>{HEBREW}</title><p>{HEBREW}<script>window.ran=1</script>"
HTML = ("Content-Type", "text/html; charset=windows-1255")


def archive_page(room: Pressroom, name: str, body: bytes, *headers: tuple[str, str]) -> int:
    """Stores an article with this capture; returns the article's id."""
    url = canonical_url(f"https://boker.example/{name}")
    source = room.crawl.sources_of(["boker"])[0]
    found = Candidate(url=url, key=fingerprint(url), found_url=url)
    report = VisitReport(
        source_id=source.id,
        started_at=NOW,
        finished_at=NOW,
        outcome=VisitOutcome.READ,
        next_due_at=NOW + timedelta(minutes=15),
        candidates=(found,),
    )
    _, (pending,) = room.crawl.record_visit(report)
    capture = Capture(
        url=url,
        final_url=url,
        fetched_at=NOW,
        status=200,
        headers=headers,
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
    )
    read = Extraction(title=name, body=f"Text of {name}.", extractor="1")
    verdict = Verdict(pending=pending, at=NOW, capture=capture, body_ref=room.segments.put(capture), extraction=read)
    room.segments.sync()
    article_id = room.crawl.record_verdicts([verdict])[0].article_id
    assert article_id is not None
    return article_id


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archived")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        room.open_outlets()
        wire = zlib.compress(PAGE.encode("windows-1255"))
        ids = {
            "hebrew": archive_page(room, "hebrew", wire, HTML, ("Content-Encoding", "deflate")),
            "again": archive_page(room, "again", wire, HTML, ("Content-Encoding", "deflate")),
            "pdf": archive_page(room, "pdf", b"%PDF-1.7 x", ("Content-Type", "text/html")),
            "heavy": archive_page(room, "heavy", b"<p>a" * 60_000, ("Content-Type", "text/html")),
            "deleted": archive_page(room, "deleted", b"<p>no more", ("Content-Type", "text/html")),
            "damaged": archive_page(room, "damaged", b"<p>lost", ("Content-Type", "text/html")),
        }
        _mark(room, b"<p>no more", deleted_by=3, deleted_at=NOW)
        _mark(room, b"<p>lost", offset=1)
        with serving(room, replayer=replayer_of(room)) as site:
            yield room, site, {name: _capture_of(site, number) for name, number in ids.items()}


def _mark(room: Pressroom, body: bytes, **values: object) -> None:
    with room.engine.begin() as connection:
        own = bodies.c.digest == hashlib.sha256(body).hexdigest()
        connection.execute(update(bodies).where(own).values(**values))


def _capture_of(site: Site, article_id: int) -> int:
    (capture,) = site.ask(f"/api/v1/articles/{article_id}").json["captures"]
    return capture["id"]


def shown(site: Site, capture_id: int) -> html.HtmlElement:
    answer = site.ask(f"/captures/{capture_id}/page")
    assert answer.status == 200
    return html.fromstring(answer.body)


def test_a_page_in_an_old_encoding_from_right_to_left_is_shown_as_it_read(told):
    _, site, captures = told
    page = shown(site, captures["hebrew"])
    (main,) = page.xpath("//main")
    assert (main.get("dir"), main.get("lang")) == ("rtl", "he")
    assert main.text_content().strip() == HEBREW
    head = page.xpath("//header")[0].text_content()
    assert "2026" in head
    assert "https://boker.example/hebrew" in head
    assert hashlib.sha256(zlib.compress(PAGE.encode("windows-1255"))).hexdigest() in head
    assert "Taken out: 1 scripts" in head


def test_a_revisit_shows_the_body_that_it_refers_to(told):
    _, site, captures = told
    assert shown(site, captures["again"]).xpath("//main")[0].text_content().strip() == HEBREW


def test_the_page_itself_may_run_load_and_send_nothing(told):
    _, site, captures = told
    answer = site.ask(f"/captures/{captures['hebrew']}/page")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; img-src data:; style-src 'sha256-")
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "charset=utf-8" in answer.headers["content-type"]
    framing = site.ask(f"/captures/{captures['hebrew']}").headers["content-security-policy"]
    assert framing.endswith("frame-ancestors 'none'; frame-src 'self'")


def test_article_and_revision_lead_to_it(told):
    _, site, captures = told
    number = site.ask(f"/api/v1/captures/{captures['hebrew']}").json["article_id"]
    for target in (f"/articles/{number}", f"/articles/{number}/revisions/1"):
        assert f'href="/captures/{captures["hebrew"]}"' in site.ask(target).text


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("pdf", "it is a PDF document"),
        ("heavy", "it is too heavy: it has more than 50,000 elements"),
        ("deleted", "by order 3 of retention"),
        ("damaged", "it is not in the archive as it was"),
    ],
)
def test_what_cannot_be_shown_is_told(told, name: str, why: str):
    _, site, captures = told
    assert why in shown(site, captures[name]).text_content()
    assert site.ask(f"/captures/{captures[name]}").status == 200
    answer = site.ask(f"/api/v1/captures/{captures[name]}").json
    assert answer["html"] is None
    assert why in answer["not_shown"]


def test_the_records_are_downloaded_as_a_file_no_browser_opens(told):
    _, site, captures = told
    answer = site.ask(f"/api/v1/captures/{captures['again']}/records")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    kinds = [record.rec_type for record in ArchiveIterator(io.BytesIO(answer.body))]
    assert {"warcinfo", "response", "revisit"} <= set(kinds)
    for name in ("deleted", "damaged"):
        assert site.ask(f"/api/v1/captures/{captures[name]}/records").status == 410


def test_a_capture_that_is_not_on_record_is_told(told):
    _, site, _ = told
    assert site.ask("/captures/999").status == 404
    assert site.ask("/captures/999/page").status == 404
    assert site.ask("/api/v1/captures/999").json["detail"].startswith("No such capture")


def test_readers_see_them_and_nobody_else(told):
    room, _, captures = told
    token = "presswatch_" + "r" * 32
    SqlUserBook(room.engine).add(name="reader", role=Role.READER, token=token, now=NOW)
    targets = ["/captures/{}", "/captures/{}/page", "/api/v1/captures/{}", "/api/v1/captures/{}/records"]
    with serving(room, access=access_of(room, lambda: NOW), replayer=replayer_of(room)) as site:
        asked = [target.format(captures["hebrew"]) for target in targets]
        assert [site.ask(target).status for target in asked] == [303, 303, 401, 401]
        assert {site.ask(target, authorization=f"Bearer {token}").status for target in asked} == {200}


def test_a_page_that_takes_too_long_is_given_up():
    stored = StoredCapture(
        id=1, article_id=1, url="https://a.example/", final_url="https://a.example/", fetched_at=NOW, status=200,
        digest="", headers=(), size=3,
    )  # fmt: skip
    given_up = Showing(timeout_s=0.001).shown(stored, b"<p>a", {})
    assert isinstance(given_up, NotShown)
    assert given_up.why.startswith("it is too heavy: not ready after")
