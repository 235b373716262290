"""A page looked at from other sides, for commands: what plain trafilatura makes of it, and its outline.

Runs in child processes.
"""

from __future__ import annotations

from dataclasses import dataclass

from trafilatura import bare_extraction

from crawler.extract.proposals import Outline, outline
from crawler.pipelines.body import Body, Unreadable, decoded
from crawler.pipelines.child import read_page
from storage.records import Outlet

__all__ = ["Plain", "read_outline", "read_page", "read_plain"]


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


def read_outline(body: Body, url: str, outlet: Outlet) -> Outline | None:
    """The outline of a page, for proposals of rules; None for what cannot be read."""
    html = decoded(body)
    if isinstance(html, Unreadable):
        return None
    return outline(html, url, body.content_type, outlet)
