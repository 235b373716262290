"""What a webhook is sent: body, key, signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from delivery.channels.webhook import (
    EXCERPT_CHARS,
    article_message,
    excerpt,
    idempotency_key,
    signed_headers,
    trial_message,
)
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

NOW = datetime(2026, 7, 30, 12, 30, tzinfo=UTC)
DAY = Moment(at=datetime(2026, 7, 29, tzinfo=UTC), precision=Precision.DAY, rule="byline", zone=Zone.NONE)
MINUTE = Moment(at=NOW, precision=Precision.MINUTE, rule="json-ld", zone=Zone.STATED)

CHANNEL = Channel(
    id=3,
    kind=ChannelKind.WEBHOOK,
    name="desk",
    url="https://hooks.example/in",
    secret="s3cret",
    state=ChannelState.ACTIVE,
    created_at=NOW - timedelta(days=1),
    cursor=0,
)
SUMMARY = ArticleSummary(
    id=7,
    url="https://jpost.example/a",
    outlet_key="jpost",
    outlet_name="The Jerusalem Post",
    title="Second",
    authors=("Anna Ahronheim",),
    published=MINUTE,
    first_seen_at=NOW,
    updated_at=NOW + timedelta(hours=2),
    language="en",
    excerpt="newest",
    words=2,
    revisions=2,
)


def revision(number: int, title: str, seen_at: datetime, **changes) -> Revision:
    made = Revision(
        id=number,
        article_id=7,
        number=number,
        seen_at=seen_at,
        capture_id=None,
        title=title,
        authors=("Anna Ahronheim",),
        body=f"Words of {title}.\n\nMore.",
        published=DAY,
        modified=None,
        language="en",
        credit=None,
        section=None,
        lead_image=None,
        evidence=(),
        extractor="1",
    )
    return replace(made, **changes)


FIRST, SECOND = revision(1, "First", NOW), revision(2, "Second", NOW + timedelta(hours=2), published=MINUTE)
DETAIL = ArticleDetail(summary=SUMMARY, revisions=(SECOND, FIRST), captures=(), other_urls=())


def event(seq: int = 41, kind: EventKind = EventKind.ARTICLE_STORED, at: datetime = NOW) -> Event:
    return Event(seq=seq, at=at, kind=kind, outlet_key="jpost", article_id=7, payload={"language": "en"})


def told(message) -> dict:
    return json.loads(message.body)


def test_a_message_tells_of_the_article():
    message = article_message(CHANNEL, event(), DETAIL)
    assert told(message) == {
        "id": message.key,
        "kind": "article.stored",
        "at": "2026-07-30T12:30:00Z",
        "seq": 41,
        "channel": "desk",
        "article": {
            "id": 7,
            "url": "https://jpost.example/a",
            "title": "First",
            "authors": ["Anna Ahronheim"],
            "published": {"value": "2026-07-29", "precision": "day", "zone": "none"},
            "language": "en",
            "outlet": {"key": "jpost", "name": "The Jerusalem Post"},
            "excerpt": "Words of First. More.",
            "revision": 1,
            "first_seen_at": "2026-07-30T12:30:00Z",
            "backfill": None,
        },
    }


def test_each_event_tells_of_the_revision_of_its_time():
    revised = article_message(CHANNEL, event(seq=42, kind=EventKind.ARTICLE_REVISED, at=SECOND.seen_at), DETAIL)
    article = told(revised)["article"]
    assert (article["title"], article["revision"]) == ("Second", 2)
    assert article["published"] == {"value": "2026-07-30T12:30:00Z", "precision": "minute", "zone": "stated"}


def test_an_event_older_than_all_revisions_tells_of_the_first():
    early = article_message(CHANNEL, event(at=NOW - timedelta(days=1)), DETAIL)
    assert told(early)["article"]["revision"] == 1


def test_an_article_without_a_date_says_so():
    undated = replace(DETAIL, revisions=(replace(FIRST, published=None),))
    assert told(article_message(CHANNEL, event(), undated))["article"]["published"] is None


def test_the_key_is_the_same_in_every_try_and_differs_in_all_else():
    key = article_message(CHANNEL, event(), DETAIL).key
    assert article_message(replace(CHANNEL, failures=9, cursor=40), event(), DETAIL).key == key
    others = {
        article_message(CHANNEL, event(seq=42), DETAIL).key,
        article_message(replace(CHANNEL, id=4), event(), DETAIL).key,
        # the same numbers in a store that was begun anew
        article_message(replace(CHANNEL, created_at=NOW), event(), DETAIL).key,
        idempotency_key(CHANNEL, "event 4"),
        trial_message(CHANNEL, NOW).key,
    }
    assert len(others) == 5
    assert key not in others
    assert len(key) == 32


def test_the_signature_is_what_a_receiver_computes():
    message = article_message(CHANNEL, event(), DETAIL)
    headers = signed_headers(message, "s3cret", NOW, "Presswatch/9 (+https://example.org)")
    stamp = str(int(NOW.timestamp()))
    expected = hmac.new(b"s3cret", stamp.encode() + b"." + message.body, hashlib.sha256).hexdigest()
    assert headers == {
        "Content-Type": "application/json",
        "User-Agent": "Presswatch/9 (+https://example.org)",
        "Idempotency-Key": message.key,
        "X-Presswatch-Signature": f"t={stamp},v1={expected}",
    }


def test_a_later_try_is_signed_with_its_own_time():
    message = trial_message(CHANNEL, NOW)
    first, later = (signed_headers(message, "s3cret", at, "x") for at in (NOW, NOW + timedelta(hours=1)))
    assert first["X-Presswatch-Signature"] != later["X-Presswatch-Signature"]
    assert first["Idempotency-Key"] == later["Idempotency-Key"]


def test_neither_secret_nor_webhook_address_is_in_a_message():
    for message in (article_message(CHANNEL, event(), DETAIL), trial_message(CHANNEL, NOW)):
        assert b"s3cret" not in message.body
        assert b"hooks.example" not in message.body


def test_persian_stays_readable_and_half_a_surrogate_pair_harms_nobody():
    odd = replace(DETAIL, revisions=(replace(FIRST, title="بندر", authors=("Ann\ud800a",)),))
    message = article_message(CHANNEL, event(), odd)
    assert "بندر".encode() in message.body
    assert told(message)["article"]["authors"] == ["Ann?a"]


def test_excerpts_are_cut_between_words_where_there_are_any():
    assert excerpt("  Iran\n\nwithdrew. ") == "Iran withdrew."
    cut = excerpt("word " * 100)
    assert cut.endswith("word…")
    assert len(cut) <= EXCERPT_CHARS + 1
    assert excerpt("字" * 400) == "字" * EXCERPT_CHARS + "…"
    assert excerpt("x" * EXCERPT_CHARS) == "x" * EXCERPT_CHARS
