"""What the scheduler does each minute so that the operator learns what fell ill: layouts compared, alerts written."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from crawler.outlets.health.alerts import Alarm
from crawler.outlets.health.layout import MOST_PAST, WINDOWS, drift_of
from storage.ports import AlertBook, CaptureBook

log = structlog.get_logger(__name__)

_LOOK_EVERY = timedelta(minutes=1)
#: Articles stored before a look may become visible only after it; a start looks back so far, too.
_OVERLAP, _FIRST_LOOK = timedelta(minutes=1), timedelta(days=1)


class HealthWatch:
    """For one scheduler. Any number of them do no harm: what is told is noted with a condition."""

    def __init__(self, alerts: AlertBook, captures: CaptureBook) -> None:
        self._alerts = alerts
        self._captures = captures
        self._alarm = Alarm()
        self._looked_at: datetime | None = None

    def look(self, now: datetime) -> None:
        """Compares layouts and writes alerts, if it is time. A clock that was set back does not put it off."""
        last = self._looked_at
        if last is not None and timedelta() <= now - last < _LOOK_EVERY:
            return
        self._looked_at = now
        self._compare(min(last or now - _FIRST_LOOK, now) - _OVERLAP, now)
        written = self._alerts.tell(self._alarm, now)
        if written:
            log.info("alerts_written", number=written)

    def _compare(self, since: datetime, now: datetime) -> None:
        for key, layout_since in self._alerts.outlets_with_news(since):
            figures = self._captures.figures_of(key, MOST_PAST + max(WINDOWS))
            told = drift_of(figures, layout_since)
            if (told is not None) != (layout_since is not None):
                self._alerts.set_layout(key, told, now)
                log.info("layout_compared", outlet=key, problem=told)
