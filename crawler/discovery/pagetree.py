"""Bytes of a page in, a tree out: the one place that parses untrusted pages for links and names."""

from __future__ import annotations

from lxml import etree

from crawler.encodings.decoding import decode


def page_tree(html: bytes, content_type: str | None = None) -> etree._Element | None:
    """The root of a page, or None where there is nothing to parse. Never raises.

    `content_type` as the server sent it. Its text is read as that of articles is.
    """
    # Handed over as UTF-8, since the declaration in the text may no longer be true.
    clean = decode(html, content_type).encode("utf-8", errors="replace")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(clean, parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
