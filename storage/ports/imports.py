"""Archives made by others taken in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from storage.imports import Import, ImportedPage
from storage.records import Capture, KeptPage, Stored

#: How far files are once pages are stored, by how those ended.
After = Callable[[Sequence[Stored]], Sequence[Import]]


class ImportBook(Protocol):
    """What was taken in of archives made by others. May be used from any thread."""

    def state(self, digest: str) -> Import:
        """How far a file is; at its beginning where it was never seen."""

    def known(self, captures: Sequence[Capture]) -> list[bool]:
        """Of each capture, whether one of the same address, second and body is stored."""

    def pages_at(self, outlet_key: str, key: int) -> list[KeptPage]:
        """What an outlet's address, by its fingerprint, was answered with, bodies being kept: a hundred, newest first.

        Pages alone: no redirect, no error, and no "not modified".
        """

    def page_with(self, digest: str) -> KeptPage | None:
        """A page of any address whose body has this SHA-256; None where there is none, or it is not kept any more."""

    def record(
        self, pages: Sequence[ImportedPage], before: Sequence[Import], after: After, now: datetime
    ) -> list[Stored]:
        """Stores pages, each of another candidate and article, and how far the files are then, in one transaction.

        Articles and revisions have the times of their captures, and are no news. A page that was captured before its
        article's newest revision is kept as a capture, and makes none. One answer a page; without a reason nothing is
        stored, as its candidate waits to be fetched. Raises ImportTaken where a file is no longer as `before` says.
        """
