"""Whose texts articles and stories are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from storage.records import OriginClaim, Story, StoryOrigin


class OriginBook(Protocol):
    """What readers ask about origins. Never writes."""

    def claims(self, article_ids: Sequence[int]) -> Mapping[int, tuple[OriginClaim, ...]]:
        """All claims of these articles that were ever made, the strongest first; articles without any are left out."""

    def origins(self, stories: Iterable[Story]) -> Mapping[int, StoryOrigin]:
        """The origin of each of these stories, by its id."""

    def origin_of(self, article_id: int) -> StoryOrigin | None:
        """What an article alone says of whose text it is; None where it says nothing of another outlet."""
