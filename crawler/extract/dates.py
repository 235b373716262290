"""When a page was published and last changed, and which of its dates said so."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; digits of many scripts

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from htmldate import find_date
from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.moments import Reading, read_date
from crawler.extract.page import Page
from storage.records import Evidence, Hints, Moment, Zone

_PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "article.published", "publish-date", "publish_date", "pubdate", "article_date_original",
    "originalpublicationdate", "rnews:datepublished", "cxenseparse:recs:publishtime", "bt:pubdate", "dc.date.issued",
    "dcterms.created", "dcterms.issued", "dc.date.created", "dcterms.date", "dc.date", "citation_publication_date",
    "citation_date", "article:published", "published_date", "publication_date", "date_published", "last-published",
    "date", "dc:date", "dc:created", "created", "publishdate",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time", "og:updated_time", "og:article:modified_time", "datemodified", "article.updated",
    "last-modified", "lastmod", "dcterms.modified", "dc.date.modified", "revised", "article:modified",
)  # fmt: skip
_PUBLISHED_CLASS = re.compile(
    r"publi[sc]|posted|pub[-_]?date|entry-date|post-?date|article-?date|date-?line|byline|timestamp|created|"
    r"^date$|\bdate\b|datum|fecha|data-|dato|time", re.IGNORECASE
)  # fmt: skip
_MODIFIED_TEXT = re.compile(
    r"updat|modif|edited|aktualis|mis à jour|actuali[sz]|aggiornat|обновл|به.?روز|עודכן", re.IGNORECASE
)
_MODIFIED_CLASS = re.compile(r"updat|modif", re.IGNORECASE)
_TAGS = (
    "time",
    "span",
    "div",
    "p",
    "abbr",
    "li",
    "small",
    "em",
    "b",
    "strong",
    "a",
    "td",
    "dd",
    "h4",
    "h5",
    "i",
    "meta",
)
_ELSEWHERE = re.compile(
    r"comment|related|sidebar|footer|widget|teaser|recommend|popular|latest|more-|most-", re.IGNORECASE
)
_IN_URL = re.compile(
    r"/((?:19|20)\d\d)(?:([/-])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])|(0[1-9]|1[0-2])(0[1-9]|[12]\d|"
    r"3[01]))(?=[/_.-]|$)"
)
_HAS_YEAR = re.compile(r"(?:19|20|13|14|۱۳|۱۴|٢٠)[\d۰-۹٠-٩]{2}|\d[./]\d{1,2}[./]\d\d\b")
_BEGINS = re.compile(r"\W*\d{1,2}\. ?(?:\d{1,2}\. ?|[^\W\d]+ )\d{4}\b(?=\s*[-–—:|•])")
_REPUBLISHED = timedelta(days=60)
_MAX_SHOWN = 40
_MONTH_FIRST_LANGUAGES = ("en-us", "en_us")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Both moments of a page with their evidence."""

    published: Moment | None
    modified: Moment | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    rule: str
    reading: Reading


def read_dates(page: Page, hints: Hints, zone: tzinfo | None, now: datetime | None = None) -> Dates:
    """Published and modified of a page.

    Order: JSON-LD, meta, microdata and <time>, dates shown near the headline, the source's hint, the URL, then
    htmldate. A moment without a zone takes the outlet's, else only its day is told. With `now`, nothing later
    than a day after it is believed.
    """
    month_first = _month_first(page)
    published = _believable(_published(page, month_first=month_first), now)
    modified = _believable(_modified(page, month_first=month_first), now)
    evidence: list[Evidence] = []
    if not published and hints.published is None:
        published = _believable(_in_text(page, month_first=month_first), now)[:1]
    first = _decide("published", published, zone, evidence, hints.published)
    if first is None:
        first = _guess(page, evidence, now)
    last = _decide("modified", modified, zone, evidence, hints.modified)
    if first is None and last is not None:
        first = last
        evidence.append(Evidence(field="published", rule=f"modified: {last.rule}", value=evidence[-1].value))
    if first and last and last.at < first.at and last.zone is not Zone.NONE:
        last = None  # a change before publication is a template's mistake
    return Dates(published=first, modified=last, evidence=tuple(evidence))


def _decide(
    name: str, found: list[_Found], zone: tzinfo | None, evidence: list[Evidence], hint: Moment | None
) -> Moment | None:
    """The first in order; one that only names the day gives way to a later one with the time of that day."""
    if not found:
        if hint is not None:
            evidence.append(Evidence(field=name, rule=f"hint: {hint.rule}", value=hint.at.isoformat()))
        return hint
    best = _local(found)
    moment = best.reading.moment(best.rule, zone)
    if moment.zone is Zone.NONE:
        for other in found[1:]:
            finer = other.reading.moment(other.rule, zone)
            if other.reading.day == best.reading.day and finer.zone is not Zone.NONE:
                best, moment = other, finer
                break
        else:
            if hint is not None and hint.zone is not Zone.NONE and abs(hint.at - moment.at) < timedelta(hours=38):
                evidence.append(
                    Evidence(
                        field=name,
                        rule=f"hint: {hint.rule}",
                        value=hint.at.isoformat(),
                        lost=((best.rule, best.reading.shown()),),
                    )
                )
                return hint
    lost = tuple(dict.fromkeys((f.rule, f.reading.shown()) for f in found if f is not best))
    evidence.append(Evidence(field=name, rule=best.rule, value=best.reading.shown(), lost=lost[:8]))
    return moment


