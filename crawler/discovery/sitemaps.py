"""Sitemaps (sitemaps.org 0.90, Google News extension), sitemap indexes and lists of URLs.

Read as a stream: what is held at a time is one element and what is kept of the others. No document type,
entity or address in them is ever followed.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from datetime import datetime
from xml.parsers import expat

from crawler.discovery.forms import Form, form_of
from crawler.discovery.inflate import Inflated
from crawler.discovery.sitemaplist import SitemapList
from crawler.encodings.decoding import incremental_codec
from storage.records import Discovery, Outlet

MAX_URLS = 50_000
# More text in one field is no URL, date or title.
_MAX_FIELD_CHARS = 8_192
_NEWS_NAMESPACE = "/sitemap-news/"
_OWN_FIELDS = frozenset({"loc", "lastmod"})
_NEWS_FIELDS = frozenset({"title", "publication_date", "language"})


def read_sitemap(
    body: bytes,
    *,
    url: str,
    outlet: Outlet,
    since: datetime | None,
    limit: int = MAX_URLS,
    content_type: str | None = None,
) -> Discovery:
    """What a sitemap lists. Never raises: what cannot be read is told in `truncated` or `problem`.

    Gzip bodies are inflated, up to 52,428,800 bytes. With `since` (aware UTC), entries and child sitemaps that
    state only earlier times are left out; those without a time stay. `newest` counts those left out too.
    At most `limit` entries; child sitemaps come newest first, those without a time last.
    """
    chunks = Inflated(body)
    form = form_of(next(iter(chunks), b""))
    listing = SitemapList(url=url, outlet=outlet, since=since, limit=limit)
    if form is Form.SITEMAP:
        truncated = _XmlReader(listing).read(chunks, content_type)
    elif form is Form.URL_LIST:
        truncated = _read_lines(chunks, listing)
    else:
        return Discovery(problem=chunks.problem or _not_a_sitemap(form))
    found = listing.discovery(chunks.problem or truncated)
    is_empty = not found.candidates and not found.sitemaps and found.newest is None
    return Discovery(problem=found.truncated) if is_empty and found.truncated else found


def _not_a_sitemap(form: Form) -> str:
    found = {
        Form.EMPTY: "the body is empty",
        Form.HTML: "an HTML page, not a sitemap",
        Form.FEED: "a feed, not a sitemap",
    }
    return found.get(form, "neither a sitemap nor a sitemap index nor a list of URLs")


def _read_lines(chunks: Iterable[bytes], listing: SitemapList) -> str | None:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        # A line without an end is not gathered: what is longer than a field is no URL.
        rest = rest[: _MAX_FIELD_CHARS + 1]
        for line in lines:
            _add_line(line, listing)
        if listing.is_full:
            return None
    _add_line(rest, listing)
    return None


def _add_line(line: bytes, listing: SitemapList) -> None:
    text = line[:_MAX_FIELD_CHARS].decode("utf-8", "replace").strip().lstrip("\ufeff")
    if text and not text.startswith("#"):
        listing.add_entry({"loc": text})


def _decoder(first: bytes, content_type: str | None) -> codecs.IncrementalDecoder:
    """Raises LookupError for an encoding that nobody knows. A damaged byte costs its own address only."""
    return codecs.getincrementaldecoder(incremental_codec(first, content_type))("replace")


class _DoctypeRefused(Exception):
    """A sitemap needs no document type; one that brings one wants entities expanded."""


class _XmlReader:
    """Hands the entries of an XML sitemap to a list, element by element."""

    def __init__(self, listing: SitemapList) -> None:
        self._listing = listing
        self._own_prefix: str | None = None
        self._news_prefixes = {"news:"}
        self._fields: dict[str, str] | None = None
        self._field: str | None = None
        self._text: list[str] = []
        self._text_chars = 0

    def read(self, chunks: Iterable[bytes], content_type: str | None) -> str | None:
        """Reads to the end, to the first error or until the list is full; returns why it ended early."""
        # In UTF-8 always, whatever the declaration says: expat itself knows no encoding of two bytes for a sign.
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        decoder: codecs.IncrementalDecoder | None = None
        try:
            for chunk in chunks:
                is_first, decoder = decoder is None, decoder or _decoder(chunk, content_type)
                text = decoder.decode(chunk)
                parser.Parse((text.lstrip() if is_first else text).encode("utf-8", "replace"), False)
                if self._listing.is_full:
                    return None
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            return f"the XML is damaged ({error})"
        except _DoctypeRefused:
            return "it declares a document type, which sitemaps do not need and which is not read"
        except (ValueError, LookupError) as error:
            return f"its encoding cannot be read ({error})"[:200]
        return None

    def _refuse_doctype(self, *_: object) -> None:
        raise _DoctypeRefused

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            if key.startswith("xmlns:") and _NEWS_NAMESPACE in value:
                self._news_prefixes.add(f"{key.removeprefix('xmlns:')}:")
        prefix, local = _split(name)
        if self._own_prefix is None:
            self._own_prefix = prefix
        if prefix == self._own_prefix and local in {"url", "sitemap"}:
            self._fields = {}
        self._text.clear()
        self._text_chars = 0
        self._field = local if self._is_wanted(prefix, local) else None

    def _is_wanted(self, prefix: str, local: str) -> bool:
        if self._fields is None:
            return False
        if local in _OWN_FIELDS:
            return prefix == self._own_prefix
        return local in _NEWS_FIELDS and prefix in self._news_prefixes

    def _characters(self, text: str) -> None:
        if self._field is not None and self._text_chars < _MAX_FIELD_CHARS:
            self._text.append(text[:_MAX_FIELD_CHARS])
            self._text_chars += len(text)

    def _end(self, name: str) -> None:
        prefix, local = _split(name)
        fields = self._fields
        if fields is None:
            return
        if self._field == local:
            fields.setdefault(local, "".join(self._text).strip())
        self._field = None
        if prefix == self._own_prefix and local == "url":
            self._listing.add_entry(fields)
            self._fields = None
        elif prefix == self._own_prefix and local == "sitemap":
            self._listing.add_child(fields)
            self._fields = None


def _split(name: str) -> tuple[str, str]:
    """Prefix with its colon, and local name."""
    prefix, colon, local = name.rpartition(":")
    return prefix + colon, local
