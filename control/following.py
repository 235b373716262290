"""The story follower at work in the courier: what is told waits until its stories are known, a minute at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from control.opening import agencies_from
from control.settings import Settings
from crawler.discovery.urls import registrable_domain
from delivery.channels.pace import Pace
from delivery.channels.threads import Threads
from storage.dedup.containment import Thresholds
from storage.errors import StorageError
from storage.ports import EventLog, StoryFollower
from storage.records import Event
from storage.sql.origins import Claimant
from storage.sql.story_copies import StoryRules
from storage.sql.story_follower import SqlStoryFollower
from storage.store import Store

log = structlog.get_logger(__name__)

#: Events a step: the index is locked for some 100 ms then.
BATCH = 50
#: When stories were behind for so long, events are told whether their stories are known or not.
LONGEST_HOLD = timedelta(seconds=60)


def rules_from(settings: Settings) -> StoryRules:
    """The rules of stories, as set."""
    return StoryRules(
        thresholds=Thresholds(
            containment=settings.story_containment,
            own_containment=settings.story_own_containment,
            words=settings.story_words,
        ),
        window=timedelta(days=settings.story_window_days),
        boilerplate_from=settings.story_boilerplate_from,
    )


def follower_from(settings: Settings, store: Store) -> SqlStoryFollower:
    """The follower of an open store."""
    return SqlStoryFollower(store.engine, rules_from(settings), claimant_from(settings))


def claimant_from(settings: Settings) -> Claimant:
    """What reads off articles whose text they say they are. Raises BadSettings for a bad file of agencies."""
    return Claimant(agencies_from(settings), registrable_domain)


class Following:
    """Follows the log until it is stopped. `position` is the last event whose stories are known."""

    def __init__(self, follower: StoryFollower, pace: Pace, clock: Callable[[], datetime]) -> None:
        self._follower = follower
        self._pace = pace
        self._clock = clock
        self._threads = Threads("stories", 1)
        self._limit = BATCH
        self.position = 0
        self._current_at = clock()  # when it was last at the end of the log; at the beginning, when it came to be

    @property
    def is_late(self) -> bool:
        """Whether nobody should wait for it any longer, as it has been behind, or stood still, for too long."""
        return self._clock() - self._current_at > LONGEST_HOLD

    async def run(self, stopped: asyncio.Event) -> None:
        """Follows until `stopped` is set; the step under way is finished."""
        wait_s = self._pace.look_every_s
        while not stopped.is_set():
            try:
                if not await self._step():
                    continue
                wait_s = self._pace.look_every_s
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
                wait_s = min(max(wait_s * 2, self._pace.store_wait_s), self._pace.longest_store_wait_s)
            try:
                await asyncio.wait_for(stopped.wait(), wait_s)
            except TimeoutError:
                continue

    async def _step(self) -> bool:
        """One step; False when there is more to do at once. An article that cannot be read is passed over."""
        try:
            done = await self._threads.call(partial(self._follower.follow, self._limit, self._clock()))
        except StorageError:
            raise
        except Exception:
            log.exception("stories_failed", after=self.position, events=self._limit)
            if self._limit == 1:
                await self._threads.call(partial(self._follower.pass_over, self._clock()))
            self._limit = 1
            return False
        self.position = done.cursor
        self._limit = BATCH
        if done.is_current:
            self._current_at = self._clock()
        return done.is_current


class FollowedEvents:
    """Implements `storage.ports.EventLog`: the log, up to the last event of which the stories are known."""

    def __init__(self, events: EventLog, following: Following) -> None:
        self._events = events
        self._following = following

    def since(self, seq: int, limit: int) -> list[Event]:
        """Events after `seq`, in order, up to the first one that has to wait."""
        known, is_late = self._following.position, self._following.is_late
        return [event for event in self._events.since(seq, limit) if is_late or event.seq <= known]

    def begins_after(self) -> int:
        """The number up to which old events were deleted."""
        return self._events.begins_after()