def _local(found: list[_Found]) -> _Found:
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
            return replace(other, reading=replace(reading, offset_minutes=offset))
    return first


def _offset_between(local: Reading, utc: Reading) -> int | None:
    """Minutes by which a time without a zone is ahead of one in UTC, if that can be a zone's offset."""
    if local.hour is None or utc.hour is None or not utc.second or local.second != utc.second:
        return None
    days = (local.day - utc.day).days
    minutes = days * 1440 + (local.hour - utc.hour) * 60 + local.minute - utc.minute
    return minutes if minutes % 30 == 0 and abs(minutes) <= 14 * 60 else None


def _believable(found: Iterator[_Found], now: datetime | None) -> list[_Found]:
    if now is None:
        return list(found)
    latest = (now + timedelta(days=1)).date()
    return [f for f in found if f.reading.day <= latest]


def _published(page: Page, *, month_first: bool) -> Iterator[_Found]:
    """Readings in order; the visible page is only searched when what the head declares has no zone."""
    has_zone = False
    for name in ("datePublished", "dateCreated", "uploadDate"):
        for found in _read("json-ld " + name, jsonld.text_of(page.article.get(name)), month_first=month_first):
            has_zone |= found.reading.offset_minutes is not None
            yield found
    for name in _PUBLISHED_META:
        for value in page.meta.get(name, ())[:1]:
            for found in _read("meta " + name, value, month_first=month_first):
                has_zone |= found.reading.offset_minutes is not None
                yield found
    if not has_zone:
        yield from _visible(page.tree, month_first=month_first)
    if in_url := _IN_URL.search(page.url):
        yield from _read(
            "url", "-".join((in_url[1], in_url[3] or in_url[5], in_url[4] or in_url[6])), month_first=False
        )


def _modified(page: Page, *, month_first: bool) -> Iterator[_Found]:
    yield from _read("json-ld dateModified", jsonld.text_of(page.article.get("dateModified")), month_first=month_first)
    for name in _MODIFIED_META:
        for value in page.meta.get(name, ())[:1]:
            yield from _read("meta " + name, value, month_first=month_first)


def _read(rule: str, text: str | None, *, month_first: bool) -> Iterator[_Found]:
    if text and (reading := read_date(text, month_first=month_first)):
        yield _Found(rule=rule, reading=reading)


def _visible(tree: HtmlElement, *, month_first: bool) -> Iterator[_Found]:
    """Dates in microdata and <time>, then in elements named for dates, in page order."""
    looser: list[tuple[str, str]] = []
    for element in tree.iter(*_TAGS):
        prop = element.get("itemprop") or element.get("property") or ""
        is_date, is_change = _names(element.get("class") or "", element.get("id") or "")
        if "datepublished" in prop.lower() or (element.tag == "time" and element.get("pubdate") is not None):
            yield from _read(f"itemprop {prop}" if prop else "time pubdate", _value(element), month_first=month_first)
        elif element.tag == "time":
            if not is_change and "datemodified" not in prop.lower():
                looser.append(("time", _value(element)))
        elif is_date and len(looser) < _MAX_SHOWN:
            text = _short_text(element)
            if text and any(c.isdigit() for c in text):
                looser.append(("text", text))
    for rule, text in looser[:_MAX_SHOWN]:
        if rule == "time" or not _MODIFIED_TEXT.search(text):
            yield from _read(rule, text, month_first=month_first)


@lru_cache(maxsize=50_000)
def _names(class_names: str, identifier: str) -> tuple[bool, bool]:
    """Whether names speak of a date of the article, and whether of a change; cached."""
    names = f"{class_names} {identifier}"
    is_date = bool(names.strip() and _PUBLISHED_CLASS.search(names) and not _ELSEWHERE.search(names))
    return is_date, bool(_MODIFIED_CLASS.search(names))


def _in_text(page: Page, *, month_first: bool) -> Iterator[_Found]:
    """Dates in short texts that nothing marks, those after the headline first, then the ones before it."""
    after: list[str] = []
    before: list[str] = []
    is_after = False
    for element in page.tree.iter():
        is_after = is_after or element.tag == "h1"
        for text in (element.text, element.tail):
            if not text or len(short := " ".join(text[:300].split())) < 6:
                continue
            if len(short) > 100 and (begin := _BEGINS.match(short)):
                short = begin[0]
            if len(short) <= 100 and _HAS_YEAR.search(short):
                (after if is_after else before).append(short)
    for text in (*after[:_MAX_SHOWN], *before[:_MAX_SHOWN]):
        if not _MODIFIED_TEXT.search(text) and "©" not in text:
            yield from _read("text", text, month_first=month_first)


def _value(element: HtmlElement) -> str:
    return str(
        element.get("datetime") or element.get("content") or element.get("title") or element.text_content()[:100]
    )


def _short_text(element: HtmlElement) -> str | None:
    """Text of an element that holds little else than a date."""
    if len(element) > 12:
        return None
    text = " ".join(element.text_content().split())
    return text if 6 <= len(text) <= 120 else None


def _guess(page: Page, evidence: list[Evidence], now: datetime | None) -> Moment | None:
    """What htmldate finds; asked last, since it is slow and tells neither rule nor time."""
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
    if reading is None:
        return None
    evidence.append(Evidence(field="published", rule="htmldate", value=reading.shown()))
    return reading.moment("htmldate", None)


def _month_first(page: Page) -> bool:
    said = (page.tree.get("lang") or page.first_meta("og:locale", "language", "content-language") or "").lower()
    return said.startswith(_MONTH_FIRST_LANGUAGES)
