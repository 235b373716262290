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
from storage.records import ArticleDetail, Channel, Event, EventKind, Moment, Precision, Revision

SIGNATURE_HEADER = "X-Presswatch-Signature"
KEY_HEADER = "Idempotency-Key"
TEST_KIND = "channel.test"
DIGEST_KIND = "watchlist.digest"
#: The digest of a channel that is bound to no watchlist.
CHANGES_KIND = "changes.digest"
#: What a story of a digest is told as when only copies are new, and when it was only changed.
AGAIN = "also-at"
CHANGED = "changed"
EXCERPT_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent in one delivery; every try sends the same."""

    key: str  # idempotency key
    body: bytes  # in UTF-8
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The watchlist that a message is told for."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStory:
    """A story of a digest: what was told of it, where else its text came to stand since the last one, and what its
    outlets changed.
    """

    event: Event | None  # the match that was told; None: it was told before, or is none
    is_found: bool = True  # whether a watchlist found it, or a copy of it, since the last digest
    detail: ArticleDetail  # of the article that was told first
    passages: tuple[Passage, ...] = ()
    copies: tuple[ArticleDetail, ...] = ()
    changes: tuple[Event, ...] = ()  # of articles of it
    watchlists: tuple[Group, ...] = ()  # that tell of it; it stands under the first of them


def article_message(channel: Channel, event: Event, detail: ArticleDetail, group: Group | None = None) -> Message:
    """Tells of an article as it was when the event was written, so that each try says the same.

    `event` is `article.stored`, `article.revised`, `article.vanished` or `article.returned`, `detail` its article,
    `group` the watchlist that had found it, for a channel that is bound to one.
    """
    key = idempotency_key(channel, f"event {event.seq}")
    article = _article(detail, _revision_at(detail, event.at))
    content = {"id": key, "kind": event.kind.value, "at": _instant(event.at), "seq": event.seq}
    bound = {"watchlist": _group(group)} if group else {}
    told = {"channel": channel.name, **bound, **_what_changed(event), "article": article}
    return Message(key=key, body=_encoded(content | told))


def match_message(channel: Channel, event: Event, detail: ArticleDetail, passages: Sequence[Passage]) -> Message:
    """Tells of an article that answers a watchlist (`watchlist.matched`), as the revision was that did.

    The key is made of article, revision and watchlist: of whatever channel it comes, it is the same.
    """
    told = event.payload
    seed = f"presswatch match|{told['watchlist']}|{detail.summary.url}|{told['revision']}"
    key = hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:32]
    content = {"id": key, "kind": event.kind.value, "at": _instant(event.at), "seq": event.seq, "channel": channel.name}
    match = {
        "watchlist": {"id": told["watchlist"], "name": told["name"]},
        "as": told["as"],
        "story": told["story"],
        "copy_of": told["lead"],
        "passages": _passages(passages),
    }
    article = _article(detail, _revision_told(detail, event))
    return Message(key=key, body=_encoded(content | match | {"article": article}))


def digest_message(
    channel: Channel, groups: Sequence[Group], stories: Sequence[DigestStory], more: int, ends: Event
) -> Message:
    """A day of the watchlists `groups`, or of changes of all articles where there are none, by watchlist and story;
    `more` stories are not in it. `ends` is the last event of that day: with the channel it makes the key, so each try
    is the same.
    """
    key = idempotency_key(channel, f"digest {ends.seq}")
    content = {
        "id": key,
        "kind": DIGEST_KIND if groups else CHANGES_KIND,
        "at": _instant(ends.at),
        "seq": ends.seq,
        "channel": channel.name,
        **({"watchlist": _group(groups[0])} if len(groups) == 1 else {}),
        **({"watchlists": [_group(each) for each in groups]} if len(groups) > 1 else {}),
        "stories": [_story(each) | (_told_for(each) if len(groups) > 1 else {}) for each in stories],
        "more": more,
    }
    return Message(key=key, body=_encoded(content))


def _story(story: DigestStory) -> dict[str, Any]:
    told = story.event.payload if story.event else {"as": AGAIN if story.is_found else CHANGED, "story": None}
    return {
        "as": told["as"],
        "story": told["story"],
        "article": _article(story.detail, _revision_shown(story)),
        "passages": _passages(story.passages),
        "also_at": [_article(copy, copy.revisions[0]) for copy in story.copies],
        "changes": [_change(each) for each in story.changes],
    }


def _told_for(story: DigestStory) -> dict[str, Any]:
    first, *others = map(_group, story.watchlists)
    return {"watchlist": first, "also_in": others}


def _revision_shown(story: DigestStory) -> Revision:
    if story.event:
        return _revision_told(story.detail, story.event)
    return story.detail.revisions[0] if story.is_found else _revision_at(story.detail, story.changes[-1].at)


def _change(event: Event) -> dict[str, Any]:
    """One change of a story's article, in a digest."""
    article = {"id": event.article_id, "url": event.payload["url"], "title": event.payload["title"]}
    told = {"kind": event.kind.value, "at": _instant(event.at), "seq": event.seq}
    return told | {"outlet": event.outlet_key, "article": article} | _what_changed(event)


def _what_changed(event: Event) -> dict[str, Any]:
    """The types of a revision, or how an article is not there; nothing of a new one."""
    if event.kind is EventKind.ARTICLE_STORED:
        return {}
    names = ("changes", "is_stealth") if event.kind is EventKind.ARTICLE_REVISED else ("absence", "detail", "evidence")
    return {name: event.payload[name] for name in (*names, "revision", "last_good") if name in event.payload}


def _group(group: Group) -> dict[str, Any]:
    return {"id": group.id, "name": group.name}


def _passages(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    return [
        {"field": each.field.value, "parts": [{"text": p.text, "marked": p.is_marked} for p in each.parts]}
        for each in passages
    ]


def _revision_told(detail: ArticleDetail, event: Event) -> Revision:
    """The revision that answered."""
    number = event.payload["revision"]
    return next((each for each in detail.revisions if each.number == number), detail.revisions[0])


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
        "Content-Type": message.media_type,
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
