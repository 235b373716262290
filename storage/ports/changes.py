"""What outlets changed, and what is pinned as evidence of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import Absence, Change, ChangeQuery, Difference, Pin, Wording


class ChangeBook(Protocol):
    """Changes of stored articles. Reads only: `CrawlStore.record_verdicts` writes them."""

    def changes(self, query: ChangeQuery) -> list[Change]:
        """Newest first by id."""

    def differences_of(self, article_id: int) -> Mapping[int, tuple[Difference, ...]]:
        """In what each revision of an article differs from the one before, by its number; the first is not named."""

    def absences_of(self, article_id: int) -> Sequence[Absence]:
        """When an article was not there, newest first; the first of them lasts still where it has no end."""

    def wordings(self, changes: Sequence[Change]) -> Mapping[int, tuple[Wording | None, Wording | None]]:
        """The words before and after each change, by its id; None where there is no such revision."""

    def newest_change(self) -> tuple[int, datetime | None]:
        """Id and time of the newest change, 0 and None where there is none: by it lists know whether they changed."""


class PinBook(Protocol):
    """Captured bodies that no retention rule may delete, each for one or more reasons."""

    def pin(self, pins: Iterable[Pin]) -> None:
        """Adds pins; one that is there stays as it is."""

    def unpin(self, digest: str, reason: str) -> bool:
        """Takes one reason away; False where it was not there."""

    def pinned(self, digests: Collection[str]) -> set[str]:
        """Those of these bodies that are pinned for any reason."""
