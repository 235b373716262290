"""Retention that runs by itself: once a day, as it was ordered after a look at what would go."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from control.deleting import carry_out
from control.retaining import days_of
from control.settings import Settings
from storage.errors import StorageError
from storage.records import DailyRetention, Outlet, RetentionOrder, RetentionRule, RetentionState
from storage.store import Store

log = structlog.get_logger(__name__)

#: Who gives the orders that come of it.
BY_DAILY = "retention daily"
_LOOK_EVERY_S = 600.0
_AGAIN_EVERY = timedelta(hours=1)
_READERS_WAIT_S = 60.0
_ORDERS_LOOKED_AT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What an order lets go now."""

    rules: tuple[RetentionRule, ...]
    waiting: tuple[str, ...]  # outlets that are to be kept for fewer days than was ordered: they wait for an order


def due_by(ordered: DailyRetention, outlets: Iterable[Outlet], settings: Settings, now: datetime) -> Due:
    """Rules as settings and outlet files say today, as far as they let go nothing sooner than was ordered."""
    rules, waiting = [], []
    for outlet in outlets:
        allowed = ordered.outlets.get(outlet.key, ordered.default)
        wanted = days_of(outlet, settings)
        pages, texts = (
            want if want is not None and may is not None and want >= may else None
            for want, may in zip(wanted, allowed, strict=True)
        )
        if (pages, texts) != wanted:
            waiting.append(outlet.key)
        if pages is not None or texts is not None:
            rules.append(
                RetentionRule(
                    outlet_key=outlet.key,
                    pages_before=None if pages is None else now - timedelta(days=pages),
                    texts_before=None if texts is None else now - timedelta(days=texts),
                )
            )
    return Due(rules=tuple(rules), waiting=tuple(waiting))


class DailyDeleter:
    """Carries the standing order out in a thread of its own: a file written anew takes its time."""

    def __init__(self, store: Store, settings: Settings, stopped: threading.Event) -> None:
        self._store = store
        self._settings = settings
        self._stopped = stopped
        self._tried_at: datetime | None = None

    def start(self) -> None:
        """Looks now and then until the process ends; a kill at any moment loses nothing."""
        threading.Thread(target=self._run, name="retention", daemon=True).start()

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY_S):
            try:
                self.look(datetime.now(UTC))
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
            except Exception:  # here a job begins
                log.exception("daily_retention_failed")

    def look(self, now: datetime, *, wait_s: float = _READERS_WAIT_S) -> None:
        """Begins the day's order if it is time, and goes on with what a busy file or a kill has left."""
        ordered = self._store.daily_retention.ordered()
        if ordered is None:
            return
        if self._store.daily_retention.take_turn(now) and (order := self._planned(ordered, now)):
            self._carry_out(order.id, wait_s)
        elif self._tried_at is None or not self._tried_at <= now < self._tried_at + _AGAIN_EVERY:
            for order in self._store.deleting.orders(_ORDERS_LOOKED_AT):
                if order.by == BY_DAILY and order.state is not RetentionState.DONE:
                    self._carry_out(order.id, wait_s)
        else:
            return
        self._tried_at = now

    def _planned(self, ordered: DailyRetention, now: datetime) -> RetentionOrder | None:
        """The day's order; none where nothing would go."""
        due = due_by(ordered, self._store.outlets.outlets(), self._settings, now)
        if due.waiting:
            log.warning("daily_retention_waits", outlets=due.waiting, why="they are to be kept for fewer days now")
        if not due.rules:
            return None
        why = f"daily, as {ordered.by} ordered on {ordered.ordered_at:%Y-%m-%d}"
        order = self._store.deleting.plan(due.rules, why=why, by=BY_DAILY, now=now, progress=lambda *_: None)
        if any(count.pages or count.texts or count.answers for count in order.planned):
            return order
        self._store.deleting.discard(order.id)
        return None

    def _carry_out(self, number: int, wait_s: float) -> None:
        for each in carry_out(self._store, self._settings, number, by=BY_DAILY, wait_s=wait_s):
            log.info("archive_file_rewritten", order=number, file=each.name, gone=each.gone, problem=each.problem)
