"""The page that searches: what answers a query, narrowed down by outlet, country, language and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from delivery.api.parameters import Before, Country, Language, LastDay, OutletKey, SinceDay, Words
from delivery.api.search import MOST_OFFSET, filters_of
from delivery.api.services import Reading, Services
from delivery.searching.asking import Filters, as_text
from delivery.searching.searcher import Findings, Order
from delivery.watchlists.query import QueryError
from delivery.web.histogram import bars_of, histogram, period_words
from delivery.web.links import query_string
from delivery.web.rendering import page
from delivery.web.spans import SPAN_NAMES, Within, since_of
from delivery.web.wording import language_name
from storage.records import Outlet, Tally

router = APIRouter(include_in_schema=False)

_PAGE = 30
_MOST_CHOICES = 12
_EXPORTS = (("JSON Lines", "jsonl"), ("CSV", "csv"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that narrows the search down, or that does so and can be given up."""

    name: str
    link: str
    count: int | None = None  # articles among those counted; None: it is in force


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """Choices of one kind, the most first."""

    title: str
    choices: tuple[Choice, ...]


@router.get("/search")
def search_archive(
    services: Reading,
    *,
    words: Words = "",
    outlet_key: OutletKey = "",
    language: Language = "",
    country: Country = "",
    first_day: SinceDay = None,
    last_day: LastDay = None,
    within: Within = Within.ANY,
    order: Order = Order.NEWEST,
    before: Before = None,
    offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
) -> HTMLResponse:
    """A page of what answers, with counts; a query that cannot be read is shown with its place."""
    now = services.clock()
    filters = filters_of(outlet_key, language, country, (first_day, last_day), since_of(within, now))
    chosen = {
        "q": words.strip(),
        "outlet": outlet_key,
        "language": language,
        "country": country,
        "from": first_day.isoformat() if first_day else "",
        "to": last_day.isoformat() if last_day else "",
        "within": within.value,
        "order": order.value if order is not Order.NEWEST else "",
    }
    outlets = {outlet.key: outlet for outlet in services.outlets.outlets()}
    values: dict[str, Any] = {
        "nav": "search",
        "now": now,
        "chosen": chosen,
        "spans": SPAN_NAMES,
        "in_force": _in_force(chosen, outlets),
        "watch_link": _watch_link(services, words, filters),
        "failure": None,
        "remarks": [],
        "found": None,
        "feed_query": query_string(q=words.strip(), outlet=outlet_key, language=language),
    }
    try:
        search = services.searcher.search(words, filters)
    except QueryError as error:
        return page("search.html", values | _shown(error), status=HTTPStatus.BAD_REQUEST)
    tally = services.searcher.tally(search, newest=_PAGE + 1)
    if order is Order.RANK:
        found = services.searcher.ranked(search, limit=_PAGE, offset=offset)
    else:
        known = () if before else tally.newest
        found = services.searcher.newest(search, limit=_PAGE, before_id=before, known=known)
    values |= {
        "found": found,
        "is_first": not before and not offset,
        "remarks": services.searcher.remarks(words, now),
        "stories": services.stories.stories_of([each.article.id for each in found.items]),
        "count": count_words(tally, is_exact=search.is_exact),
        "tally": tally,
        "facets": _facets(chosen, tally, outlets),
        "picture": _picture(chosen, tally),
        "waiting": services.searcher.waiting(),
        "next_link": _next_link(chosen, found),
        "first_link": "/search" + query_string(**chosen),
        "exports": [(name, "/api/v1/export" + query_string(**chosen, form=form)) for name, form in _EXPORTS],
        "order_links": [("Newest first", _with(chosen, order="")), ("Best first", _with(chosen, order="rank"))],
    }
    return page("search.html", values)


