"""Reading stored pages again: orders, their reports, and which reading of a revision is in force."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import Exchange, OutletReport, ReadAgain, Reextraction, RevisionToRead


class ReadingBook(Protocol):
    """Re-extractions. A revision is what its outlet changed; a reading is what an extractor made of its pages.

    Whatever is interrupted goes on where it stopped; nothing here makes a revision or an alert.
    """

    def begin(
        self, outlets: Collection[str], *, since: datetime | None, extractor: str, by: str, now: datetime
    ) -> Reextraction:
        """Notes an order to read the revisions of these outlets, seen since then, again."""

    def reextraction(self, number: int) -> Reextraction:
        """Raises UnknownReextraction."""

    def reextractions(self, limit: int) -> list[Reextraction]:
        """Newest first."""

    def place(self, number: int, outlet_key: str) -> int:
        """The article of an outlet up to which all are read; the next is of a greater id. 0: none is."""

    def to_read(self, number: int, outlet_key: str, after: int, limit: int) -> list[RevisionToRead]:
        """Revisions of the next `limit` articles of an outlet after that one, all of an article; empty: there are no
        more.
        """

    def note(
        self, number: int, outlet_key: str, found: Sequence[ReadAgain], *, before: int, upto: int, articles: int
    ) -> None:
        """Keeps what was read of the articles after `before` up to `upto`, apart from what is in force, and that they
        are done. Raises ReextractionTaken when another process has done them.
        """

    def end(self, number: int, now: datetime) -> None:
        """Notes that all is read. Nothing happens where it was noted before."""

    def report(self, number: int) -> list[OutletReport]:
        """What it found, by outlet. Raises UnknownReextraction."""

    def turn(self, number: int, *, is_kept: bool, by: str, now: datetime) -> None:
        """Begins to bring its readings into force, or those before them again. Raises ReextractionNotReady when it is
        not read to its end, when it was dropped, or when it is not in force and is to be undone.
        """

    def exchange(self, number: int, limit: int, now: datetime) -> Exchange:
        """One step of that: of up to `limit` revisions another reading comes into force, with search and story index
        and the event `article.reread`, in one transaction.
        """

    def drop(self, number: int, limit: int, *, by: str, now: datetime) -> int:
        """Deletes up to `limit` of its readings that are not in force; returns how many. With the last of them it is
        dropped, and can neither be kept nor undone any more. Raises ReextractionNotReady while it is read or exchanged.
        """
