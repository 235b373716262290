"""Surveys: which sources a new outlet has, and whether those of a known one still work.

They decide what is tried, in which order, and what is kept; `crawler.spiders.probe` fetches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.addresses import absolute_url
from crawler.discovery.autodiscovery import usual_places
from crawler.discovery.urls import fingerprint, origin
from crawler.pipelines.trial import Front, Trial
from crawler.spiders.probe import Fetched, Tried, Visitor
from storage.records import Outlet, OutletSource, SourceKind

#: A feed whose newest item is older was given up by its outlet.
_GIVEN_UP_AFTER = timedelta(days=730)
#: Two lists that share so much of the shorter one are of the same articles.
_SAME_SHARE = 0.9
_MOST_TRIED = 12
_MOST_NEWS_SITEMAPS = 3
#: Failures of a host, not of a single address there: guessing further addresses is of no use.
_OF_THE_HOST = frozenset(
    {"dns", "tls", "timeout", "connection", "refused-address", "robots-unavailable", "resting", "busy"}
)
#: Failures that say nothing of the source.
_NOT_TRIED = frozenset({"resting", "busy"})

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found at an address. Without an outlet, `reason` and `detail` say why there is none."""

    outlet: Outlet | None = None
    kept: tuple[Tried, ...] = ()
    left_out: tuple[tuple[Tried, str], ...] = ()  # what was tried and not kept, and why
    reason: str | None = None
    detail: str | None = None


class Health(StrEnum):
    """How a source of a known outlet is."""

    ALIVE = "alive"
    MOVED = "moved"  # works, at the place its permanent redirect names
    DEAD = "dead"
    NOT_TRIED = "not-tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An outlet whose sources were tried; `replacements` are other sources of its home page that work."""

    outlet: Outlet
    sources: tuple[tuple[Tried, Health], ...]
    replacements: tuple[Tried, ...] = ()


async def find_outlet(visitor: Visitor, url: str, *, taken_keys: frozenset[str], now: datetime, tell: Tell) -> Found:
    """The outlet whose home page (or feed) is at an address, with those of its sources that work.

    Feeds come first, then news sitemaps; another sitemap is kept only where there is neither, and the home page
    as a listing where there is nothing else. A list of the same articles as one already kept is left out.
    """
    tell(f"fetching {url}")
    page = await visitor.fetch(url)
    if page.body is None:
        return Found(reason=page.reason, detail=page.detail)
    front = await visitor.read_front(page, page.moved_to or url, taken_keys)
    if not isinstance(front, Front):
        return Found(reason=front[0], detail=front[1])
    given = None if front.kind is SourceKind.LISTING else OutletSource(kind=front.kind, url=url)
    home = page
    if given is not None:
        home, front = await _front_of_feed(visitor, page, front, taken_keys, tell)
    search = _Search(visitor, front.outlet, now, tell)
    if given is not None:
        search.take(await visitor.read_source(given, page, front.outlet))
    await search.around(front.feeds, home)
    outlet = replace(front.outlet, sources=tuple(_as_source(tried) for tried in search.kept))
    if not search.kept:
        detail = "no feed, no sitemap, and no links on its home page that look like articles"
        return Found(left_out=tuple(search.left_out), reason="no-sources", detail=detail)
    return Found(outlet=outlet, kept=tuple(search.kept), left_out=tuple(search.left_out))


async def check_outlet(visitor: Visitor, outlet: Outlet, *, now: datetime, tell: Tell) -> Checked:
    """Tries each source of an outlet; where one is dead, looks on the home page for what replaced it."""
    checked = []
    for source in outlet.sources:
        tell(f"trying {source.url}")
        if source.kind is SourceKind.HUB:
            fetched = Fetched(url=source.url, final_url=source.url)
            tried = Tried(
                source=source, fetched=fetched, reason="hub", detail="hubs push, so there is nothing to fetch"
            )
            checked.append((tried, Health.NOT_TRIED))
            continue
        tried = await visitor.try_source(source, outlet)
        checked.append((tried, _health(tried)))
    replacements: tuple[Tried, ...] = ()
    if any(health is Health.DEAD for _, health in checked):
        working = [tried for tried, health in checked if health in {Health.ALIVE, Health.MOVED}]
        replacements = await _replacements(visitor, outlet, working, now, tell)
    return Checked(outlet=outlet, sources=tuple(checked), replacements=replacements)


async def _front_of_feed(
    visitor: Visitor, page: Fetched, front: Front, taken_keys: frozenset[str], tell: Tell
) -> tuple[Fetched, Front]:
    """The home page where a feed's address was given; what the feed says of its outlet where there is none."""
    root = f"{origin(page.final_url)}/"
    tell(f"a {front.kind.value}; fetching the home page {root}")
    home = await visitor.fetch(root)
    told: Front | tuple[str, str] = ("", "")
    if home.body is not None:
        told = await visitor.read_front(home, home.moved_to or root, taken_keys)
    if isinstance(told, Front):
        return home, told
    return home, replace(front, outlet=replace(front.outlet, home_url=root), feeds=())


