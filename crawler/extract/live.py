"""Live blogs: their entries with the moment of each, and the text in an order that does not change by itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import unescape
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.completion import squeeze
from crawler.extract.moments import read_date
from crawler.extract.page import Page, plain
from storage.records import Evidence, LiveEntry, Moment, Precision

MAX_ENTRIES = 500
_MAX_ENTRY_CHARS = 20_000
_MAX_CHARS = 500_000
_MAX_HEADLINE_CHARS = 300
_MIN_SHOWN = 3  # fewer alike elements with times are no live blog
_MIN_ENTRY_CHARS = 15
_LEVELS = 6  # an entry's element is at most so far above its time
_MAX_TIMES = 2000
_HEADINGS = ("h2", "h3", "h4", "h5")
_BLOCKS = ("p", "li", "blockquote", "h5", "h6", "pre")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h\d|/blockquote)\b[^>]{0,200}>|\r?\n", re.IGNORECASE)
_MARKUP = re.compile(r"<[^>]{1,2000}>")
_ELSEWHERE = re.compile(r"comment|related|sidebar|footer|recommend|popular|most-?read|teaser|disqus", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBlog:
    """Entries newest first, what told them, and the texts of the page's times, which are no part of its words."""

    entries: tuple[LiveEntry, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    times: frozenset[str] = frozenset()


def read_live_blog(page: Page, zone: tzinfo | None) -> LiveBlog:
    """The entries of a page that is known to be a live blog. To be asked before the body is cut out of the tree.

    Order: JSON-LD liveBlogUpdate; else the largest group of alike elements beside each other that hold a time each.
    Entries come newest first where each names its minute, else as the page has them. At most 500 are read.
    """
    times = list(islice(page.elements.of("time"), _MAX_TIMES))
    for rule, found in (
        ("json-ld liveBlogUpdate", _declared(page, zone)),
        ("elements with times", _shown(times, zone)),
    ):
        entries = _in_order(_within_caps(found))
        if entries:
            told = Evidence(field="entries", rule=rule, value=f"{len(entries)} entries")
            return LiveBlog(entries=entries, evidence=(told,), times=frozenset(map(plain, times)))
    return LiveBlog()


def in_stable_order(paragraphs: Sequence[str], blog: LiveBlog) -> tuple[str, ...]:
    """The text of a live blog: what stands before its entries, then the entries newest first, those that extraction
    left out added. Pages move entries about and tell times anew ("5 min ago"); only new words make a revision.
    """
    if not blog.entries:
        return tuple(paragraphs)
    words = [squeeze(f"{entry.headline or ''}{entry.text}") for entry in blog.entries]
    lead: list[str] = []
    own: dict[int, list[str]] = {}
    current = -1
    for paragraph in paragraphs:
        if paragraph in blog.times:
            continue
        key = squeeze(paragraph)
        current = next((i for i in (current, *range(len(words))) if i >= 0 and key and key in words[i]), current)
        (own.setdefault(current, []) if current >= 0 else lead).append(paragraph)
    entries = (_lines(entry, own.get(i)) for i, entry in enumerate(blog.entries))
    return (*lead, *(line for lines in entries for line in lines))


def _lines(entry: LiveEntry, found: Sequence[str] | None) -> list[str]:
    """An entry's headline, which extraction finds or not, and its paragraphs, as they were found where they were."""
    lines = found if found is not None else entry.text.split("\n\n")
    return [*filter(None, (entry.headline, *(line for line in lines if line != entry.headline)))]


# ------------------------------------------------------------------------------------ declared


def _declared(page: Page, zone: tzinfo | None) -> Iterator[LiveEntry]:
    for node in page.nodes:
        updates = node.get("liveBlogUpdate")
        for update in (updates if isinstance(updates, list) else [updates])[: 2 * MAX_ENTRIES]:
            if isinstance(update, dict):
                yield _of_node(update, zone)


def _of_node(update: Mapping[str, Any], zone: tzinfo | None) -> LiveEntry:
    body = next(
        (b for name in ("articleBody", "text", "description") if isinstance(b := update.get(name), str) and b), ""
    )
    lines = (jsonld.clean_text(unescape(_MARKUP.sub(" ", part))) for part in _BREAK.split(body[: 2 * _MAX_ENTRY_CHARS]))
    headline = jsonld.text_of(update.get("headline") or update.get("name"), _MAX_HEADLINE_CHARS)
    said = jsonld.text_of(update.get("datePublished") or update.get("dateCreated")) or ""
    return LiveEntry(headline=headline, text="\n\n".join(filter(None, lines)), at=_moment(said, "json-ld", zone))


# --------------------------------------------------------------------------------------- shown


def _shown(times: Iterable[HtmlElement], zone: tzinfo | None) -> Iterator[LiveEntry]:
    """Entries in the largest group: of two of the same size the one with more text."""
    groups: dict[tuple[HtmlElement, object, str], dict[HtmlElement, HtmlElement]] = {}
    for time in times:
        for element in islice(time.iterancestors(), _LEVELS):
            parent = element.getparent()
            if parent is None:
                break
            names = (element.get("class") or "").split()
            groups.setdefault((parent, element.tag, names[0] if names else ""), {}).setdefault(element, time)
    large = [group for group in groups.values() if len(group) >= _MIN_SHOWN and not _is_elsewhere(next(iter(group)))]
    if not large:
        return
    most = max(map(len, large))
    best = max((g for g in large if len(g) == most), key=lambda g: sum(len(e.text_content()) for e in g))
    for element, time in best.items():
        yield _of_element(element, time, zone)


def _is_elsewhere(element: HtmlElement) -> bool:
    above = (element, *element.iterancestors())
    return any(
        _ELSEWHERE.search(f"{e.get('class') or ''} {e.get('id') or ''}") or e.tag in {"aside", "footer", "nav"}
        for e in above
    )


def _of_element(element: HtmlElement, time: HtmlElement, zone: tzinfo | None) -> LiveEntry:
    heading = next((text for h in element.iter(*_HEADINGS) if (text := plain(h))), None)
    blocks = [
        b for b in element.iter(*_BLOCKS) if next(b.iterdescendants(*_BLOCKS), None) is None and not _is_caption(b)
    ]
    lines = dict.fromkeys(plain(b) for b in blocks if next(b.iter("time"), None) is None)
    text = "\n\n".join(line for line in lines if line and line != heading)
    said = time.get("datetime") or plain(time)
    return LiveEntry(
        headline=heading and heading[:_MAX_HEADLINE_CHARS], text=text, at=_moment(said, "time element", zone)
    )


def _is_caption(element: HtmlElement) -> bool:
    return any(above.tag in {"figure", "figcaption"} for above in element.iterancestors())


# --------------------------------------------------------------------------------------- parts


def _moment(said: str, rule: str, zone: tzinfo | None) -> Moment | None:
    reading = read_date(said)
    return reading.moment(rule, zone) if reading else None


def _within_caps(entries: Iterable[LiveEntry]) -> list[LiveEntry]:
    """Distinct entries that say something, up to the caps."""
    kept: dict[tuple[str | None, str], LiveEntry] = {}
    size = 0
    for entry in entries:
        size += len(entry.text)
        says = len(entry.text) + len(entry.headline or "") >= _MIN_ENTRY_CHARS
        if says and len(entry.text) <= _MAX_ENTRY_CHARS:
            kept.setdefault((entry.headline, entry.text), entry)
        if len(kept) == MAX_ENTRIES or size > _MAX_CHARS:
            break
    return list(kept.values())


def _in_order(entries: Collection[LiveEntry]) -> tuple[LiveEntry, ...]:
    """Newest first where each tells its minute; the order of the page among those of the same moment."""
    dated = [(entry.at.at, entry) for entry in entries if entry.at and entry.at.precision is not Precision.DAY]
    if len(dated) < len(entries):
        return tuple(entries)
    return tuple(entry for _, entry in sorted(dated, key=lambda pair: pair[0], reverse=True))
