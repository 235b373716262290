"""Section pages: the articles they link to."""

from __future__ import annotations

from lxml import etree

from crawler.discovery.articleurl import is_headline, looks_like_article
from crawler.discovery.collector import NO_HINTS, Collector
from crawler.discovery.errors import BadUrl
from crawler.discovery.forms import Form, form_of
from crawler.discovery.inflate import inflate
from crawler.discovery.pagetree import page_tree
from crawler.discovery.plaintext import plain_text
from crawler.discovery.urls import canonical_url, fingerprint, is_within
from storage.records import Discovery, Hints, Outlet

# lxml's time grows faster than its input; section pages are far smaller (of 923 real pages the largest had 1.6 MB).
MAX_HTML_BYTES = 8_388_608
MAX_LINKS = 10_000
_MAX_ANCHOR_CHARS = 400


def read_listing(body: bytes, *, url: str, content_type: str | None, outlet: Outlet) -> Discovery:
    """The articles a section page links to, in page order, with headline-like link texts as titles.

    Links that do not look like articles, or lead to other sites, are no candidates: a page has hundreds. Never
    raises: what cannot be read is told in `problem`.
    """
    body, damage = inflate(body)
    if form_of(body) is Form.EMPTY:
        return Discovery(problem=damage or "the body is empty")
    if len(body) > MAX_HTML_BYTES:
        return Discovery(problem=f"the page is larger than {MAX_HTML_BYTES} bytes")
    root = page_tree(body, content_type)
    if root is None:
        return Discovery(problem="no HTML could be read from it")
    base = _base(root, url)
    own_page = _identity(url)
    collector = Collector(outlet, base)
    links = 0
    for anchor in root.iter("a"):
        href = anchor.get("href")
        if not href or href.startswith("#"):
            continue
        links += 1
        if links > MAX_LINKS:
            break
        target = _target(href, base, outlet)
        if target is None or fingerprint(target) == own_page:
            continue
        text = _text_of(anchor)
        if looks_like_article(target, outlet, anchor_text=text):
            collector.add(href, Hints(title=text) if is_headline(text) else NO_HINTS)
    return Discovery(
        candidates=collector.candidates(),
        title=_title(root),
        truncated=f"more than {MAX_LINKS} links" if links > MAX_LINKS else damage,
    )


def _target(href: str, base: str, outlet: Outlet) -> str | None:
    """Where a link leads, when that is at the outlet."""
    try:
        target = canonical_url(href, base=base, outlet=outlet)
    except BadUrl:
        return None
    return target if is_within(outlet, target) else None


def _identity(url: str) -> int | None:
    try:
        return fingerprint(canonical_url(url))
    except BadUrl:
        return None


def _base(root: etree._Element, url: str) -> str:
    for element in root.iter("base"):
        href = element.get("href")
        if href:
            try:
                return canonical_url(href, base=url)
            except BadUrl:
                return url
    return url


def _text_of(anchor: etree._Element) -> str:
    """The link's text, no more than a headline's length of it."""
    pieces: list[str] = []
    chars = 0
    for piece in anchor.itertext():
        text = str(piece)[:_MAX_ANCHOR_CHARS]
        pieces.append(text)
        chars += len(text)
        if chars > _MAX_ANCHOR_CHARS:
            break
    return plain_text(" ".join(pieces))


def _title(root: etree._Element) -> str | None:
    for element in root.iter("title"):
        return plain_text(element.text or "") or None
    return None
