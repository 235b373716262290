"""One feed as an answer: its bytes, or a 304 that cost one look at the event log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from delivery.api.services import Services
from delivery.feeds import atom, json_feed, rss
from delivery.feeds.records import Feed, FeedEntry
from delivery.web.conditional import is_current, validators_of
from storage.records import ChannelKind, ChannelState

_WRITTEN_AS = 4  # part of every ETag; raise it when the same records begin to give other bytes
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)  # for an empty store, which nothing has changed yet


class Format(StrEnum):
    """What a feed's address ends in."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"


class Extent(StrEnum):
    """How much of each text a feed holds."""

    FULL = "full"
    SUMMARY = "summary"


WRITERS = {Format.RSS: rss, Format.ATOM: atom, Format.JSON: json_feed}

HowMany = Annotated[int, Query(ge=1, le=200, description="Entries at most.")]
HowMuch = Annotated[Extent, Query(alias="text", description="All of each text, or its beginning.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a feed says of itself. Addresses are below our own, and begin without a slash."""

    title: str
    home: str  # the page that shows the same
    description: str


def answer(
    request: Request,
    services: Services,
    form: Format,
    own: str,
    *,
    told: Callable[[], Told],
    entries: Callable[[str], Sequence[FeedEntry]],
    identity: object = None,
    is_secret: bool = False,
    newest: Callable[[], tuple[int, datetime | None]] | None = None,
) -> Response:
    """A feed. `own` is its address below ours, with its query; with `identity` it determines what is in the feed at
    one state of the store. `entries` gets our address, with a slash at its end; `newest` tells number and time of the
    newest change of what is in it, where any event will not do.

    A feed at a secret address (`is_secret`) is known by the one address that readers and hubs have, whatever name this
    request came under, and names the hubs that are told of it.
    """
    base = str(request.base_url)
    hubs: tuple[str, ...] = ()
    if is_secret and services.public_url:
        base, hubs = f"{services.public_url}/", _hubs(services)
    # Read before the entries: what is stored meanwhile changes the number, so nobody's copy stays old.
    seq, changed_at = (newest or services.library.newest_change)()
    known_by = (_WRITTEN_AS, form, base, own, hubs, identity, seq)
    validators = validators_of(*known_by, changed_at=changed_at, now=services.clock())
    headers = validators.headers | _links(base, own, hubs)
    if is_current(request.headers, validators):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    words = told()
    feed = Feed(
        title=words.title,
        home_url=f"{base}{words.home}",
        self_url=f"{base}{own}",
        description=words.description,
        updated=changed_at or _BEFORE_ALL,
        hubs=hubs,
    )
    writer = WRITERS[form]
    return Response(
        writer.render(feed, entries(base)), media_type=f"{writer.MEDIA_TYPE}; charset=utf-8", headers=headers
    )


def _hubs(services: Services) -> tuple[str, ...]:
    """Those that the courier tells of changes."""
    known = services.channels.channels() if services.channels else []
    return tuple(each.url for each in known if each.kind is ChannelKind.HUB and each.state is ChannelState.ACTIVE)


def _links(base: str, own: str, hubs: Sequence[str]) -> dict[str, str]:
    """WebSub 4: subscribers look for the hub in the headers first."""
    if not hubs:
        return {}
    return {"Link": ", ".join([*(f'<{hub}>; rel="hub"' for hub in hubs), f'<{base}{own}>; rel="self"'])}
