"""A kept page as it can be looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedPage:
    """A page of the archive without what acts, asks or hides."""

    html: str  # what stands within <body>; harmless
    title: str = ""
    language: str | None = None  # as the page says
    direction: str | None = None  # "ltr", "rtl" or "auto", as the page says
    removed: tuple[tuple[str, int], ...] = ()  # what was taken out and how often, the most first


@dataclass(frozen=True, slots=True, kw_only=True)
class NotShown:
    """Why a page of the archive cannot be looked at: a clause that begins with "it"."""

    why: str