def count_words(tally: Tally, *, is_exact: bool) -> str:
    """How much answers, as far as is known."""
    if tally.is_whole:
        told = f"{tally.count:,} article{'' if tally.count == 1 else 's'}"
        return told if is_exact else f"At most {told}"
    digits = len(str(tally.estimate)) - 2
    rounded = round(tally.estimate, -digits) if digits > 0 else tally.estimate
    return f"About {rounded:,} articles" if is_exact else f"At most about {rounded:,} articles"


def _watch_link(services: Services, words: str, filters: Filters) -> str | None:
    """Where the search becomes a watchlist; None where it asks for any article, or there are no watchlists."""
    query = as_text(words, filters)
    return "/watchlists/new" + query_string(q=query) if query and services.explainer else None


def _next_link(chosen: Mapping[str, str], found: Findings) -> str | None:
    if found.next_before_id:
        return _with(chosen, before=str(found.next_before_id))
    return _with(chosen, offset=str(found.next_offset)) if found.next_offset else None


def _with(chosen: Mapping[str, str], **changes: str) -> str:
    return "/search" + query_string(**{**chosen, **changes})


def _in_force(chosen: Mapping[str, str], outlets: Mapping[str, Outlet]) -> list[Choice]:
    """What narrows the search down, each with the link that gives it up."""
    named = []
    if key := chosen["outlet"]:
        named.append((outlets[key].name if key in outlets else key, {"outlet": ""}))
    if chosen["language"]:
        named.append((language_name(chosen["language"]), {"language": ""}))
    if chosen["country"]:
        named.append((f"from {chosen['country']}", {"country": ""}))
    if chosen["from"] or chosen["to"]:
        days = " to ".join(dict.fromkeys(filter(None, (chosen["from"] or "the beginning", chosen["to"] or "today"))))
        named.append((days, {"from": "", "to": ""}))
    return [Choice(name=name, link=_with(chosen, **changes)) for name, changes in named]


def _facets(chosen: Mapping[str, str], tally: Tally, outlets: Mapping[str, Outlet]) -> list[Facet]:
    """Kinds that have more than one choice, and are not chosen."""
    countries: Counter[str] = Counter()
    for key, count in tally.outlets.items():
        if key in outlets and (country := outlets[key].country):
            countries[country] += count
    names = {key: outlet.name for key, outlet in outlets.items()}
    languages = {code: count for code, count in tally.languages.items() if code}
    kinds: list[tuple[str, str, Mapping[str, int], Callable[[str], str]]] = [
        ("Outlets", "outlet", tally.outlets, lambda key: names.get(key, key)),
        ("Languages", "language", languages, language_name),
        ("Countries", "country", countries, str),
    ]
    return [
        Facet(title=title, choices=tuple(_choices(counts, name_of, partial(_narrowed, chosen, name))))
        for title, name, counts, name_of in kinds
        if not chosen[name] and len(counts) > 1
    ]


def _narrowed(chosen: Mapping[str, str], name: str, value: str) -> str:
    return _with(chosen, **{name: value})


def _choices(counts: Mapping[str, int], name_of: Callable[[str], str], link: Callable[[str], str]) -> Iterable[Choice]:
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_CHOICES]
    return (Choice(name=name_of(value), link=link(value), count=count) for value, count in most)


def _picture(chosen: Mapping[str, str], tally: Tally) -> dict[str, Any] | None:
    """Articles by day: a picture, and the same as a list."""
    bars = bars_of(tally.days)
    if len(bars) < 2:  # noqa: PLR2004 (one bar says nothing)
        return None

    def link(first: date, last: date) -> str:
        return _with(chosen, **{"from": first.isoformat(), "to": last.isoformat()})

    busy = [(period_words(bar), bar.count, link(bar.first, bar.last)) for bar in reversed(bars) if bar.count]
    return {"svg": histogram(bars, link), "rows": busy}


def _shown(error: QueryError) -> dict[str, str]:
    start, end = error.place.start, error.place.end
    return {
        "failure": str(error),
        "before": error.text[:start],
        "wrong": error.text[start:end],
        "after": error.text[end:],
    }
