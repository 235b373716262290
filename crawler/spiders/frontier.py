"""What to fetch next: due visits and pending candidates, from the store, in turns over the domains.

The store is the queue; what is held here is only a window on it, so a crash loses nothing. A domain is
worked on only under its lease, and at most two of its requests are under way: one being answered, one waiting
for the host's turn.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta

import structlog

from crawler.discovery.urls import registrable_domain
from crawler.fetch.clocks import PAUSE, host_of
from crawler.items import ArticleWork, VisitWork, Work
from crawler.session import Session
from crawler.spiders.backlog import Backlog
from crawler.spiders.domain import Domain
from crawler.spiders.known import Known
from crawler.spiders.targets import Targets
from crawler.spiders.unstored import Unstored
from crawler.spiders.works import Works
from storage.errors import StorageError
from storage.records import PendingCandidate, VisitJob

log = structlog.get_logger(__name__)

#: What a dead worker held is with another one after this, a look and a sweep of its queue at most: within 30 s.
LEASE = timedelta(seconds=20)
RENEW_EVERY_S = 5.0
_LOOK_EVERY_S = 1.0
_UNDER_WAY_A_DOMAIN = 2
_UNSTORED_A_DOMAIN = 2  # what a crash makes us fetch again
_WINDOW_A_DOMAIN = 60
_WINDOW = 6000
#: What another process put there, or what waited for a moment that has come, is found after this at the latest.
_DRAINED_FOR_S = 5.0
#: Visits; where so many were due, more are asked for once half of them are stored.
_TAKEN_AT_ONCE = 200
_RESERVED_FOR_S = 2.0  # in which a backfill that waits for its domain asks again
#: Work that could not be done at no fault of its outlet is looked for again after this long.
_GIVEN_BACK_FOR_S = 10.0


class Frontier:
    """The window of one worker.

    With `outlets`, only their sources are visited and only their candidates fetched, and it ends when nothing
    is left that may be fetched within `patience_s`. Without `visits` no source is visited.
    """

    def __init__(
        self, session: Session, outlets: Collection[str] | None = None, patience_s: float = 15.0, *, visits: bool = True
    ) -> None:
        self._session = session
        self._store = session.store
        self._outlets = None if outlets is None else frozenset(outlets)
        self._patience_s = patience_s
        self._only: set[int] | None = None if visits else set()
        self._visits = visits
        #: Says that more work may come although there is none just now.
        self.more_may_come: Callable[[], bool] = lambda: False
        self._domains: dict[str, Domain] = {}
        self._turns: dict[str, None] = {}  # domains that may hand out work, in turns (a dict keeps their order)
        self._backlog = Backlog(session, self._outlets)
        self._candidates: set[int] = set()  # ids in the window or under way
        self._works = Works(session.store, is_by_command=outlets is not None)
        self._change = asyncio.Event()
        self._look = asyncio.Event()
        self._told = 0  # how often candidates were found
        self._stopping = False
        self._finished = False
        self._leases = session.clocks.leases
        self._leases.last_until(0.0)
        #: When (seconds since 1970) each visit under way was handed out, by the id of its source.
        self.begun: dict[int, float] = {}
        self._visiting: set[int] = set()  # ids of sources whose jobs are in hand
        self._more_are_due = False  # the last look took as many jobs as it may
        self._is_take_unsure = False  # jobs may have been given to us without our knowing
        self._tasks: list[asyncio.Task[None]] = []
        self._borrowed: dict[Work, list[str]] = {}  # further domains that work fetches from
        self.targets = Targets()
        self.known = Known()  # stored lately, so that no variant is fetched after them
        self._not_begun: list[VisitJob] = []  # taken, but their sources could not be looked up
        self._given_back: list[tuple[float, Work]] = []  # from when (monotonic) each may come again
        self._leasing = asyncio.Lock()  # domains are not let go while work for them is taken
        self._unstored = Unstored()
        self.at_work = 0  #: How much is being fetched or read.

    # ------------------------------------------------------------------------------- life cycle

    async def begin(self) -> None:
        """Ends what a dead predecessor of the same name held, and starts looking for work."""
        await asyncio.to_thread(self._store.queue.forget_worker, self._session.worker)
        if self._outlets is not None and self._visits:
            await asyncio.to_thread(self._queue_own_sources)
        self._leases.last_until(time.monotonic() + LEASE.total_seconds())
        self._tasks = [asyncio.create_task(self._look_for_work()), asyncio.create_task(self._renew())]

    def stop(self) -> None:
        """Hands out nothing more."""
        self._stopping = True
        self._change.set()

    async def end(self) -> None:
        """Hands everything back."""
        self.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        pauses = self._session.clocks.forget(lambda _: True)
        await asyncio.to_thread(self._store.hosts.keep_pauses, pauses, PAUSE)  # before another can have the hosts
        await asyncio.to_thread(self._store.queue.forget_worker, self._session.worker, has_stopped=True)

    @property
    def size(self) -> int:
        """How much work is in the window or under way."""
        return sum(domain.waiting + domain.under_way + domain.unstored for domain in list(self._domains.values()))

    def figures(self) -> dict[str, float]:
        """How it is now, for `presswatch workers`; may be called from any thread."""
        domains = list(self._domains.values())
        under_way, waiting = sum(each.under_way for each in domains), sum(each.waiting for each in domains)
        figures: dict[str, float] = {"domains": len(domains), "under_way": under_way, "waiting": waiting}
        partitions = self._store.queue.partitions_of(self._session.worker)
        if partitions is not None:
            figures["partitions"] = partitions
        return figures

    # -------------------------------------------------------------------------------- hand out

    async def next(self) -> Work | None:
        """The next work, as soon as there is some; None when there will be none any more."""
        while True:
            if self._stopping or self._finished:
                return None
            work = self._pick() if not self._leases.has_ended else None
            if work is not None:
                self.at_work += 1
                if await self._is_announced(work):
                    return work
                continue
            self._change.clear()
            await self._change.wait()

    async def _is_announced(self, work: Work) -> bool:
        """Whether a visit may begin: one that workers may have died of only once the store knows of it."""
        if isinstance(work, ArticleWork) or not work.job.is_suspect:
            return True
        try:
            if await asyncio.to_thread(self._store.queue.begin, work.job):
                return True
        except StorageError as error:
            log.warning("store_unavailable", error=str(error))
        self.give_back(work)
        return False

    def hand_on(self, work: Work, key: int | None) -> None:
        """Ends the turn of a candidate that is read, and waits to be stored as an article with this fingerprint; its
        domain stays ours. What is no news, or borrowed further domains, keeps its turn until it is done.
        """
        if isinstance(work, VisitWork) or work.pending.is_no_news or work in self._borrowed:
            return
        domain = self._domains.get(work.domain)
        if domain is not None and domain.unstored < _UNSTORED_A_DOMAIN:
            self._unstored.add(work, key)
            self.at_work -= 1
            domain.under_way -= 1
            domain.unstored += 1
            self._give_turn(work.domain)

    def done(self, work: Work) -> None:
        """Notes that work was stored, or must be looked for again."""
        if isinstance(work, ArticleWork):
            self._candidates.discard(work.pending.id)
        else:
            self._visiting.discard(work.source.id)
        self._end_turn(work)

    def give_back(self, work: Work) -> None:
        """Notes that work could not be done or stored for now: it is looked for again in a while."""
        self._given_back.append((time.monotonic() + _GIVEN_BACK_FOR_S, work))
        self._end_turn(work)

    def _end_turn(self, work: Work) -> None:
        if isinstance(work, ArticleWork):
            self.targets.end(work)
        else:
            self.begun.pop(work.source.id, None)
        was_unstored = self._unstored.remove(work)
        self.at_work -= not was_unstored
        self._turns |= dict.fromkeys(self._unstored.let_go())
        for name in (work.domain, *self._borrowed.pop(work, ())):
            domain = self._domains.get(name)
            if domain is not None:
                domain.unstored -= was_unstored
                domain.under_way -= not was_unstored
                if isinstance(work, ArticleWork) and work.pending.is_no_news:
                    self._rest_from_past(name, work.pending.candidate.url)
                if domain.waiting:
                    self._give_turn(name)
                elif domain.may_have_more() and (isinstance(work, ArticleWork) or self._outlets is not None):
                    self._look.set()  # after a visit only what it found is new, and the store pipeline tells of that
        if self._more_are_due and len(self._visiting) < _TAKEN_AT_ONCE // 2:
            self._look.set()
        self._change.set()

    async def borrow(self, work: Work, url: str) -> bool:
        """Takes the lease of a URL's domain for work that began at another one; False when another worker has it.

        It is given back when the work is done. Raises StorageError.
        """
        name = registrable_domain(url)
        borrowed = self._borrowed.get(work, [])
        if name == work.domain or name in borrowed:
            return True
        async with self._leasing:
            hold = self._store.queue.hold
            if not await asyncio.to_thread(hold, self._session.worker, [name], datetime.now(UTC), LEASE):
                return False
            self._leases.gain([name])
            self._domains.setdefault(name, Domain()).under_way += 1
        self._borrowed[work] = [*borrowed, name]
        return True

    def look(self) -> None:
        """Looks for new work now rather than at the next tick: a visit has found candidates, of whatever domains."""
        self._told += 1
        for domain in self._domains.values():
            domain.drained_until = 0.0
        self._look.set()

    def _pick(self) -> Work | None:
        while self._turns:
            name = next(iter(self._turns))
            del self._turns[name]
            domain = self._domains.get(name)
            if domain is None or domain.under_way >= _UNDER_WAY_A_DOMAIN:
                continue  # it gets its turn back when something is done
            work = domain.first(self._unstored)
            if work is None:
                continue
            domain.under_way += 1
            if isinstance(work, VisitWork):
                self.begun[work.source.id] = time.time()
            if domain.waiting and domain.under_way < _UNDER_WAY_A_DOMAIN:
                self._turns[name] = None
            return work
        return None

    async def go_back(self, url: str) -> str | None:
        """Takes a turn at a URL's domain for a list of a backfill; None while there is none. Raises StorageError."""
        name = registrable_domain(url)
        async with self._leasing:
            hold = self._store.queue.hold
            if self._stopping or not await asyncio.to_thread(
                hold, self._session.worker, [name], datetime.now(UTC), LEASE
            ):
                return None
            self._leases.gain([name])
            domain = self._domains.setdefault(name, Domain())
            if not domain.may_go_back():
                domain.reserved_until = time.monotonic() + _RESERVED_FOR_S
                asyncio.get_running_loop().call_later(_RESERVED_FOR_S + 0.01, self._give_turn, name)
                return None
            domain.reserved_until = 0.0
            domain.under_way += 1
            return name

    def come_back(self, name: str, url: str) -> None:
        """Ends such a turn, in which `url` was asked for."""
        self._domains[name].under_way -= 1
        self._rest_from_past(name, url)
        self._give_turn(name)

    def _rest_from_past(self, name: str, url: str) -> None:
        """Leaves the rest of a domain's requests to others."""
        rest_s = self._session.clocks.pause_s(host_of(url)) * (1 / self._session.backfill_share - 1)
        domain = self._domains[name]
        domain.past_after = time.monotonic() + rest_s
        if domain.past or domain.again:
            asyncio.get_running_loop().call_later(rest_s + 0.01, self._give_turn, name)

    def _give_turn(self, name: str) -> None:
        self._turns.setdefault(name)
        self._change.set()

    # ---------------------------------------------------------------------------- look for work

    def _queue_own_sources(self) -> None:
        now = datetime.now(UTC)
        own = self._store.crawl.sources_of(self._outlets or ())
        self._only = {source.id for source in own}
        self._store.queue.put((source.id, registrable_domain(source.address), now) for source in own)

    async def _look_for_work(self) -> None:
        idle_since: float | None = None
        while True:
            self._look.clear()
            try:
                async with self._leasing:
                    await self._return_given_back()
                    if long_pauses := self._session.clocks.long_pauses():
                        await asyncio.to_thread(self._store.hosts.keep_pauses, long_pauses, PAUSE)
                    found = await self._fill()
                if found or self.size or self.more_may_come():
                    idle_since = None
                elif self._outlets is not None:
                    idle_since = idle_since or time.monotonic()
                    if await self._is_finished(idle_since):
                        self._finished = True
                        self._change.set()
                        return
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
            except Exception:  # a worker that looks for nothing any more would look healthy
                log.exception("looking_for_work_failed")
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):  # `wait_for` forgets a cancellation that comes as it ends
                    await self._look.wait()
                await asyncio.sleep(0.02)  # let a burst of visits end before the store is asked once for all
            except TimeoutError:
                continue

    async def _is_finished(self, idle_since: float) -> bool:
        """Whether a crawl of single outlets has nothing left that it could wait for."""
        count, earliest = await asyncio.to_thread(self._store.crawl.pending_count, self._outlets)
        jobs_left = bool(self._only) and await asyncio.to_thread(self._store.queue.depth_of, self._only or ()) > 0
        if not count and not jobs_left:
            return True
        if time.monotonic() - idle_since > self._patience_s:
            return True
        now = datetime.now(UTC)
        soon = now + timedelta(seconds=self._patience_s)
        if jobs_left or earliest is None or earliest <= soon:
            return False
        # What need not wait has no moment, and the backlog's last answer may be older than it.
        return not await asyncio.to_thread(self._store.crawl.domains_pending, now, 1, self._outlets)

    async def _fill(self) -> int:
        room = _WINDOW - self.size
        if room <= 0 or self._stopping:
            return 0
        now = datetime.now(UTC)
        most = min(room, _TAKEN_AT_ONCE)
        jobs = await asyncio.to_thread(self._take, most, now)
        self._leases.gain(job.domain for job in jobs)
        self._visiting.update(job.source_id for job in jobs)
        self._more_are_due = len(jobs) == most
        admitted = 0
        try:
            known = await self._works.sources_of(jobs)
            while jobs:
                work = await self._works.visit(jobs[0], known.get(jobs[0].source_id))
                if work is None:
                    await asyncio.to_thread(self._store.queue.drop, jobs[0])
                    self._visiting.discard(jobs[0].source_id)
                else:
                    self._admit(work)
                    admitted += 1
                del jobs[0]
        except BaseException:  # they are ours already: nobody else would do them
            self._not_begun += jobs
            raise
        return admitted + await self._fill_candidates(now)

    def _take(self, limit: int, now: datetime) -> list[VisitJob]:
        """New jobs. Where the answer was lost last time, what was given to us unheard is made available first."""
        queue, worker = self._store.queue, self._session.worker
        if self._is_take_unsure:
            log.info("jobs_taken_back", count=queue.take_back(worker, set(self._visiting), now))
        self._is_take_unsure = True
        jobs = queue.take(worker, limit, now, LEASE, self._only)
        self._is_take_unsure = False
        return jobs

    async def _return_given_back(self) -> None:
        """Hands jobs back that were not done, and lets candidates be found again."""
        now = time.monotonic()
        ripe = [work for since, work in self._given_back if since <= now]
        jobs = [work.job for work in ripe if isinstance(work, VisitWork)] + self._not_begun
        if jobs:
            await asyncio.to_thread(self._store.queue.hand_back, jobs, datetime.now(UTC))
            self._visiting.difference_update(job.source_id for job in jobs)
        self._not_begun.clear()
        self._given_back = [(since, work) for since, work in self._given_back if since > now]
        for work in ripe:
            if isinstance(work, ArticleWork):
                self._candidates.discard(work.pending.id)
                if (domain := self._domains.get(work.domain)) is not None:
                    domain.drained_until = 0.0

    async def _fill_candidates(self, now: datetime) -> int:
        names = await self._backlog.domains(now)
        told = self._told
        hungry = [name for name in names if self._is_hungry(name)]
        if not hungry:
            return 0
        hungry = hungry[: max(1, (_WINDOW - self.size) // _WINDOW_A_DOMAIN)]
        held = await asyncio.to_thread(self._store.queue.hold, self._session.worker, hungry, now, LEASE)
        self._leases.gain(held)
        rows = await asyncio.to_thread(
            self._store.crawl.pending,
            sorted(held),
            now,
            _WINDOW_A_DOMAIN,
            frozenset(self._candidates),
            self._outlets,
        )
        for row in sorted(rows, key=lambda row: row.is_no_news):  # else it would be begun before they are admitted
            self._candidates.add(row.id)
            self._admit(await self._works.article(row))
        if told == self._told:
            self._note_drained(held, rows)
        return len(rows)

    def _note_drained(self, names: Iterable[str], rows: Iterable[PendingCandidate]) -> None:
        """Of a domain that had less than was asked for, the store has nothing more until a visit finds something."""
        found, until = Counter(row.domain for row in rows), time.monotonic() + _DRAINED_FOR_S
        for name in names:
            domain = self._domains.get(name)
            if domain is not None and found[name] < _WINDOW_A_DOMAIN:
                domain.drained_until = until

    def _is_hungry(self, name: str) -> bool:
        domain = self._domains.get(name)
        return domain is None or (len(domain.articles) < _WINDOW_A_DOMAIN // 4 and domain.may_have_more())

    def _admit(self, work: Work) -> None:
        domain = self._domains.setdefault(work.domain, Domain())
        if isinstance(work, VisitWork):
            domain.visits.append(work)
        elif work.pending.is_revisit:
            domain.again.append(work)
        elif work.pending.is_past:
            in_order = sorted((*domain.past, work), key=lambda work: work.pending.backfill_rank)
            domain.past = deque(in_order)  # a few dozen at most
        else:
            domain.articles.append(work)
        if domain.under_way < _UNDER_WAY_A_DOMAIN:
            self._give_turn(work.domain)

    # ----------------------------------------------------------------------------------- leases

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            try:
                async with self._leasing:
                    await self._renew_leases()
            except StorageError as error:
                log.warning("leases_not_renewed", error=str(error))
            except Exception:  # a worker without leases would hand out nothing any more, and look healthy
                log.exception("renewing_leases_failed")
            self._works.forget_outlets()  # an operator may have changed one
            self._change.set()

    async def _renew_leases(self) -> None:
        """Renews what is held, lets go of domains without work, and drops the work of those that were lost."""
        begun, now, worker = time.monotonic(), datetime.now(UTC), self._session.worker
        idle = [name for name, domain in self._domains.items() if domain.is_idle()]
        for name in idle:
            del self._domains[name]
        pauses = self._session.clocks.forget(lambda host: registrable_domain(host) not in self._domains)
        await asyncio.to_thread(self._store.hosts.keep_pauses, pauses, PAUSE)  # whoever comes next waits too
        await asyncio.to_thread(self._store.queue.let_go, worker, idle)
        wanted = set(self._domains)
        held = await asyncio.to_thread(self._store.queue.hold, worker, wanted, now, LEASE)
        for name in wanted - held:
            self._drop(name)
        self._leases.gain(held)
        self._leases.last_until(begun + LEASE.total_seconds())

    def _drop(self, name: str) -> None:
        """Another worker has taken a domain over while our leases could not be renewed: its work is that one's now."""
        domain = self._domains[name]
        self._leases.lose(name)
        log.warning("domain_lost", domain=name, waiting=domain.waiting, under_way=domain.under_way)
        self._candidates.difference_update(work.pending.id for work in domain.drop_articles())
        self._given_back += [(time.monotonic(), work) for work in domain.visits]  # in vain, if another has them
        domain.visits.clear()
        self._turns.pop(name, None)
