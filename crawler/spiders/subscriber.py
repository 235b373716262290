"""WebSub: asks hubs to push what feeds publish, renews that before it ends, and ends what is wanted no more.

Runs inside the visit spider's process: a hub is asked under the lease of its domain, by its robots rules, at its host's
turn, and through the address guard, as any host. What hubs answer at our callback is the web process's affair.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import registrable_domain
from crawler.fetch.clocks import host_of
from crawler.fetch.errors import HostResting, RobotsUnavailable, Stopping
from crawler.fetch.headers import header
from crawler.fetch.limits import MAX_REDIRECTS
from crawler.items import SourceAnswer, VisitWork
from crawler.pipelines.judgement import name_failure
from crawler.session import Session
from crawler.spiders.frontier import Frontier
from storage.errors import StorageError
from storage.records import Capture, HubMode, Push, Subscription

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 5.0
_LOOKED_AT = 1_000
_LEASE_S = 864_000  # ten days are wished for
_FIRST_WAIT, _LONGEST_WAIT = timedelta(hours=1), timedelta(days=1)
_MOST_ANSWER_BYTES = 65_536
_SHOWN_CHARS = 200
#: Redirects that keep a POST what it is (W3C WebSub 5.1).
_REDIRECTS = frozenset({307, 308})


class Subscriber:
    """Works on all subscriptions."""

    def __init__(self, crawler: Crawler, session: Session, frontier: Frontier) -> None:
        self._crawler = crawler
        self._session = session
        self._frontier = frontier
        self._book = session.store.subscriptions
        self._looking: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Starts to look for hubs that are to be asked."""
        self._looking = asyncio.create_task(self._look())

    async def end(self) -> None:
        """Leaves all as it is stored."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            try:
                due = await asyncio.to_thread(self._book.due, datetime.now(UTC), _LOOKED_AT)
                for subscription, mode in one_a_domain(due):
                    await self._ask_in_turn(subscription, mode)
            except Stopping:
                return
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
            except Exception:  # a worker that renews nothing any more would look healthy
                log.exception("subscribing_failed")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _ask_in_turn(self, subscription: Subscription, mode: HubMode) -> None:
        """Asks a hub, if its domain has time for it now."""
        domain = await self._frontier.go_back(subscription.hub)
        if domain is None:
            return
        try:
            now = datetime.now(UTC)
            if await asyncio.to_thread(self._book.ask, subscription, mode, now, now + _wait(subscription)):
                await self._ask(subscription, mode)
        finally:
            self._frontier.come_back(domain, subscription.hub)

    async def _ask(self, subscription: Subscription, mode: HubMode) -> None:
        """Raises Stopping and StorageError."""
        until: datetime | None = None
        try:
            problem = await self._post(subscription, mode)
        except (Stopping, StorageError):
            raise
        except (HostResting, RobotsUnavailable) as error:
            problem, until = str(error), error.until
        except Exception as error:  # noqa: BLE001 (whatever keeps a hub from being asked costs only its subscription)
            _, problem = name_failure(error, host_of(subscription.hub))
        log.info("hub_asked", hub=subscription.hub, topic=subscription.topic, mode=mode.value, problem=problem)
        if problem is not None:
            await asyncio.to_thread(self._book.not_taken, subscription.id, problem, until)

    async def _post(self, subscription: Subscription, mode: HubMode) -> str | None:
        """Why the hub did not take it, None when it did. Raises what keeps it from answering."""
        asked = {
            "hub.mode": mode.value,
            "hub.topic": subscription.topic,
            "hub.callback": f"{self._session.callbacks}/websub/{subscription.path}",
        }
        if mode is HubMode.SUBSCRIBE:
            asked |= {"hub.lease_seconds": str(_LEASE_S), "hub.secret": subscription.secret}
        url = subscription.hub
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._send(url, urlencode(asked))
            if 200 <= response.status < 300:  # noqa: PLR2004
                return None
            location = header(response, "Location")
            if response.status not in _REDIRECTS or not location:
                text = response.body[: 4 * _SHOWN_CHARS].decode("utf-8", "replace")
                return f"answered {response.status}: {' '.join(text.split())[:_SHOWN_CHARS]}".rstrip(": ")
            try:
                url = absolute_url(location, base=url)
            except BadUrl as error:
                return f"redirects to what is no address: {error}"
            if problem := why_not_followed(url, subscription.hub):
                return f"redirects to {url}, {problem}"
        return f"more than {MAX_REDIRECTS} redirects"

    async def _send(self, url: str, form: str) -> Response:
        request = Request(
            url.partition("#")[0],
            method="POST",
            body=form,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            },
            meta={"handle_httpstatus_all": True, "download_maxsize": _MOST_ANSWER_BYTES, "verbatim_url": True},
            dont_filter=True,
        )
        engine = self._crawler.engine
        if engine is None:
            raise Stopping("the crawl has ended")
        return await engine.download_async(request)


def one_a_domain(due: Iterable[tuple[Subscription, HubMode]]) -> list[tuple[Subscription, HubMode]]:
    """The first of each domain: what is asked of one hub, or cannot be asked now, keeps no other waiting."""
    first: dict[str, tuple[Subscription, HubMode]] = {}
    for subscription, mode in due:
        first.setdefault(registrable_domain(subscription.hub), (subscription, mode))
    return list(first.values())


def why_not_followed(url: str, hub: str) -> str | None:
    """Why a hub's redirect to `url` is not followed, None where it is: the secret is for the hub alone."""
    if registrable_domain(url) != registrable_domain(hub):
        return "at another domain"
    if hub.lower().startswith("https:") and not url.lower().startswith("https:"):
        return "which is not encrypted"
    return None


def answer_of_push(work: VisitWork, push: Push) -> SourceAnswer:
    """What a hub pushed, in the form of an answer of the source."""
    capture = Capture(
        url=push.topic,
        final_url=push.topic,
        fetched_at=datetime.now(UTC),
        status=200,
        headers=(),
        body=push.body,
        digest=hashlib.sha256(push.body).hexdigest(),
    )
    return SourceAnswer(
        work=work,
        capture=capture,
        content_encoding=push.content_encoding,
        content_type=push.content_type,
        etag=None,
        last_modified=None,
        moved_to=None,
    )


def _wait(subscription: Subscription) -> timedelta:
    """How long a hub has to verify what it is asked for before it is asked again."""
    wait: timedelta = _FIRST_WAIT * (1 << min(subscription.failures, 5))
    return min(wait, _LONGEST_WAIT)
