"""Which share of the domains each worker serves, agreed upon in Redis.

Registrable domains fall into partitions by a checksum. A worker that looks is a member for the time of a lease, and
leases as many partitions as are its share of all members; what it has too many of, since another one came, it gives up
at its next look, and what a dead one had is free when its lease has run out.

    NAME:workers    sorted set: worker, until when it is a member (ms since 1970)
    NAME:leases     hash: partition, "UNTIL WORKER"

Both may vanish at any moment: this only keeps workers out of each other's way.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zlib import crc32

from redis import Redis

_SHARE = """
local worker, now, ends, partitions = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], ends, worker)
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(members)
local share = math.floor(partitions / #members)
for rank, member in ipairs(members) do
    if member == worker and rank <= partitions % #members then share = share + 1 end
end
local holders = {}
local leases = redis.call('HGETALL', KEYS[2])
for at = 1, #leases, 2 do
    local lease_ends, holder = string.match(leases[at + 1], '^(%d+) (.*)$')
    if holder == worker or (holder and tonumber(lease_ends) > now) then holders[tonumber(leases[at])] = holder end
end
local mine, free = {}, {}
for partition = 0, partitions - 1 do
    if not holders[partition] then
        table.insert(free, partition)
    elseif holders[partition] == worker then
        table.insert(#mine < share and mine or free, partition)
        if free[#free] == partition then redis.call('HDEL', KEYS[2], partition) end
    end
end
for _, partition in ipairs(free) do
    if #mine == share then break end
    table.insert(mine, partition)
end
for _, partition in ipairs(mine) do redis.call('HSET', KEYS[2], partition, string.format('%.0f %s', ends, worker)) end
return mine
"""
_LEAVE = """
redis.call('ZREM', KEYS[1], ARGV[1])
local leases = redis.call('HGETALL', KEYS[2])
for at = 1, #leases, 2 do
    if string.match(leases[at + 1], '^%d+ (.*)$') == ARGV[1] then redis.call('HDEL', KEYS[2], leases[at]) end
end
"""
_MILLISECOND = timedelta(milliseconds=1)


def partition_of(domain: str, partitions: int) -> int:
    """The partition of a registrable domain: the same in all processes that know of as many."""
    return crc32(domain.encode()) % partitions


class Partitions:
    """The partitions of one Redis, `count` of them. All methods raise redis.RedisError."""

    def __init__(self, client: Redis, name: str, count: int) -> None:
        self.count = count
        self._keys = [f"{name}:workers", f"{name}:leases"]
        self._share = client.register_script(_SHARE)
        self._leave = client.register_script(_LEAVE)

    def share(self, worker: str, now: datetime, lease: timedelta) -> frozenset[int]:
        """Renews a worker's membership and its leases; returns the partitions that are now its own."""
        now_ms, lease_ms = int(now.timestamp() * 1000), lease // _MILLISECOND
        return frozenset(map(int, self._share(keys=self._keys, args=[worker, now_ms, now_ms + lease_ms, self.count])))

    def leave(self, worker: str) -> None:
        """Ends a worker's membership and its leases."""
        self._leave(keys=self._keys, args=[worker])
