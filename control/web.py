"""The web process: pages, feeds and API."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import structlog

from control.admission import access_from, demand_users
from control.channel_desk import StoreChannelDesk
from control.console import StoreConsole
from control.heartbeat import Heartbeat
from control.listening import listen
from control.opening import open_from
from control.replaying import ArchiveReplayer
from control.serving import Server, server_config
from control.settings import Settings
from control.version import VERSION
from control.watching import explainer_from, searcher_from
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_among, fingerprint
from delivery.authors import AuthorDesk
from delivery.stories.desk import StoryDesk
from delivery.web.app import LOCAL_HOSTS, create_app
from storage.records import Outlet

log = structlog.get_logger(__name__)


def run_web(settings: Settings, name: str = "web") -> None:
    """Serves until SIGTERM or SIGINT. Raises BadSettings when the port is taken."""
    store = open_from(settings)
    demand_users(settings, store, datetime.now(UTC))
    listener = listen(settings)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    hosts = [*LOCAL_HOSTS, settings.host, *settings.allowed_hosts, *([public] if public else [])]

    def clock() -> datetime:
        return datetime.now(UTC)

    explainer = explainer_from(settings, store)
    app = create_app(
        store.library,
        store.events,
        store.outlets,
        stories=StoryDesk(store.stories, store.origins, store.library),
        authors=AuthorDesk(store.authors, store.library, explainer.entities),
        backfills=store.backfills,
        gaps=store.gaps,
        changes=store.changes,
        searcher=searcher_from(settings, store),
        clock=clock,
        fingerprint=lambda url: known_as(url, store.outlets.outlets()),
        console=StoreConsole(store, clock),
        explainer=explainer,
        access=access_from(settings, store, clock),
        pushes=store.subscriptions if settings.websub_url else None,
        channels=store.channels,
        channel_desk=StoreChannelDesk(settings, store, clock),
        saved_feeds=store.reader_feeds,
        replayer=ArchiveReplayer(
            store.evidence, store.bodies, settings.archive_files, software=settings.user_agent, clock=clock
        ),
        public_url=settings.public_url,
        feeds_per_minute=settings.feeds_per_minute,
        allowed_hosts=hosts,
        version=VERSION,
    )
    heartbeat = Heartbeat(store.processes, name, "web", detail=f"http://{shown}:{port}/")
    heartbeat.start()
    server = Server(server_config(app, settings.trusted_proxies), app.state.services.streams)

    def stop(*_: object) -> None:
        server.should_exit = True

    # uvicorn raises the signal that stopped it once more at its end: that must not end us before the heartbeat.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        server.run(sockets=[listener])
    finally:
        heartbeat.stop()
        store.close()


def known_as(url: str, outlets: Iterable[Outlet]) -> tuple[str, int]:
    """Canonical form and fingerprint of a URL, as these outlets have them. Raises ValueError for what is none."""
    try:
        canonical = canonical_among(url, outlets)
    except BadUrl as error:
        raise ValueError(str(error)) from error
    return canonical, fingerprint(canonical)
