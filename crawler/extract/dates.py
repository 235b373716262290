"""When a page was published and last changed, and which of its dates said so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from htmldate import find_date

from crawler.extract.datings import Dating
from crawler.extract.declared_dates import (
    date_in_url,
    day_first_in_url,
    declared_changes,
    declared_dates,
    doubtful_dates,
    stated_dates,
)
from crawler.extract.elements import text_of
from crawler.extract.language import code_of
from crawler.extract.moments import DateStyle, Reading, read_date
from crawler.extract.page import Page
from crawler.extract.shown_dates import ShownDates, shown_dates, text_dates
from storage.records import Evidence, Hints, Moment, Zone

_REPUBLISHED = timedelta(days=60)
_A_DAY = timedelta(days=1)
_MAX_LOST = 8
_MAX_GUESSED_CHARS = (
    300_000  # htmldate reads the text of nested elements again and again: seconds of a page made for it
)
_SHOWN_RULES = ("text", "time")
_MONTH_FIRST_LABELS = ("en-us", "en_us")
_MONTH_FIRST_ZONES = ("US/", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
                      "America/Phoenix", "America/Detroit", "America/Anchorage", "Pacific/Honolulu",
                      "America/Indiana", "America/Kentucky", "America/Boise", "Asia/Manila")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Both moments of a page with their evidence."""

    published: Moment | None
    modified: Moment | None
    evidence: tuple[Evidence, ...]


def read_dates(page: Page, hints: Hints, zone: tzinfo | None, now: datetime | None = None, title: str = "") -> Dates:
    """Published and modified of a page whose headline is `title`.

    Order: JSON-LD and meta; what stands at the headline; meta names of doubtful meaning; microdata, <time> and
    elements named for dates after the headline; the URL; the source's hint; scripts, mere texts, htmldate. A moment
    without a zone takes the outlet's, else only its day is told. With `now`, nothing later than a day after it is
    believed, nor that a page which shows today's date in its frame was published today.
    """
    style = _style_of(page, zone)
    declared = _believable(declared_dates(page, style), now)
    changes = _believable(declared_changes(page, style), now)
    shown = ShownDates()
    if not any(d.reading.offset_minutes for d in declared):  # none told in a zone of its own
        shown = shown_dates(page.elements, title, style, is_near_enough=bool(declared))
    in_url = list(date_in_url(page.url))
    undeclared = _believable((*shown.near, *doubtful_dates(page, style), *shown.marked), now)
    undeclared = _likely(undeclared, in_url, changes)
    published = [*declared, *undeclared, *_believable(in_url, now)]
    if not published and hints.published is None:
        published = _believable((*stated_dates(page.scripts), *day_first_in_url(page.url)), now)
    if not published and hints.published is None:
        texts = _believable(text_dates(page.elements, title, style, _today(now)), now)
        published = _likely(texts, in_url, changes)[:1]
    evidence: list[Evidence] = []
    first = _decide("published", published, zone, evidence, hints.published)
    if first is None:
        first = _guess(page, evidence, now)
    last = _decide("modified", changes or _believable(shown.modified, now), zone, evidence, hints.modified)
    if first is None and last is not None:
        first = last
        evidence.append(Evidence(field="published", rule=f"modified: {last.rule}", value=evidence[-1].value))
    if first and last and last.at < first.at and last.zone is not Zone.NONE:
        last = None  # a change before publication is a template's mistake
    return Dates(published=first, modified=last, evidence=tuple(evidence))


def _today(now: datetime | None) -> frozenset[date]:
    """The days that it is somewhere on Earth."""
    return frozenset((now + timedelta(hours=h)).date() for h in (-12, 0, 14)) if now else frozenset()


def _likely(found: list[Dating], in_url: list[Dating], changes: list[Dating]) -> list[Dating]:
    """Datings that agree with the day of the URL first; none that is later than the declared change."""
    if changes:
        latest = max(change.reading.day for change in changes) + _A_DAY
        found = [f for f in found if f.reading.day <= latest]
    if in_url:
        day = in_url[0].reading.day
        agreeing = [f for f in found if abs(f.reading.day - day) <= _A_DAY]
        found = [*agreeing, *in_url, *(f for f in found if f not in agreeing)]
    return found