async def _replacements(
    visitor: Visitor, outlet: Outlet, working: Sequence[Tried], now: datetime, tell: Tell
) -> tuple[Tried, ...]:
    tell(f"looking for what replaced it on {outlet.home_url}")
    page = await visitor.fetch(outlet.home_url, outlet=outlet)
    if page.body is None:
        return ()
    front = await visitor.read_front(page, outlet.home_url, frozenset())
    if not isinstance(front, Front) or front.kind is not SourceKind.LISTING:
        return ()
    search = _Search(visitor, outlet, now, tell, kept=list(working), known={source.url for source in outlet.sources})
    await search.around(front.feeds, page)
    return tuple(search.kept[len(working) :])


@dataclass
class _Search:
    """Tries places in turn; keeps those that work and list something new."""

    visitor: Visitor
    outlet: Outlet
    now: datetime
    tell: Tell
    kept: list[Tried] = field(default_factory=list)
    left_out: list[tuple[Tried, str]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    is_hopeless: bool = False

    async def around(self, declared: Iterable[OutletSource], home: Fetched) -> None:
        """Feeds that the home page declares, else those in usual places; then sitemaps; then the page itself."""
        usual = usual_places(home.final_url)
        await self.all_of(declared)
        if not self._has(SourceKind.FEED):
            await self.first_of(place for place in usual if place.kind is SourceKind.FEED)
        named = await self.visitor.sitemaps_in_robots(home.final_url)
        of_news = [place for place in named if _is_named_news(place)]
        await self.all_of(of_news[:_MOST_NEWS_SITEMAPS])
        usual_sitemaps = [place for place in usual if place.kind is SourceKind.SITEMAP]
        if not named:  # an outlet that names its sitemaps would have named that one
            await self.first_of(place for place in usual_sitemaps if _is_named_news(place))
        if not self.kept:
            await self.first_of(place for place in named if not _is_named_news(place))
        if not self.kept and not named:
            await self.first_of(place for place in usual_sitemaps if not _is_named_news(place))
        if not self.kept:
            listing = OutletSource(kind=SourceKind.LISTING, url=self.outlet.home_url)
            self.take(await self.visitor.read_source(listing, home, self.outlet))

    async def all_of(self, places: Iterable[OutletSource]) -> None:
        """Tries places, up to a dozen."""
        for place in list(places)[:_MOST_TRIED]:
            await self._try(place)

    async def first_of(self, places: Iterable[OutletSource]) -> None:
        """Tries places until one is kept."""
        for place in places:
            if await self._try(place):
                return

    async def _try(self, place: OutletSource) -> bool:
        if self.is_hopeless or place.url in self.known:
            return False
        self.known.add(place.url)
        self.tell(f"trying {place.url}")
        tried = await self.visitor.try_source(place, self.outlet)
        self.is_hopeless = tried.reason in _OF_THE_HOST and origin(place.url) == origin(self.outlet.home_url)
        return self.take(tried)

    def take(self, tried: Tried) -> bool:
        """Keeps a source that works and lists something new; False for another."""
        self.known.add(tried.source.url)
        why = tried.detail if not tried.is_alive else self._objection(tried)
        if why is None:
            self.kept.append(tried)
            return True
        self.left_out.append((tried, why))
        return False

    def _objection(self, tried: Tried) -> str | None:
        """Why a source that works is not kept all the same."""
        trial = tried.trial
        if trial is None or not (trial.listed or trial.sitemaps):
            return "it is empty"
        if trial.newest is not None and trial.newest < self.now - _GIVEN_UP_AFTER:
            return f"its newest item is of {trial.newest:%Y-%m-%d}"
        for other in self.kept:
            if other.trial is not None and _is_same_list(trial, other.trial):
                return f"it lists the same articles as {other.source.url}"
            if fingerprint(other.fetched.final_url) == fingerprint(tried.fetched.final_url):
                return f"it leads to the same place as {other.source.url}"
        return None

    def _has(self, kind: SourceKind) -> bool:
        return any(tried.trial is not None and tried.trial.kind is kind for tried in self.kept)


def _health(tried: Tried) -> Health:
    if tried.reason in _NOT_TRIED:
        return Health.NOT_TRIED
    if not tried.is_alive:
        return Health.DEAD
    return Health.MOVED if tried.fetched.moved_to else Health.ALIVE


def _as_source(tried: Tried) -> OutletSource:
    """The source as the outlet's file names it: as what it turned out to be, at the place it moved to."""
    kind = tried.trial.kind if tried.trial else tried.source.kind
    return OutletSource(kind=kind, url=tried.fetched.moved_to or absolute_url(tried.source.url))


def _is_same_list(new: Trial, kept: Trial) -> bool:
    return bool(new.keys) and len(new.keys & kept.keys) >= _SAME_SHARE * len(new.keys)


def _is_named_news(place: OutletSource) -> bool:
    return "news" in place.url.partition("://")[2].partition("/")[2].lower()
