"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1): items in, candidates out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crawler.discovery.collector import Collector
from crawler.discovery.hubs import hub_in_json
from crawler.discovery.moments import read_moment
from crawler.discovery.plaintext import plain_text, primary_language
from crawler.encodings.decoding import decode
from storage.records import Discovery, Hints, Outlet

_MAX_AUTHORS = 20


def read_json_feed(body: bytes, *, url: str, content_type: str | None, outlet: Outlet, max_entries: int) -> Discovery:
    """What a JSON Feed lists, in its order. Never raises: what cannot be read is told in `problem`."""
    try:
        feed = json.loads(decode(body, content_type))
    except (ValueError, RecursionError, LookupError) as error:
        return Discovery(problem=f"JSON that cannot be read ({type(error).__name__}: {error})"[:300])
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org/version/" not in str(feed.get("version", "")):
        return Discovery(problem="JSON, but no JSON Feed")
    language = _language(feed)
    feed_authors = tuple(_authors(feed))
    collector = Collector(outlet, url)
    times: list[datetime] = []
    for item in items[:max_entries]:
        if not isinstance(item, dict):
            continue
        hints = _hints(item, language, feed_authors, outlet)
        times += [moment.at for moment in (hints.published, hints.modified) if moment is not None]
        link = _link(item)
        if link:
            collector.add(link, hints)
    return Discovery(
        candidates=collector.candidates(),
        title=_text(feed, "title") or None,
        newest=max(times, default=None),
        truncated=f"more than {max_entries} entries" if len(items) > max_entries else None,
        hub=hub_in_json(feed, url),
    )


def _hints(item: Mapping[str, Any], language: str | None, feed_authors: tuple[str, ...], outlet: Outlet) -> Hints:
    return Hints(
        title=_text(item, "title") or None,
        authors=tuple(_authors(item)) or feed_authors,
        published=read_moment(_text(item, "date_published"), rule="feed", outlet=outlet),
        modified=read_moment(_text(item, "date_modified"), rule="feed", outlet=outlet),
        language=_language(item) or language,
    )


def _text(element: Mapping[str, Any], name: str) -> str:
    value = element.get(name)
    return plain_text(value) if isinstance(value, str) else ""


def _language(element: Mapping[str, Any]) -> str | None:
    return primary_language(_text(element, "language"))


def _authors(element: Mapping[str, Any]) -> Iterator[str]:
    """Names of `authors` (1.1) or `author` (1.0)."""
    listed = element.get("authors")
    authors = listed if isinstance(listed, list) else [element.get("author")]
    for author in authors[:_MAX_AUTHORS]:
        name = _text(author, "name") if isinstance(author, dict) else ""
        if name:
            yield name


def _link(item: Mapping[str, Any]) -> str | None:
    """The item's own page; else the page that a linkblog points to; else an id that is a URL."""
    for name in ("url", "external_url"):
        if (link := item.get(name)) and isinstance(link, str):
            return link
    identity = item.get("id")
    return identity if isinstance(identity, str) and identity.startswith(("http://", "https://")) else None