def _decide(
    name: str, found: list[Dating], zone: tzinfo | None, evidence: list[Evidence], hint: Moment | None
) -> Moment | None:
    """The first in order; one that only names the day gives way to a later one with the time of that day."""
    if not found:
        if hint is not None:
            evidence.append(Evidence(field=name, rule=f"hint: {hint.rule}", value=hint.at.isoformat()))
        return hint
    best = _local(found)
    moment = best.reading.moment(best.rule, zone)
    if moment.zone is Zone.NONE:
        if finer := _finer(best, found, zone):
            best, moment = finer, finer.reading.moment(finer.rule, zone)
        elif hint is not None and hint.zone is not Zone.NONE and abs(hint.at - moment.at) < timedelta(hours=38):
            lost = ((best.rule, best.reading.shown()),)
            evidence.append(Evidence(field=name, rule=f"hint: {hint.rule}", value=hint.at.isoformat(), lost=lost))
            return hint
    evidence.append(Evidence(field=name, rule=best.rule, value=best.reading.shown(), lost=_lost(best, found)))
    return moment


def _finer(best: Dating, found: Sequence[Dating], zone: tzinfo | None) -> Dating | None:
    """The first other dating of the same day that tells the time in a zone."""
    others = (f for f in found if f.reading.day == best.reading.day)
    return next((f for f in others if f.reading.moment(f.rule, zone).zone is not Zone.NONE), None)


def _lost(best: Dating, found: Iterable[Dating]) -> tuple[tuple[str, str], ...]:
    """What was not taken, what the page declares and its URL first."""
    lost = dict.fromkeys((f.rule, f.reading.shown()) for f in found if f is not best)
    return tuple(sorted(lost, key=lambda told: told[0] in _SHOWN_RULES))[:_MAX_LOST]


def _local(found: list[Dating]) -> Dating:
    """The first, or one of the same instant that tells it in the outlet's own zone instead of UTC.

    A time without a zone that differs from it by whole half hours, to the second, is the same instant too: the
    difference is the zone. A URL that is two months and more older tells when the page was first published.
    """
    first = found[0]
    in_url = next((f for f in found if f.rule == "url"), None)
    if in_url and first.reading.day - in_url.reading.day > _REPUBLISHED:
        return in_url
    if first.reading.offset_minutes != 0:
        return first
    at = first.reading.moment("", None).at
    for other in found[1:]:
        reading = other.reading
        if reading.offset_minutes and reading.moment("", None).at == at:
            return other
        if reading.offset_minutes is None and (offset := _offset_between(reading, first.reading)):
            return replace(other, reading=replace(reading, second=first.reading.second, offset_minutes=offset))
    return first


def _offset_between(local: Reading, utc: Reading) -> int | None:
    """Minutes by which a time without a zone is ahead of one in UTC, if that can be a zone's offset.

    To the second; a clock without seconds is enough when its minutes are odd ones and whole hours lie between.
    """
    if local.hour is None or utc.hour is None:
        return None
    minutes = (local.day - utc.day).days * 1440 + (local.hour - utc.hour) * 60 + local.minute - utc.minute
    is_exact = bool(utc.second) and local.second == utc.second and minutes % 30 == 0
    is_odd = not local.second and utc.minute % 15 != 0 and minutes % 60 == 0
    return minutes if (is_exact or is_odd) and abs(minutes) <= 14 * 60 else None


def _believable(found: Iterable[Dating], now: datetime | None) -> list[Dating]:
    if now is None:
        return list(found)
    latest = (now + _A_DAY).date()
    return [f for f in found if f.reading.day <= latest]


def _guess(page: Page, evidence: list[Evidence], now: datetime | None) -> Moment | None:
    """What htmldate finds; asked last, since it is slow and tells neither rule nor time.

    Today is not believed: more often than not it is the date in the frame of a page that has none.
    """
    if len(text_of(page.tree)) > _MAX_GUESSED_CHARS:
        return None
    try:
        found = find_date(
            page.tree,
            url=page.url or None,
            original_date=True,
            extensive_search=False,  # else dateparser compiles 200 locales, six seconds of a fresh process
            max_date=now.date().isoformat() if now else None,
        )
    except Exception:  # noqa: BLE001
        return None
    reading = read_date(found) if found else None
    if reading is None or reading.day in _today(now):
        return None
    evidence.append(Evidence(field="published", rule="htmldate", value=reading.shown()))
    return reading.moment("htmldate", None)


def _style_of(page: Page, zone: tzinfo | None) -> DateStyle:
    """How the page writes dates, by its language and the outlet's zone."""
    label = (page.tree.get("lang") or page.first_meta("og:locale", "language", "content-language") or "").lower()
    is_american = str(zone).startswith(_MONTH_FIRST_ZONES) if zone else False
    return DateStyle(month_first=label.startswith(_MONTH_FIRST_LABELS) or is_american, language=code_of(label))
