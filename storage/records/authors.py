"""Authors: names that articles carry as their byline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """A name as one outlet writes it, and in how many of the articles that were counted."""

    name: str
    outlet_key: str
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorCount:
    """How often an author's names stand over articles, by outlet and spelling, the most frequent first."""

    spellings: tuple[Spelling, ...]
    articles: int
    is_whole: bool  # whether all of them were counted; else the newest ones
