"""What every endpoint reads from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from delivery.access.addresses import SecretAddresses
from delivery.access.desk import AccessDesk
from delivery.api.streams import Streams
from delivery.authors import AuthorDesk
from delivery.channels.desk import ChannelDesk
from delivery.console import Console
from delivery.replay import Replayer
from delivery.searching.searcher import Searcher
from delivery.stories.desk import StoryDesk
from delivery.watching.explaining import Explainer
from storage.ports import (
    BackfillBook,
    ChangeBook,
    ChannelBook,
    EventLog,
    GapBook,
    Library,
    OutletBook,
    ReaderFeedBook,
    SubscriptionBook,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The read side of the store, a clock, the canonical form of URLs, and the operator's console."""

    library: Library
    events: EventLog
    stories: StoryDesk
    authors: AuthorDesk
    outlets: OutletBook
    backfills: BackfillBook
    gaps: GapBook
    changes: ChangeBook
    searcher: Searcher
    clock: Callable[[], datetime]  # aware UTC
    fingerprint: Callable[[str], tuple[str, int]]  # (canonical URL, key); ValueError for what is no URL
    streams: Streams  # those who listen to events
    secret_addresses: SecretAddresses  # how often feeds at secret addresses may be asked for
    console: Console | None = None  # None: pages only read
    explainer: Explainer | None = None  # None: there are no watchlists here
    access: AccessDesk | None = None  # None: there are no users here
    pushes: SubscriptionBook | None = None  # where hubs can reach us
    channels: ChannelBook | None = None  # what receivers of e-mails may end, and hubs
    channel_desk: ChannelDesk | None = None  # None: channels are looked after by command alone
    saved_feeds: ReaderFeedBook | None = None  # feeds at secret addresses
    replayer: Replayer | None = None  # None: the archive is not at hand
    public_url: str | None = None  # where readers and hubs reach us, without a slash at its end


async def services_of(request: Request) -> Services:
    """The services that `create_app` was given."""
    services: Services = request.app.state.services
    return services


async def explainer_of(services: Annotated[Services, Depends(services_of)]) -> Explainer:
    """What reads watchlists. Raises HTTPException (404) where there are none."""
    if services.explainer is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return services.explainer


async def replayer_of(services: Annotated[Services, Depends(services_of)]) -> Replayer:
    """What shows captures. Raises HTTPException (404) where the archive is not at hand."""
    if services.replayer is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return services.replayer


async def channel_desk_of(services: Annotated[Services, Depends(services_of)]) -> ChannelDesk:
    """What adds and removes channels. Raises HTTPException (404) where nothing does."""
    if services.channel_desk is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return services.channel_desk


Channeling = Annotated[ChannelDesk, Depends(channel_desk_of)]
Watching = Annotated[Explainer, Depends(explainer_of)]
Replaying = Annotated[Replayer, Depends(replayer_of)]
Reading = Annotated[Services, Depends(services_of)]
