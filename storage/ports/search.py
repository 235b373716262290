"""Full-text search over the newest revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from storage.records import ArticleText, IndexProgress, Sought, Tally


class SearchBook(Protocol):
    """What is found by words and facts. Never writes; articles that wait to be indexed are not found. `newest`, `tally`
    and `ranked` raise SearchTooDear where they would take too long.
    """

    def newest(self, sought: Sought, *, limit: int, before_id: int | None = None) -> list[int]:
        """Ids of what is found, newest first by id; with `before_id` only lesser ones."""

    def tally(self, sought: Sought, *, newest: int, most: int = ...) -> Tally:
        """What is found, counted, with the ids of the `newest` ones; beyond `most` articles, and where looking further
        would be dear, the number of all is estimated from how dense they are.
        """

    def ranked(self, sought: Sought, *, limit: int, offset: int = 0) -> list[int]:
        """Ids of what is found, the best first, among the newest two thousand."""

    def texts(self, article_ids: Sequence[int]) -> list[ArticleText]:
        """The newest revisions of articles, in this order; those that there are."""

    def outlets_in(self, country: str) -> list[str]:
        """Keys of all outlets of a country (ISO 3166-1 alpha-2), also of those that were removed."""


class SearchIndex(Protocol):
    """What keeps the index as the articles are, where it is not: after an upgrade, or beside older processes."""

    def progress(self) -> IndexProgress:
        """How many articles wait."""

    def catch_up(self, limit: int = ...) -> int:
        """Indexes the newest that wait, in one transaction; returns how many, 0 when none waits. Several may do so."""
