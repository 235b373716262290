"""The visit queue with Redis Streams: Redis hands jobs out, SQL decides.

A job is a row in SQL, as without Redis, and whether a worker gets it (the lease of its domain, the token that its
visit is stored with, the count of its deliveries) is decided there. What Redis adds is that workers need not search
the table past each other's jobs: each reads the streams of its own partitions (`storage.jobs.partitions`) as a
consumer group. An entry stays pending until its job has ended in SQL; one that its reader did not get, or died of, is
claimed by whoever holds the partition then (XAUTOCLAIM).

So nothing in Redis needs to be true. Entries that are lost, after a flush, a restart without persistence or an
eviction, are missed within `LATE` of their time, and their jobs taken from SQL; entries too many find no job there.
While Redis is away, every worker looks in SQL for all jobs, and their leases keep domains apart as before.

    NAME:P    stream of partition P: "source", a source id

All of it lies on one server, not on a cluster.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from redis import Redis, RedisError, ResponseError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine

from storage.errors import StoreUnavailable
from storage.jobs.partitions import Partitions, partition_of
from storage.jobs.sql import SqlVisitQueue
from storage.records import VisitJob

log = structlog.get_logger(__name__)

#: What no stream has brought within this time is looked for in SQL.
LATE = timedelta(seconds=15)
#: How often a worker looks for what it or another one has left: entries pending for as long, and late jobs.
SWEEP_EVERY_S = 5.0
_GROUP = "workers"
#: One reader a partition, so one name: consumers of their own would be left behind by every worker that ever ran.
_CONSUMER = "holder"
_SWEPT = 5000  # entries, and late jobs, a sweep at most
_CHUNK = 500
_TIMEOUT_S = 2.0
#: A Redis that did not answer is not asked again for so long: each look would wait for it.
_REST_S = 5.0

#: A connection may have been closed while it was idle; a server that is away is not waited for.
ONE_RETRY = Retry(NoBackoff(), 1)

_Entries = dict[int, list[tuple[str, bytes]]]  # by source: streams, and entry ids in them


class RedisVisitQueue(SqlVisitQueue):
    """Implements `storage.ports.VisitQueue`. Methods raise as those of SqlVisitQueue do: Redis is never missed."""

    def __init__(
        self,
        engine: Engine,
        client: Redis,
        *,
        partitions: int = 64,
        name: str = "presswatch:visits",
        late: timedelta = LATE,
        sweep_every_s: float = SWEEP_EVERY_S,
    ) -> None:
        super().__init__(engine)
        self._client = client
        self._name = name
        self._partitions = Partitions(client, name, partitions)
        self._late = late
        self._sweep_every_s = sweep_every_s
        self._own: dict[str, frozenset[int]] = {}  # by worker, at its last look; a worker without a share has all
        self._swept: dict[str, float] = {}  # monotonic
        self._away_until = 0.0  # monotonic

    @classmethod
    def from_url(cls, engine: Engine, url: str, partitions: int) -> RedisVisitQueue:
        """The queue with the Redis at `redis://...`. Connects when first used. Raises StoreUnavailable for an address
        that cannot be read.
        """
        try:
            client = Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=ONE_RETRY)
        except ValueError as error:  # its text is not passed on: it may hold the password
            raise StoreUnavailable(
                "the address of Redis cannot be read; write PRESSWATCH_REDIS_URL as redis://:password@host:6379/0"
            ) from error
        return cls(engine, client, partitions=partitions)

    def close(self) -> None:
        """Closes its connections to Redis."""
        self._client.close()

    # ------------------------------------------------------------------------------------ the port

    def put(self, due: Iterable[tuple[int, str, datetime]]) -> int:
        """Queues due sources; see the port."""
        added = self.add(due)
        if added and not self._is_away():
            try:
                self._tell(added)
            except RedisError as error:
                self._note_away(error)  # workers find them in SQL
        return len(added)

    def take(
        self, worker: str, limit: int, now: datetime, lease: timedelta, only: Collection[int] | None = None
    ) -> list[VisitJob]:
        """Leases jobs of the worker's own partitions; see the port. With `only` it is a guest, without a share."""
        if only is not None or self._is_away():
            self._own.pop(worker, None)
            return super().take(worker, limit, now, lease, only)
        try:
            return self._take_told(worker, limit, now, lease)
        except RedisError as error:
            self._note_away(error)
            self._own.pop(worker, None)
            return super().take(worker, limit, now, lease)

    def mine(self, worker: str, domains: Iterable[str]) -> list[str]:
        """Those of the worker's own partitions; see the port."""
        own = self._own.get(worker)
        return [name for name in domains if own is None or partition_of(name, self._partitions.count) in own]

    def partitions_of(self, worker: str) -> int | None:
        """How many are the worker's; None for a guest, and while Redis is away."""
        own = self._own.get(worker)
        return None if own is None else len(own)

    def forget_worker(self, worker: str, *, has_stopped: bool = False) -> None:
        """Ends all leases of a worker; see the port."""
        super().forget_worker(worker, has_stopped=has_stopped)
        self._own.pop(worker, None)
        if not self._is_away():
            try:
                self._partitions.leave(worker)
            except RedisError as error:  # they run out by themselves
                self._note_away(error)

    # --------------------------------------------------------------------------------------- parts

    def _take_told(self, worker: str, limit: int, now: datetime, lease: timedelta) -> list[VisitJob]:
        own = self._partitions.share(worker, now, lease)
        is_sweep = bool(own - self._own.get(worker, frozenset())) or self._is_sweep_due(worker)
        self._own[worker] = own
        streams = [self._stream(partition) for partition in sorted(own)]
        if not streams:
            return []
        entries = self._read(streams, limit)
        if is_sweep:
            self._swept[worker] = time.monotonic()
            self._claim(streams, entries)
        jobs = self._take_only(worker, limit, now, lease, entries)
        self._end(entries, {job.source_id for job in jobs})  # raises nothing: the jobs are ours already
        if is_sweep and len(jobs) < limit:
            late = super().late(worker, now - self._late, _SWEPT)
            found = [source_id for source_id, domain in late if self.mine(worker, [domain])]
            jobs += self._take_only(worker, limit - len(jobs), now, lease, found)
        return jobs

    def _take_only(
        self, worker: str, limit: int, now: datetime, lease: timedelta, found: Collection[int]
    ) -> list[VisitJob]:
        return super().take(worker, limit, now, lease, only=found) if found else []

    def _read(self, streams: Sequence[str], limit: int) -> _Entries:
        """What nobody has read yet, about as much as is wanted, in equal parts of all streams."""
        found: _Entries = {}
        while (wanted := limit - len(found)) > 0:
            answer = self._read_new(streams, max(1, wanted // len(streams)))
            for stream, entries in answer:
                _collect(found, stream.decode(), entries)
            if not answer:
                break
        return found

    def _read_new(self, streams: Sequence[str], count: int) -> Any:
        wanted: Any = dict.fromkeys(streams, ">")
        try:
            return self._client.xreadgroup(_GROUP, _CONSUMER, wanted, count=count) or ()
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
        self._make_groups(streams)  # the first look, or Redis has forgotten
        return self._client.xreadgroup(_GROUP, _CONSUMER, wanted, count=count) or ()

    def _claim(self, streams: Sequence[str], found: _Entries) -> None:
        """Adds what was read and has not ended: most of it is in hand, the rest was left."""
        idle_ms = int(self._sweep_every_s * 1000)
        with self._client.pipeline(transaction=False) as pipeline:
            for stream in streams:
                count = max(1, _SWEPT // len(streams))
                pipeline.xautoclaim(stream, _GROUP, _CONSUMER, min_idle_time=idle_ms, count=count)
            answers = pipeline.execute()
        for stream, answer in zip(streams, answers, strict=True):
            _collect(found, stream, answer[1])

    def _end(self, entries: _Entries, taken: Collection[int]) -> None:
        """Acknowledges entries whose jobs have ended."""
        left = entries.keys() - set(taken)
        ended = [entry for source_id in left - self.known(left) for entry in entries[source_id]] if left else []
        try:
            for start in range(0, len(ended), _CHUNK):
                with self._client.pipeline(transaction=False) as pipeline:
                    for stream, number in ended[start : start + _CHUNK]:
                        pipeline.xack(stream, _GROUP, number)
                        pipeline.xdel(stream, number)
                    pipeline.execute()
        except RedisError as error:
            self._note_away(error)

    def _tell(self, jobs: Sequence[tuple[int, str]]) -> None:
        for start in range(0, len(jobs), _CHUNK):
            with self._client.pipeline(transaction=False) as pipeline:
                for source_id, domain in jobs[start : start + _CHUNK]:
                    pipeline.xadd(self._stream(partition_of(domain, self._partitions.count)), {"source": source_id})
                pipeline.execute()

    def _make_groups(self, streams: Iterable[str]) -> None:
        for stream in streams:
            try:
                self._client.xgroup_create(stream, _GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    def _stream(self, partition: int) -> str:
        return f"{self._name}:{partition}"

    def _is_sweep_due(self, worker: str) -> bool:
        return time.monotonic() - self._swept.get(worker, 0.0) >= self._sweep_every_s

    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _note_away(self, error: RedisError) -> None:
        self._away_until = time.monotonic() + _REST_S
        log.warning("redis_unavailable", error=str(error), instead="the queue in SQL")


def _collect(found: _Entries, stream: str, entries: Iterable[tuple[bytes, dict[bytes, bytes] | None]]) -> None:
    for number, fields in entries:
        if fields:  # else it was deleted meanwhile
            found.setdefault(int(fields[b"source"]), []).append((stream, number))
