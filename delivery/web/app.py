"""The web application: pages, feeds and API over the read side of a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from delivery.access.addresses import SecretAddresses
from delivery.access.desk import AccessDesk
from delivery.access.rights import require_roles
from delivery.api import articles as api_articles
from delivery.api import audit as api_audit
from delivery.api import authors as api_authors
from delivery.api import backfills as api_backfills
from delivery.api import captures as api_captures
from delivery.api import changes as api_changes
from delivery.api import channels as api_channels
from delivery.api import export as api_export
from delivery.api import live as api_live
from delivery.api import outlets as api_outlets
from delivery.api import problems
from delivery.api import revisits as api_revisits
from delivery.api import search as api_search
from delivery.api import service as api_service
from delivery.api import stories as api_stories
from delivery.api import watchlist_writing as api_watchlist_writing
from delivery.api import watchlists as api_watchlists
from delivery.api.access import admit
from delivery.api.services import Services
from delivery.api.streams import Streams
from delivery.authors import AuthorDesk
from delivery.channels.desk import ChannelDesk
from delivery.console import Console
from delivery.replay import Replayer
from delivery.searching.searcher import Searcher
from delivery.stories.desk import StoryDesk
from delivery.watching.explaining import Explainer
from delivery.web import (
    account_pages,
    article_pages,
    audit_pages,
    author_feeds,
    author_pages,
    backfill_pages,
    capture_pages,
    change_feeds,
    change_pages,
    channel_pages,
    errors,
    failure_pages,
    feeds,
    health,
    leaving_pages,
    live_pages,
    metrics,
    outlet_forms,
    outlet_pages,
    outlet_reading,
    reader_feed_pages,
    reader_feeds,
    reference,
    revision_pages,
    revisit_forms,
    search_pages,
    story_pages,
    watchlist_feeds,
    watchlist_forms,
    watchlist_pages,
    websub,
)
from delivery.web.auditing import Audited
from delivery.web.bodies import SmallBodies
from delivery.web.head import HeadAsGet
from delivery.web.headers import SecurityHeaders
from delivery.web.hosts import KnownHosts
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

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1", "[::1]")
_DESCRIPTION = (
    "Reads what Presswatch has collected, and keeps watchlists. Times are UTC; errors are problems (RFC 9457)."
)

_MODULES = (
    api_articles,
    api_captures,
    api_authors,
    api_search,
    api_export,
    api_stories,
    api_outlets,
    api_backfills,
    api_changes,
    api_service,
    api_live,
    api_watchlists,
    api_revisits,
    api_watchlist_writing,
    api_channels,
    api_audit,
    account_pages,
    audit_pages,
    feeds,
    author_feeds,
    change_feeds,
    health,
    metrics,
    article_pages,
    revision_pages,
    capture_pages,
    author_pages,
    search_pages,
    story_pages,
    change_pages,
    outlet_pages,
    outlet_reading,
    live_pages,
    outlet_forms,
    revisit_forms,
    failure_pages,
    backfill_pages,
    watchlist_pages,
    watchlist_forms,
    watchlist_feeds,
    channel_pages,
    reader_feeds,
    reader_feed_pages,
    leaving_pages,
    reference,
)


class _Application(FastAPI):
    """FastAPI with problems described as what they are sent as."""

    def openapi(self) -> dict[str, Any]:
        """The description of the API (OpenAPI 3.1)."""
        return problems.as_sent(super().openapi())


def create_app(
    library: Library,
    events: EventLog,
    outlets: OutletBook,
    *,
    stories: StoryDesk,
    authors: AuthorDesk,
    backfills: BackfillBook,
    gaps: GapBook,
    changes: ChangeBook,
    searcher: Searcher,
    clock: Callable[[], datetime],
    fingerprint: Callable[[str], tuple[str, int]],
    console: Console | None = None,
    explainer: Explainer | None = None,
    access: AccessDesk | None = None,
    pushes: SubscriptionBook | None = None,
    channels: ChannelBook | None = None,
    channel_desk: ChannelDesk | None = None,
    saved_feeds: ReaderFeedBook | None = None,
    replayer: Replayer | None = None,
    public_url: str | None = None,
    feeds_per_minute: int = 60,
    allowed_hosts: Sequence[str] = LOCAL_HOSTS,
    version: str = "0",
) -> FastAPI:
    """The application, ready for any ASGI server.

    `fingerprint` gives the canonical form of a URL and its key, and raises ValueError for what is none.
    `explainer` reads the watchlists; without one there are none.
    `console` takes the operator's orders; without one all pages only read. With `pushes` hubs are answered (WebSub),
    with `channels` those who unsubscribe from e-mails, with `channel_desk` channels are looked after, with
    `saved_feeds` there are feeds at secret addresses.
    `replayer` shows captures; without one none are shown.
    `public_url` is where readers and hubs reach us, without a slash at its end. One network may ask for a feed at a
    secret address `feeds_per_minute` times a minute.
    `access` knows the users; without one it serves this machine alone, and all of it.
    `allowed_hosts` are the names under which it may be asked (exact, or "*.example.org"): a page of
    somebody else that has its own name resolved to our address (DNS rebinding) gets nothing to read.
    """
    app = _Application(
        title="Presswatch",
        description=_DESCRIPTION,
        version=version,
        openapi_url=None,  # `reference` serves it, behind the same door as all routes
        docs_url=None,  # both would load scripts from elsewhere; `reference` renders the same from here
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = Services(
        library=library,
        events=events,
        outlets=outlets,
        stories=stories,
        authors=authors,
        backfills=backfills,
        gaps=gaps,
        changes=changes,
        searcher=searcher,
        clock=clock,
        fingerprint=fingerprint,
        console=console,
        explainer=explainer,
        access=access,
        pushes=pushes,
        channels=channels,
        channel_desk=channel_desk,
        saved_feeds=saved_feeds,
        replayer=replayer,
        public_url=public_url,
        secret_addresses=SecretAddresses(feeds_per_minute, clock),
        streams=Streams(lambda: library.newest_change()[0]),
    )
    errors.install(app)
    for module in (*_MODULES, *((websub,) if pushes is not None else ())):
        require_roles((method, route.path) for route in module.router.routes for method in route.methods)
        app.include_router(module.router, dependencies=[Depends(admit)])
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    # The last one added is the first to see a request.
    if access is not None:
        app.add_middleware(Audited, audit=access.audit)
    app.add_middleware(HeadAsGet)
    app.add_middleware(SmallBodies)
    app.add_middleware(KnownHosts, allowed_hosts=list(allowed_hosts), www_redirect=False)
    app.add_middleware(SecurityHeaders)
    return app
