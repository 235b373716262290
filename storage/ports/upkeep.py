"""What the service does for itself: processes, and what is kept no longer."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.records import ProcessInfo


class Retention(Protocol):
    """The end of what is kept for a time only."""

    def prune(self, before: datetime) -> int:
        """Deletes visits, deliveries and hours of the ledger from before that moment, a batch at a time; returns how
        many rows. A source keeps its newest visit, and the one that tells why it fails.
        """


class ProcessBook(Protocol):
    """Heartbeats of the service's processes."""

    def beat(self, info: ProcessInfo) -> None:
        """Notes that a process lives."""

    def leave(self, name: str) -> None:
        """Notes that a process ended in order."""
