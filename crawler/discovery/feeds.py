"""RSS, Atom and JSON Feed bodies: entries in, candidates out.

feedparser is the authority on RSS and Atom; it gets bytes only, so it never fetches.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax import SAXException

import feedparser

from crawler.discovery.collector import Collector
from crawler.discovery.entries import Marks, context_of, digest_of, marks_of, split
from crawler.discovery.feedwords import publisher_words
from crawler.discovery.forms import Form, form_of
from crawler.discovery.hubs import hub_in_feed
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


def read_feed(
    body: bytes, *, url: str, content_type: str | None, outlet: Outlet, marks: bytes | None = None
) -> Discovery:
    """What a feed lists, in its order. Never raises: what cannot be read is told in `problem`.

    `url` is where the body came from, for relative links; `content_type` as the server sent it. At most
    5,000 entries; a feed that is not well-formed still gives what could be read. With the `marks` of the last visit,
    entries that are as they were then are not read again: `known` has the fingerprints of their URLs.
    """
    body, damage = inflate(body)
    form = form_of(body)
    if form is Form.JSON:
        return read_json_feed(body, url=url, content_type=content_type, outlet=outlet, max_entries=MAX_ENTRIES)
    if form is not Form.FEED:
        return Discovery(problem=_not_a_feed(form))
    if len(body) > MAX_FEED_BYTES:
        return Discovery(problem=f"the feed is larger than {MAX_FEED_BYTES} bytes")
    body, content_type, is_cut = prepared(body, content_type)
    ascii_body = body.replace(b"\0", b"")  # UTF-16 too
    feed = _Feed(
        url=url,
        outlet=outlet,
        content_type=content_type,
        truncated=f"more than {MAX_ENTRIES} entries" if is_cut else damage,
        is_closed=_ROOT_END.search(ascii_body[-_TAIL_BYTES:]) is not None,
        has_web_guids=_WEB_GUID.search(ascii_body) is not None,
    )
    found = _read_entries(body, feed, Marks.unpack(marks))
    return replace(found, words=publisher_words(ascii_body), hub=hub_in_feed(ascii_body, url))


def prepared(body: bytes, content_type: str | None) -> tuple[bytes, str | None, bool]:
    """A feed as feedparser gets it, its content type, and whether entries were cut off: in UTF-8 where it was in
    another encoding, with at most 5,000 entries.
    """
    body, is_transcoded = xml_as_utf8(body, content_type)
    body, is_cut = _first_entries(body)
    return body, "application/xml; charset=utf-8" if is_transcoded else content_type, is_cut


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feed:
    """What is known of a feed before its entries are read."""

    url: str
    outlet: Outlet
    content_type: str | None
    truncated: str | None
    is_closed: bool
    has_web_guids: bool


def _read_entries(body: bytes, feed: _Feed, marks: Marks | None) -> Discovery:
    """Reads what the marks do not know; the whole where a scan cannot tell its entries apart, or one is damaged."""
    parts = None if feed.truncated else split(body)
    if parts is None:
        return _read_whole(body, feed)[0]
    context = context_of(parts, feed.url, has_web_guids=feed.has_web_guids)
    known = marks.keys if marks is not None and marks.context == context else {}
    digests = [digest_of(entry) for entry in parts.entries]
    new = {digest: entry for digest, entry in zip(digests, parts.entries, strict=True) if digest not in known}
    listed = tuple(dict.fromkeys(known[digest] for digest in digests if known.get(digest)))
    if not new:
        kept = marks_of(context, digests, [known[digest] for digest in digests])
        return Discovery(known=listed, marks=kept)
    if known:
        found, keys = _read_whole(parts.only(new.values()), feed)
        if len(keys) == len(new):
            all_keys = known | dict(zip(new, keys, strict=True))
            kept = marks_of(context, digests, [all_keys[digest] for digest in digests])
            return replace(found, known=listed, marks=kept)
    found, keys = _read_whole(body, feed)
    return replace(found, marks=marks_of(context, digests, keys)) if len(keys) == len(digests) else found


def _read_whole(body: bytes, feed: _Feed) -> tuple[Discovery, list[int]]:
    """What a document lists, and the fingerprint of each entry's URL in turn (0: it has none); none at all where the
    document is damaged, as entries are then read otherwise than they would be by themselves.
    """
    parsed = _parse(body, feed.content_type)
    if isinstance(parsed, str):
        return Discovery(problem=parsed), []
    return _discovery(parsed, feed)


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


def _discovery(parsed: Mapping[str, Any], feed: _Feed) -> tuple[Discovery, list[int]]:
    entries, truncated = parsed["entries"], feed.truncated
    title = _text(parsed["feed"], "title") or None
    is_damaged = isinstance(parsed.get("bozo_exception"), SAXException)
    if not entries and (is_damaged or (not parsed.get("version") and title is None)):
        return Discovery(title=title, problem=f"no entry could be read from it{_bozo(parsed)}"), []
    language = primary_language(str(parsed["feed"].get("language") or ""))
    collector = Collector(feed.outlet, feed.url)
    keys: list[int] = []
    newest: datetime | None = None
    for entry in entries[:MAX_ENTRIES]:
        hints = _hints(entry, language, feed.outlet)
        newest = _newer(newest, hints)
        link = _link(entry, has_web_guids=feed.has_web_guids)
        keys.append(collector.add(link, hints) if link else 0)
    if len(entries) > MAX_ENTRIES:
        truncated = f"more than {MAX_ENTRIES} entries"
    elif is_damaged and not feed.is_closed:
        truncated = truncated or "the feed ends before its closing tag"
    found = Discovery(candidates=collector.candidates(), title=title, newest=newest, truncated=truncated)
    return found, [] if is_damaged else keys


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
        origin=_origin(entry),
    )


def _origin(entry: Mapping[str, Any]) -> str | None:
    """Where the entry was taken from: `<source>` of RSS or Atom, its address before its name, or Atom's link "via"."""
    source = entry.get("source")
    told = source if isinstance(source, Mapping) else {}
    via = (
        each.get("href") for each in entry.get("links") or () if isinstance(each, Mapping) and each.get("rel") == "via"
    )
    values = (told.get("href"), told.get("link"), told.get("title"), *via)
    return next(
        (plain_text(value, max_chars=300) for value in values if isinstance(value, str) and value.strip()), None
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
