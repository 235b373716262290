"""What the service does for itself: processes, and what is kept no longer."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.records import ProcessInfo, Pruned


class Retention(Protocol):
    """The end of what is kept for a time only."""

    def prune(self, before: datetime, events_before: datetime) -> Pruned:
        """Deletes visits, deliveries and hours of the ledger from before the first moment, and events from before the
        second, a batch at a time; returns how many rows.

        A source keeps its newest visit, and the one that tells why it fails. Of events stay those that a channel, the
        stories or the watchlists have not passed, what was ordered and changed by people, and the newest.
        """

    def pruned(self) -> Pruned:
        """How many rows were deleted so ever."""


class ProcessBook(Protocol):
    """Heartbeats of the service's processes."""

    def beat(self, info: ProcessInfo) -> None:
        """Notes that a process lives."""

    def leave(self, name: str) -> None:
        """Notes that a process ended in order."""
