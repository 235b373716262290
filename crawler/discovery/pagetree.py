"""Bytes of a page in, a tree out: the one place that parses untrusted pages for links and names."""

from __future__ import annotations

from lxml import etree
from w3lib.encoding import html_to_unicode


def page_tree(html: bytes) -> etree._Element | None:
    """The root of a page, or None where there is nothing to parse. Never raises.

    The encoding is that of the byte order mark or of the page's own declaration, else UTF-8.
    """
    _, text = html_to_unicode(None, html, default_encoding="utf-8")
    # Handed over as UTF-8, since the declaration in the text may no longer be true. libxml2 stops at NUL.
    clean = text.replace("\0", "").encode("utf-8", errors="replace")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(clean, parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
