"""Authors and their articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from storage.records import AuthorCount


class AuthorBook(Protocol):
    """What readers ask about authors, who are known by their keys (`storage.authors`). Never writes."""

    def count(self, keys: Sequence[str]) -> AuthorCount:
        """How often names with these keys stand over articles' newest revisions; of very many the newest ones."""

    def article_ids(self, keys: Sequence[str], limit: int, before_id: int | None = None) -> list[int]:
        """Articles by authors with these keys, newest first by id; `before_id` goes on."""
