"""What a webhook is sent: body, signature and headers. Pure.

A receiver checks `X-Presswatch-Signature`: it computes HMAC-SHA256, keyed with the channel's secret, over the
value of `t`, a full stop and the body as it came, and compares it with `v1`; a `t` of long ago is a replay.
What it has seen already it knows by `Idempotency-Key`, which is the same in every try.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from delivery.watchlists.passages import Passage
from storage.records import ArticleDetail, Channel, Event, Moment, Precision, Revision

SIGNATURE_HEADER = "X-Presswatch-Signature"
KEY_HEADER = "Idempotency-Key"
TEST_KIND = "channel.test"
EXCERPT_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent in one delivery; every try sends the same."""

    key: str  # idempotency key
    body: bytes  # JSON in UTF-8


def article_message(channel: Channel, event: Event, detail: ArticleDetail) -> Message:
    """Tells of an article as it was when the event was written, so that each try says the same.

    `event` is `article.stored` or `article.revised`, `detail` its article.
    """
    key = idempotency_key(channel, f"event {event.seq}")
    article = _article(detail, _revision_at(detail, event.at))
    content = {"id": key, "kind": event.kind.value, "at": _instant(event.at), "seq": event.seq}
    return Message(key=key, body=_encoded(content | {"channel": channel.name, "article": article}))


def match_message(channel: Channel, event: Event, detail: ArticleDetail, passages: Sequence[Passage]) -> Message:
    """Tells of an article that answers a watchlist (`watchlist.matched`), as the revision was that did.

    The key is made of article, revision and watchlist: of whatever channel it comes, it is the same.
    """
    told = event.payload
    seed = f"presswatch match|{told['watchlist']}|{detail.summary.url}|{told['revision']}"
    revision = next((each for each in detail.revisions if each.number == told["revision"]), detail.revisions[0])
    key = hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:32]
    content = {"id": key, "kind": event.kind.value, "at": _instant(event.at), "seq": event.seq, "channel": channel.name}
    match = {
        "watchlist": {"id": told["watchlist"], "name": told["name"]},
        "as": told["as"],
        "story": told["story"],
        "copy_of": told["lead"],
        "passages": [
            {"field": each.field.value, "parts": [{"text": p.text, "marked": p.is_marked} for p in each.parts]}
            for each in passages
        ],
    }
    return Message(key=key, body=_encoded(content | match | {"article": _article(detail, revision)}))


def alert_message(channel: Channel, event: Event) -> Message:
    """Tells of an alert: `alert.raised` or `alert.ended`."""
    key = idempotency_key(channel, f"event {event.seq}")
    content = {"id": key, "kind": event.kind.value, "at": _instant(event.at), "seq": event.seq}
    told = {"channel": channel.name, "outlet": event.outlet_key, **event.payload}
    return Message(key=key, body=_encoded(content | told))


def trial_message(channel: Channel, now: datetime) -> Message:
    """Tells of nothing: for `presswatch channels test`."""
    key = idempotency_key(channel, f"test {now.isoformat()}")
    content = {"id": key, "kind": TEST_KIND, "at": _instant(now), "channel": channel.name}
    return Message(key=key, body=_encoded(content))


def idempotency_key(channel: Channel, what: str) -> str:
    """128 bits in hexadecimal. The moment the channel was added makes it differ after a store was begun anew."""
    seed = f"presswatch webhook|{channel.id}|{channel.created_at.isoformat()}|{what}"
    return hashlib.sha256(seed.encode()).hexdigest()[:32]


def signed_headers(message: Message, secret: str, now: datetime, user_agent: str) -> dict[str, str]:
    """The headers of one try. The signature holds the time of this try."""
    stamp = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + message.body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": user_agent,
        KEY_HEADER: message.key,
        SIGNATURE_HEADER: f"t={stamp},v1={digest}",
    }


def _revision_at(detail: ArticleDetail, at: datetime) -> Revision:
    """The revision in force at a moment (they come newest first); the first one when all are younger."""
    return next((each for each in detail.revisions if each.seen_at <= at), detail.revisions[-1])


def _article(detail: ArticleDetail, revision: Revision) -> dict[str, Any]:
    summary = detail.summary
    return {
        "id": summary.id,
        "url": summary.url,
        "title": revision.title,
        "authors": list(revision.authors),
        "published": _time_told(revision.published),
        "language": revision.language,
        "outlet": {"key": summary.outlet_key, "name": summary.outlet_name},
        "excerpt": excerpt(revision.body),
        "revision": revision.number,
        "first_seen_at": _instant(summary.first_seen_at),
        "backfill": summary.backfill_id,
    }


def excerpt(body: str) -> str:
    """The beginning of a text in one line, cut between words where there are any."""
    flat = " ".join(body.split())
    if len(flat) <= EXCERPT_CHARS:
        return flat
    opening = flat[:EXCERPT_CHARS]
    return (opening.rpartition(" ")[0] or opening) + "…"


def _time_told(moment: Moment | None) -> dict[str, str] | None:
    """As the API tells it: a day stays a day."""
    if moment is None:
        return None
    at = moment.at.astimezone(UTC)
    value = at.date().isoformat() if moment.precision is Precision.DAY else _instant(at)
    return {"value": value, "precision": moment.precision.value, "zone": moment.zone.value}


def _instant(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _encoded(content: dict[str, Any]) -> bytes:
    # A list of authors may hold half a surrogate pair, which UTF-8 cannot: it becomes a question mark.
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
