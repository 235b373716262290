"""RSS, Atom and JSON Feed bodies: entries in, candidates out.

feedparser is the authority on RSS and Atom; it gets bytes only, so it never fetches.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax import SAXException

import feedparser

from crawler.discovery.collector import Collector
from crawler.discovery.feedwords import publisher_words
from crawler.discovery.forms import Form, form_of
from crawler.discovery.inflate import inflate
from crawler.discovery.jsonfeed import read_json_feed
from crawler.discovery.moments import read_moment
from crawler.discovery.plaintext import plain_text, primary_language
from crawler.encodings.decoding import xml_as_utf8
from storage.records import Discovery, Hints, Moment, Outlet

MAX_ENTRIES = 5_000
# feedparser's time grows faster than its input; no feed of news is near this size.
MAX_FEED_BYTES = 16_777_216
_MAX_AUTHORS = 20
_ENTRY_END = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ROOT_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf|entry)\s*>", re.IGNORECASE)
_TAIL_BYTES = 8_192
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# feedparser makes guids absolute, numbers too; so the body tells whether its guids are addresses at all.
_WEB_GUID = re.compile(rb"<guid[^<>]{0,200}>\s{0,80}(?:<!\[CDATA\[\s{0,80})?https?:", re.IGNORECASE)
_ONLY_AN_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


def read_feed(body: bytes, *, url: str, content_type: str | None, outlet: Outlet) -> Discovery:
    """What a feed lists, in its order. Never raises: what cannot be read is told in `problem`.

    `url` is where the body came from, for relative links; `content_type` as the server sent it. At most
    5,000 entries; a feed that is not well-formed still gives what could be read.
    """
    body, damage = inflate(body)
    form = form_of(body)
    if form is Form.JSON:
        return read_json_feed(body, url=url, content_type=content_type, outlet=outlet, max_entries=MAX_ENTRIES)
    if form is not Form.FEED:
        return Discovery(problem=_not_a_feed(form))
    if len(body) > MAX_FEED_BYTES:
        return Discovery(problem=f"the feed is larger than {MAX_FEED_BYTES} bytes")
    body, is_transcoded = xml_as_utf8(body, content_type)
    if is_transcoded:
        content_type = "application/xml; charset=utf-8"
    body, is_cut = _first_entries(body)
    parsed = _parse(body, content_type)
    if isinstance(parsed, str):
        return Discovery(problem=parsed)
    ascii_body = body.replace(b"\0", b"")  # UTF-16 too
    is_closed = _ROOT_END.search(ascii_body[-_TAIL_BYTES:]) is not None
    has_web_guids = _WEB_GUID.search(ascii_body) is not None
    truncated = f"more than {MAX_ENTRIES} entries" if is_cut else damage
    found = _discovery(parsed, url, outlet, truncated, is_closed=is_closed, has_web_guids=has_web_guids)
    return replace(found, words=publisher_words(ascii_body))


def _not_a_feed(form: Form) -> str:
    found = {
        Form.EMPTY: "the body is empty",
        Form.HTML: "an HTML page, not a feed",
        Form.SITEMAP: "a sitemap, not a feed",
        Form.URL_LIST: "a list of URLs, not a feed",
    }
    return found.get(form, "neither RSS nor Atom nor JSON Feed")


def _first_entries(body: bytes) -> tuple[bytes, bool]:
    """The body up to its 5,000th entry, closed again, since feedparser would read them all."""
    for count, end in enumerate(_ENTRY_END.finditer(body), start=1):
        if count == MAX_ENTRIES:
            rest = body[end.end() :]
            if _ENTRY_END.search(rest) is None:
                return body, False
            is_atom = b"entry" in end[0].lower()
            is_rss = b"<rss" in body[:4_096].lower()
            closing = b"</feed>" if is_atom else b"</channel></rss>" if is_rss else b"</rdf:RDF>"
            return body[: end.end()] + closing, True
    return body, False


def _parse(body: bytes, content_type: str | None) -> Any:
    """The result of feedparser, or why there is none."""
    # Not told where the body came from, it leaves relative links as they are: only one parser joins addresses here.
    headers = {"content-type": content_type} if content_type else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return feedparser.parse(
                BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
            )
    except Exception as error:  # noqa: BLE001 - it raises whatever hostile bytes provoke, of no common root
        return f"feedparser cannot read it ({type(error).__name__}: {error})"[:300]


def _discovery(
    parsed: Mapping[str, Any], url: str, outlet: Outlet, truncated: str | None, *, is_closed: bool, has_web_guids: bool
) -> Discovery:
    feed, entries = parsed["feed"], parsed["entries"]
    title = _text(feed, "title") or None
    is_damaged = isinstance(parsed.get("bozo_exception"), SAXException)
    if not entries and (is_damaged or (not parsed.get("version") and title is None)):
        return Discovery(title=title, problem=f"no entry could be read from it{_bozo(parsed)}")
    language = primary_language(str(feed.get("language") or ""))
    collector = Collector(outlet, url)
    newest: datetime | None = None
    for entry in entries[:MAX_ENTRIES]:
        hints = _hints(entry, language, outlet)
        newest = _newer(newest, hints)
        link = _link(entry, has_web_guids=has_web_guids)
        if link:
            collector.add(link, hints)
    if len(entries) > MAX_ENTRIES:
        truncated = f"more than {MAX_ENTRIES} entries"
    elif is_damaged and not is_closed:
        truncated = truncated or "the feed ends before its closing tag"
    return Discovery(candidates=collector.candidates(), title=title, newest=newest, truncated=truncated)


def _bozo(parsed: Mapping[str, Any]) -> str:
    error = parsed.get("bozo_exception")
    return f" ({plain_text(str(error), max_chars=200)})" if error else ""


def _newer(newest: datetime | None, hints: Hints) -> datetime | None:
    known = [moment.at for moment in (hints.published, hints.modified) if moment is not None]
    return max([*known, newest]) if newest is not None else max(known, default=None)


def _hints(entry: Mapping[str, Any], language: str | None, outlet: Outlet) -> Hints:
    own_language = str(entry.get("language") or "")
    return Hints(
        title=_text(entry, "title") or None,
        authors=tuple(_authors(entry)),
        published=_moment(entry, "published", outlet),
        modified=_moment(entry, "updated", outlet),
        language=(primary_language(own_language) if own_language else None) or language,
    )


def _text(element: Mapping[str, Any], name: str) -> str:
    value = element.get(name)
    if not isinstance(value, str):
        return ""
    detail = element.get(f"{name}_detail") or {}
    return plain_text(value, is_html=detail.get("type") in _HTML_TYPES)


def _authors(entry: Mapping[str, Any]) -> Iterable[str]:
    named = [author.get("name") for author in entry.get("authors") or () if isinstance(author, Mapping)]
    names = [name for name in named if name] or [entry.get("author")]
    plain = [plain_text(name, is_html=True, max_chars=200) for name in names[:_MAX_AUTHORS] if isinstance(name, str)]
    # An address is no name, and nothing to spread.
    return dict.fromkeys(name for name in plain if name and _ONLY_AN_ADDRESS.fullmatch(name) is None)


def _moment(entry: Mapping[str, Any], name: str, outlet: Outlet) -> Moment | None:
    # Asked first, since feedparser hands out the publication date for a missing update.
    text = entry.get(name) if name in entry else None
    if not isinstance(text, str):
        return None
    fields = entry.get(f"{name}_parsed")
    try:
        clock = datetime(*fields[:6]) if fields else None  # noqa: DTZ001 - the text tells its zone
    except (ValueError, OverflowError):
        clock = None
    return read_moment(text, rule="feed", outlet=outlet, clock=clock)


def _link(entry: Mapping[str, Any], *, has_web_guids: bool) -> str | None:
    """Where the article is: what FeedBurner says it was, the alternate link, or a guid that is a URL."""
    original = entry.get("feedburner_origlink")
    if isinstance(original, str) and original.strip():
        return original
    link = entry.get("link")
    # feedparser says "guidislink" of an Atom entry too whose id stands before its link; only the guid itself is none.
    if isinstance(link, str) and link.strip() and (has_web_guids or not entry.get("guidislink")):
        return link
    links = [found for found in entry.get("links") or () if isinstance(found, Mapping)]
    alternates = [str(found.get("href") or "") for found in links if found.get("rel") == "alternate"]
    return next((href for href in alternates if href.strip()), None)
