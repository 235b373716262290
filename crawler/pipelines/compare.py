"""What plain trafilatura makes of a page, to be put beside ours. Runs in a child process."""

from __future__ import annotations

from dataclasses import dataclass

from trafilatura import bare_extraction

from crawler.pipelines.body import Body, Unreadable, decoded
from crawler.pipelines.child import read_page, warm

__all__ = ["Plain", "read_page", "read_plain", "warm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """trafilatura's fields, as it gives them; empty where it finds nothing."""

    title: str = ""
    author: str = ""
    date: str = ""
    body: str = ""


def read_plain(body: Body, url: str) -> Plain | Unreadable:
    """Extracts with trafilatura's default settings and metadata."""
    html = decoded(body)
    if isinstance(html, Unreadable):
        return html
    document = bare_extraction(html, url=url, with_metadata=True)
    if document is None or isinstance(document, dict):
        return Plain()
    return Plain(
        title=document.title or "", author=document.author or "", date=document.date or "", body=document.text or ""
    )
