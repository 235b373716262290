"""What a watchlist's channels are sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from delivery.channels.mailer import Mailer
from delivery.channels.webhook import match_message
from delivery.channels.wishes import is_wanted
from delivery.watchlists.passages import Part, Passage
from delivery.watchlists.query import TextField
from storage.records import (
    ArticleDetail,
    ArticleSummary,
    Channel,
    ChannelKind,
    ChannelState,
    Event,
    EventKind,
    Moment,
    Precision,
    Revision,
    Zone,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AT = Moment(at=NOW, precision=Precision.MINUTE, rule="json-ld", zone=Zone.STATED)
DESK = Channel(
    id=1,
    kind=ChannelKind.EMAIL,
    name="desk",
    url="mailto:desk@example.org",
    secret="",
    state=ChannelState.ACTIVE,
    created_at=NOW,
    cursor=0,
    watchlist_id=4,
)
REVISION = Revision(
    id=1,
    article_id=7,
    number=1,
    seen_at=NOW,
    capture_id=None,
    title="Convoy\r\nBcc: all@example.org",
    authors=("A. Writer",),
    body="Hezbollah withdrew.",
    published=AT,
    modified=None,
    language="en",
    credit=None,
    section=None,
    lead_image=None,
    evidence=(),
    extractor="1",
)
SUMMARY = ArticleSummary(
    id=7,
    url="https://first.example/1",
    outlet_key="first",
    outlet_name="First",
    title="Convoy",
    authors=("A. Writer",),
    published=AT,
    first_seen_at=NOW,
    updated_at=NOW,
    language="en",
    excerpt="",
    words=2,
    revisions=1,
)
DETAIL = ArticleDetail(summary=SUMMARY, revisions=(REVISION,), captures=(), other_urls=())
PASSAGES = [Passage(field=TextField.BODY, parts=(Part(text="Hezbollah", is_marked=True), Part(text=" withdrew.")))]


def matched(kind: EventKind = EventKind.WATCHLIST_MATCHED, **changes: object) -> Event:
    payload = {"watchlist": 4, "name": "withdrawal", "as": "new", "revision": 1, "story": None, "lead": None} | changes
    return Event(seq=9, at=NOW, kind=kind, outlet_key="first", article_id=7, payload=payload)


def mail(event: Event) -> str:
    mailer = Mailer("smtp://127.0.0.1:1", "watch@example.org", 1.0, lambda: NOW)
    made = mailer.mail(DESK, match_message(DESK, event, DETAIL, PASSAGES))
    assert made["Bcc"] is None
    return f"Subject: {made['Subject']}\n\n{made.get_body(('plain',)).get_content()}"


def test_a_bound_channel_wants_what_its_watchlist_tells_and_nothing_else():
    assert is_wanted(DESK, matched())
    assert not is_wanted(DESK, matched(watchlist=5))
    assert not is_wanted(DESK, matched(EventKind.WATCHLIST_APPENDED))
    assert not is_wanted(DESK, matched(EventKind.ARTICLE_STORED))
    assert not is_wanted(replace(DESK, watchlist_id=None), matched())


def test_a_mail_tells_the_story_with_the_passage_that_answered():
    text = mail(matched())
    assert "Subject: withdrawal: Convoy" in text
    assert "*Hezbollah* withdrew." in text
    assert "https://first.example/1" in text


def test_a_mail_says_how_an_article_came_to_answer():
    assert "since its revision 1" in mail(matched(**{"as": "revised"}))
    assert "copy of a story" in mail(matched(**{"as": "copy", "lead": 3}))
    assert "asked for the past" in mail(matched(**{"as": "past"}))


def test_the_key_is_made_of_article_revision_and_watchlist():
    key = match_message(DESK, matched(), DETAIL, PASSAGES).key
    assert match_message(replace(DESK, id=2, name="other"), replace(matched(), seq=99), DETAIL, []).key == key
    assert match_message(DESK, matched(watchlist=5), DETAIL, []).key != key
    assert match_message(DESK, matched(revision=2), DETAIL, []).key != key
    other = replace(DETAIL, summary=replace(SUMMARY, url="https://first.example/2"))
    assert match_message(DESK, matched(), other, []).key != key


def test_a_webhook_gets_the_passages_in_marked_parts():
    content = json.loads(match_message(DESK, matched(), DETAIL, PASSAGES).body)
    assert content["passages"] == [
        {"field": "body", "parts": [{"text": "Hezbollah", "marked": True}, {"text": " withdrew.", "marked": False}]}
    ]
    assert content["watchlist"] == {"id": 4, "name": "withdrawal"}
