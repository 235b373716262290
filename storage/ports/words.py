"""Whether the store still has the words that were read of each revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from storage.records import ReadAgain, RevisionToRead, WordsChecked


class WordsBook(Protocol):
    """Digests of all that an extractor read of a revision, taken before it was stored.

    A revision whose text retention deleted keeps its digest, and is not checked.
    """

    def last(self) -> int:
        """The newest revision's id; 0: there is none."""

    def check(self, after: int, upto: int) -> WordsChecked:
        """Compares the stored words of revisions with their digests, by id; many may do so at once."""

    def to_read(self, outlet_key: str, extractor: str, after: int, limit: int) -> list[RevisionToRead]:
        """Revisions of the next `limit` articles of an outlet after that one which this extractor has read; empty:
        there are no more.
        """

    def compare(self, found: Sequence[ReadAgain]) -> WordsChecked:
        """Compares headline, text, byline and published date, as they were read again, with what is stored."""

    def seal(self, limit: int, before: datetime) -> int:
        """Gives revisions that an older version stored, before then, a digest of their words as they are now.

        Returns how many of the next `limit` it has looked at; 0: all have one.
        """
