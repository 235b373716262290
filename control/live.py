"""What the service does, shown live on a terminal (or as plain lines elsewhere)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from control.disk import DiskWatch
from control.logs import printable
from control.settings import Settings
from storage.errors import StorageError
from storage.records import Event, EventKind, ServiceStatus, VisitOutcome, VisitSummary
from storage.store import Store

_LOOK_EVERY_S = 1.0
_FIGURES_EVERY_S = 5.0
_LINES_A_LOOK = 40


class LiveView:
    """Follows the store: visits, new articles, failures, and when the next visit is."""

    def __init__(self, store: Store, settings: Settings, began: datetime, changed_outlets: int) -> None:
        self._store = store
        self._settings = settings
        self._began = began
        self._changed_outlets = changed_outlets
        self._console = Console(highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._seq = store.events.last_seq()
        self._visit_id = max((visit.id for visit in store.library.visits(None, 1)), default=0)
        self._looked = self._figured = 0.0
        self._is_ready = False
        self._figures: ServiceStatus | None = None
        self._disk = DiskWatch(settings.data_dir)
        self._disk_looked = 0.0

    def __enter__(self) -> Self:
        """Shows the figures at the bottom of a terminal."""
        self.say(f"Presswatch: store {self._where()}; logs in {self._settings.data_dir.absolute()}/logs; starting")
        if self._changed_outlets:
            self.say(f"{self._changed_outlets} outlets of the catalogue are new or changed")
        if self._console.is_terminal:
            self._status = self._console.status("starting")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clears the figures."""
        if self._status is not None:
            self._status.stop()

    def say(self, line: str, style: str = "") -> None:
        """Shows a line; what came from outside cannot control the terminal."""
        self._console.print(Text(printable(line), style=style))

    def refresh(self) -> None:
        """Shows what happened since the last time, at most once a second."""
        now = time.monotonic()
        if now - self._looked < (_LOOK_EVERY_S if self._is_ready else 0):
            return
        self._looked = now
        if now - self._disk_looked >= _FIGURES_EVERY_S:
            self._disk_looked = now
            self._tell_disk()
        try:
            self._look(now)
        except StorageError as error:
            self.say(f"the store does not answer: {error}", "red")

    def _look(self, now: float) -> None:
        if not self._is_ready:
            self._announce()
        for event in self._store.events.since(self._seq, _LINES_A_LOOK):
            self._seq = event.seq
            self._tell_event(event)
        visits = self._store.library.visits(None, _LINES_A_LOOK, after_id=self._visit_id)
        for visit in reversed(visits):
            self._tell_visit(visit)
        self._visit_id = max((visit.id for visit in visits), default=self._visit_id)
        if now - self._figured >= _FIGURES_EVERY_S or self._figures is None:
            self._figured = now
            self._figures = self._store.library.status(datetime.now(UTC))
        if self._status is not None:
            self._status.update(Text(self._summary(self._figures)))

    def _tell_disk(self) -> None:
        """The log files are on that disk as well."""
        if sentence := self._disk.look():
            self.say(f"{datetime.now(UTC):%H:%M:%S}  disk     {sentence}", "bold red")

    def _announce(self) -> None:
        """Tells the page's address once all processes of this start live."""
        lively = [p for p in self._store.processes.processes() if p.started_at >= self._began]
        address = next((p.detail for p in lively if p.role == "web"), None)
        if address and {"worker", "scheduler", "courier"} <= {p.role for p in lively}:
            self._is_ready = True
            seconds = (datetime.now(UTC) - self._began).total_seconds()
            figures = self._store.library.status(datetime.now(UTC))
            self.say(
                f"Ready in {seconds:.1f} s: {address} shows what comes in from {figures.outlets} outlets "
                f"({figures.sources} sources). Ctrl-C stops.",
                "bold green",
            )

    def _tell_event(self, event: Event) -> None:
        outlet = event.outlet_key or ""
        if event.kind is EventKind.ARTICLE_STORED:
            self.say(f"{event.at:%H:%M:%S}  new      {outlet:18} {event.payload['title']}")
        elif event.kind is EventKind.ARTICLE_REVISED:
            self.say(f"{event.at:%H:%M:%S}  revised  {outlet:18} {event.payload['title']}", "cyan")
        elif event.kind in {EventKind.ALERT_RAISED, EventKind.ALERT_ENDED}:
            style = "bold red" if event.kind is EventKind.ALERT_RAISED else "green"
            self.say(f"{event.at:%H:%M:%S}  alert    {outlet:18} {event.payload['sentence']}", style)
        elif event.kind is EventKind.SOURCE_RECOVERED:
            self.say(f"{event.at:%H:%M:%S}  well     {outlet:18} {event.payload['url']}", "green")

    def _tell_visit(self, visit: VisitSummary) -> None:
        begin = f"{visit.finished_at:%H:%M:%S}"
        if visit.outcome is VisitOutcome.FAILED:
            detail = visit.detail or visit.reason
            self.say(f"{begin}  failed   {visit.outlet_key:18} {visit.source_url}: {detail}", "red")
        elif visit.new:
            self.say(
                f"{begin}  visit    {visit.outlet_key:18} {visit.source_url}: {visit.new} new of {visit.listed}", "dim"
            )

    def _summary(self, figures: ServiceStatus) -> str:
        """A line that a terminal of 80 columns has room for."""
        due = figures.next_visit_at
        waits = max(0, round((due - datetime.now(UTC)).total_seconds())) if due else None
        upcoming = "none is due" if waits is None else "now" if waits == 0 else f"in {waits} s"
        return (
            f"{figures.articles} articles, {figures.articles_24h} in 24 h; {figures.pending} waiting; "
            f"{figures.sources_failing} of {figures.sources} sources fail; next {upcoming}"
        )

    def _where(self) -> str:
        return self._store.engine.url.render_as_string(hide_password=True)
