"""What is kept no longer: holds, plans, and their carrying out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import DailyRetention, Deletion, Hold, RetentionOrder, RetentionRule

Progress = Callable[[int, int], None]  # looked at, of how many


class HoldBook(Protocol):
    """Legal holds. One that was lifted stays on record."""

    def place(
        self,
        *,
        article_id: int | None = None,
        outlet_key: str | None = None,
        story_id: int | None = None,
        why: str,
        by: str,
        now: datetime,
    ) -> Hold:
        """Holds an article, an outlet or a story; exactly one is given. Raises UnknownStory."""

    def lift(self, number: int, *, why: str, by: str, now: datetime) -> Hold:
        """Ends a hold. Raises UnknownHold for one that is not there, or was lifted before."""

    def holds(self, *, with_lifted: bool = False) -> list[Hold]:
        """Newest first."""


class DailyRetentionBook(Protocol):
    """The standing order to delete what is old enough once a day; there is one, or none."""

    def ordered(self) -> DailyRetention | None:
        """The order, None where there is none."""

    def order(self, wanted: DailyRetention) -> None:
        """Gives the order, in place of the one before; an event tells of it."""

    def end(self, by: str, now: datetime) -> bool:
        """Takes it back, of which an event tells; False where there was none."""

    def take_turn(self, now: datetime) -> bool:
        """Whether the order is due and this process is the one to carry it out: once in 24 hours one of all is."""


class RetentionBook(Protocol):
    """Orders to delete pages and texts.

    A page goes when each capture of its bytes is old enough by the rule of its outlet, and none is held, pinned, or
    cited by a revision whose text stays; a text goes when it is old enough, and neither held nor read from a pinned
    page. What is held or pinned between plan and deletion stays.
    """

    def plan(
        self, rules: Sequence[RetentionRule], *, why: str, by: str, now: datetime, progress: Progress
    ) -> RetentionOrder:
        """Counts what would go, and notes it as an order. Deletes nothing."""

    def order(self, number: int) -> RetentionOrder:
        """Raises UnknownRetentionOrder."""

    def discard(self, number: int) -> None:
        """Forgets a plan that nothing came of."""

    def orders(self, limit: int) -> list[RetentionOrder]:
        """Newest first."""

    def begin(self, number: int, *, by: str, now: datetime) -> None:
        """Begins to carry out an order; nothing happens where it was begun before."""

    def step(self, number: int, now: datetime) -> bool:
        """Deletes the next part in one transaction: first texts, then pages; False when nothing was left.

        The bodies of pages are marked: nobody reads them any more, and `storage.retention` takes them out of the files.
        """

    def end(self, number: int, now: datetime) -> None:
        """Notes that all of it is deleted."""

    def deletions(self, number: int, after: tuple[str, int], limit: int) -> list[tuple[tuple[str, int], Deletion]]:
        """What was deleted by an order, with the cursor behind each; begin with ("", 0)."""
