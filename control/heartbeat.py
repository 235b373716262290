"""A process tells the store every few seconds that it lives."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from storage.errors import StorageError
from storage.records import Figures, ProcessInfo
from storage.sql.hosts import SqlProcessBook

log = structlog.get_logger(__name__)

BEAT_EVERY_S = 5.0


class Heartbeat:
    """Beats in a thread of its own between `start` and `stop`."""

    def __init__(
        self,
        book: SqlProcessBook,
        name: str,
        role: str,
        detail: str | None = None,
        figures: Callable[[], Figures] = dict,
    ) -> None:
        self._book = book
        self._figures = figures
        self._info = ProcessInfo(
            name=name,
            role=role,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            seen_at=datetime.now(UTC),
            detail=detail,
        )
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begins to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Stops, and says that the process ended in order."""
        self._stopped.set()
        self._thread.join(timeout=2)
        try:
            self._book.leave(self._info.name)
        except StorageError as error:
            log.warning("heartbeat_not_ended", error=str(error))

    def _run(self) -> None:
        while True:
            info = self._info
            now = datetime.now(UTC)
            try:
                self._book.beat(replace(info, seen_at=now, figures=self._figures()))
            except Exception as error:  # noqa: BLE001 (whatever it is, a healthy process must not look dead)
                log.warning("heartbeat_not_stored", error=str(error))
            if self._stopped.wait(BEAT_EVERY_S):
                return
