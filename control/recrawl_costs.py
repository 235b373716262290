"""What a re-crawl costs: requests to each host, and how long they take at the polite rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from control.settings import Settings
from crawler.discovery.urls import origin
from crawler.fetch.rules import read_rules
from crawler.outlets.cadence.schedule import told_span
from storage.errors import UnknownOutlet
from storage.recrawls import HostShare
from storage.store import Store

_SHOWN = 20
_AGENT = "Presswatch"
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCost:
    """What one host is asked."""

    host: str
    outlet_key: str
    requests: int  # at least: a redirect or a second page is one more
    delay_s: float  # between two requests, as its robots.txt, its outlet file or the settings want it
    takes_s: float  # while the rest of its requests is left to others
    a_day: int | None = None  # requests on one day, at most; None: no cap holds


def costs_of(settings: Settings, store: Store, shares: Iterable[HostShare], *, is_capped: bool) -> list[HostCost]:
    """The cost of each host, the most expensive first."""
    costs = []
    for share in shares:
        delay_s = max(settings.delay_s, _outlet_delay_s(store, share.outlet_key), _robots_delay_s(store, share.host))
        a_day = store.revisits.policy_of(share.outlet_key).ordered_a_day if is_capped else None
        takes_s = share.articles * delay_s / settings.backfill_share
        if a_day:
            takes_s = max(takes_s, (ceil(share.articles / a_day) - 1) * _DAY_S)
        costs.append(
            HostCost(
                host=share.host,
                outlet_key=share.outlet_key,
                requests=share.articles,
                delay_s=delay_s,
                takes_s=takes_s,
                a_day=a_day,
            )
        )
    return sorted(costs, key=lambda cost: (-cost.takes_s, -cost.requests, cost.host))


def lines_of_costs(costs: Sequence[HostCost]) -> Iterator[str]:
    """The costs for a person."""
    total = sum(cost.requests for cost in costs)
    if not total:
        yield "no stored article answers that; nothing would be fetched"
        return
    hosts = "1 host" if len(costs) == 1 else f"{len(costs)} hosts"
    yield f"{total} requests to {hosts}, some {told_span(max(1.0, costs[0].takes_s))} at the polite rate"
    for cost in costs[:_SHOWN]:
        pause = f"every {told_span(cost.delay_s)}" if cost.delay_s else "without a pause"
        if cost.a_day is not None and cost.requests > cost.a_day:
            pause += f" and {cost.a_day} a day"
        yield f"  {cost.host} ({cost.outlet_key}): {cost.requests}, one {pause}, {told_span(max(1.0, cost.takes_s))}"
    if len(costs) > _SHOWN:
        yield f"  and {len(costs) - _SHOWN} hosts with fewer"


def _outlet_delay_s(store: Store, key: str) -> float:
    try:
        return store.crawl.outlet_of(key).delay_s or 0.0
    except UnknownOutlet:
        return 0.0


def _robots_delay_s(store: Store, host: str) -> float:
    """As the copy in force says; nothing is fetched for it."""
    copies = (store.hosts.robots(origin(f"{scheme}://{host}/")) for scheme in ("https", "http"))
    return max((read_rules(copy.body, _AGENT).crawl_delay_s for copy in copies if copy), default=0.0)
