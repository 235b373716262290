"""The archive as readers look at it: a port, which control implements."""

from __future__ import annotations

from typing import Protocol

from storage.records import KeptCapture, NotShown, ReplayedPage


class Replayer(Protocol):
    """Captures shown and handed out, never written. May be called from any thread."""

    def capture(self, capture_id: int) -> KeptCapture:
        """One capture, deleted or not. Raises UnknownCapture."""

    def page(self, kept: KeptCapture, *, with_pictures: bool = False) -> ReplayedPage | NotShown:
        """What it fetched, fit to be looked at; one that was deleted, lost or is too heavy tells so. With its pictures,
        as data URIs, as far as the archive has them.
        """

    def records(self, kept: KeptCapture) -> bytes:
        """Its records as a WARC file of their own. Raises BodyMissing, for one that was deleted too."""
