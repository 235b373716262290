"""Proof: which record of the archive each capture is, and which capture each revision was read from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import BodyRef, KeptAnswer, KeptCapture, RevisionLink


class EvidenceBook(Protocol):
    """The archive's index, as the store has it."""

    def of_article(self, article_id: int) -> tuple[list[RevisionLink], list[KeptCapture]]:
        """An article's revisions and captures, oldest first; those that retention deleted are among them."""

    def capture(self, capture_id: int) -> KeptCapture:
        """One capture, also where retention deleted it. Raises UnknownCapture."""

    def in_file(self, name: str) -> list[KeptCapture]:
        """Captures whose record lies in a file of the archive, by offset; none that retention deleted."""

    def answers_in_file(self, name: str) -> list[KeptAnswer]:
        """Answers that are no page of an article whose record lies there, by offset; none that retention deleted."""

    def in_segments(self, after_id: int, limit: int) -> list[KeptCapture]:
        """Captures without a record of their own, by id; none that retention deleted."""

    def kept(
        self,
        after_id: int,
        limit: int,
        *,
        outlet_keys: Collection[str] = (),
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> list[KeptCapture]:
        """Captures (of these outlets, fetched then) whose bodies are kept, by id."""

    def names(self) -> set[str]:
        """Files of the archive that captures or bodies refer to."""

    def extents(self) -> Mapping[str, int]:
        """How far the store refers into each of them, in bytes."""

    def broken_links(self, limit: int) -> list[RevisionLink]:
        """Revisions whose capture is not there, or is another article's."""

    def capture_count(self) -> int:
        """How many captures there are."""

    def deleted_count(self) -> int:
        """How many of them retention deleted: they are told apart from what is lost."""

    def moved(self, places: Sequence[tuple[KeptCapture, BodyRef]]) -> None:
        """Notes where captures and their bodies lie now, in one transaction; the old places are no longer referred to.

        What another process has moved meanwhile stays where that put it.
        """
