"""Orders about visits in words, and as a form shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from delivery.console import PaceWish, RevisitText
from delivery.web.wording import when
from storage.records import Event, Outlet, Pace, PaceMode, RevisitCost, RevisitPolicy, RevisitWish, Source

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))
_HEEDED = {None: "", True: "yes", False: "no"}


def span(seconds: int | None) -> str:
    """As it is written into a form: "20m", "6h", "90s"; "" for none."""
    if seconds is None:
        return ""
    return next((f"{seconds // size}{unit}" for size, unit in _UNITS if seconds % size == 0), f"{seconds}s")


def wish_of(pace: Pace) -> PaceWish:
    """An order as its form shows it."""
    return PaceWish(
        mode=pace.mode.value if pace.mode else "",
        every=span(pace.every_s),
        cron=pace.cron or "",
        not_between=", ".join(pace.not_between or ()),
        floor=span(pace.floor_s),
        ceiling=span(pace.ceiling_s),
        heed_publisher=_HEEDED[pace.heed_publisher],
    )


def revisit_text_of(wish: RevisitWish) -> RevisitText:
    """An order of re-visits as its form shows it."""
    ages = "" if wish.ages_s is None else ", ".join(map(span, wish.ages_s)) or "none"
    return RevisitText(ages=ages, a_day="" if wish.a_day is None else str(wish.a_day))


def revisit_words(policy: RevisitPolicy) -> str:
    """When articles are asked for again, as a sentence."""
    if not policy.is_on:
        return "No article is asked for again."
    ages = ", ".join(map(span, policy.ages_s))
    return f"Articles are asked for again at {ages} of age, with at most {policy.a_day} requests a host and day."


def cost_words(cost: RevisitCost) -> str:
    """What a policy costs, as sentences."""
    told = (
        f"In the next 30 days that asks for {cost.mean_a_day:.0f} requests a day, at most {cost.most_a_day}; "
        f"the outlet publishes {cost.articles_a_day:.0f} articles a day."
    )
    late = f" One host is sent no more than {cost.a_day} a day: where all are at one, some come late, none is left out."
    return told + (late if cost.is_over and cost.a_day else "")


def pace_words(pace: Pace) -> str:
    """An order as a person says it; "" where it says nothing."""
    return _told({name: getattr(pace, name) for name in Pace.__slots__})


def file_words(source: Source, outlet: Outlet) -> str:
    """What the outlet file says of a source's visits; "" where it says nothing."""
    own = next((each.pace for each in outlet.sources if each.url == source.url), Pace())
    of_outlet = pace_words(outlet.pace)
    if outlet.interval_s is not None and outlet.pace.mode is None:
        of_outlet = ", ".join(filter(None, (f"every {span(outlet.interval_s)}", of_outlet)))
    return "; ".join(filter(None, (pace_words(own), of_outlet)))


def order_words(event: Event) -> str:
    """What an operator ordered, as a sentence without its subject."""
    told = event.payload
    words = _ORDERS.get(str(told.get("what")))
    return words(told) if words else str(told.get("what"))


def _told_pace(told: Mapping[str, Any]) -> str:
    words = _told(told.get("pace") or {})
    return f"visits: {words}" if words else "visits: as the outlet file says again"


def _told_revisits(told: Mapping[str, Any]) -> str:
    return revisit_words(RevisitPolicy(ages_s=tuple(told["ages_s"]), a_day=told["a_day"]))


_ORDERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "pace": _told_pace,
    "revisits": _told_revisits,
    "pause": lambda told: f"no visits until {when(datetime.fromisoformat(told['until']))}",
    "resume": lambda _: "visits again",
    "visit": lambda _: "a visit at once",
    "accept-move": lambda told: f"asked for at {told['to']} from now on",
    "take-back-move": lambda told: f"asked for at {told['to']} again",
    "retry": lambda told: f"what ended {', '.join(told['reasons'])} is fetched again: {told['candidates']} addresses",
}


def _told(order: Mapping[str, Any]) -> str:
    """`order` holds fields of a Pace, as the record or as an event has them."""
    parts = []
    match order.get("mode"):
        case PaceMode.ADAPTIVE:
            parts.append("adaptive")
        case PaceMode.EVERY:
            parts.append(f"every {span(order.get('every_s'))}")
        case PaceMode.CRON:
            parts.append(f"by the cron line {order.get('cron')}")
    if order.get("not_between"):
        parts.append(f"not {' nor '.join(order['not_between'])}")
    for name, word in (("floor_s", "at least {} apart"), ("ceiling_s", "at most {} apart")):
        if order.get(name):
            parts.append(word.format(span(order[name])))
    if (heeded := order.get("heed_publisher")) is not None:
        parts.append("the publisher's words heeded" if heeded else "the publisher's words overruled")
    return ", ".join(parts)
