"""The seen-set in Redis: exact 64-bit keys at about nine bytes each.

Redis keeps a set of integers as a sorted array of eight bytes each (an intset) while it has no more than
`set-max-intset-entries` members, 512 unless configured otherwise; past that a member costs fifty bytes and more. So
the keys of a generation are spread over many small sets by linear hashing (Litwin 1980): whenever there are more than
200 keys a bucket on average, one bucket is split in two, in turn. A bucket then holds 200 to 400 keys, whether there
are a thousand of them or a hundred million, no step takes longer than a bucket's worth, and the 80 bytes that Redis
needs for each key of its own are shared by hundreds.

    presswatch:seen              hash: newest generation; N:buckets, N:keys of each; N:drop of those to forget
    presswatch:seen:N:BUCKET     set: the keys of one bucket of generation N
    presswatch:seen:claim:KEY    string: when the claim runs out (ms since 1970), a blank, its owner; expires by itself

All of it lies on one server, not on a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from redis import Redis, RedisError

from storage.dedup.generations import KEPT_GENERATIONS
from storage.dedup.lua import CLAIM, CONFIRM, ROTATE, SEEN
from storage.errors import StoreUnavailable
from storage.ports import Claim

_CHUNK = 500  # keys a script call: keeps Redis, which runs one script at a time, busy for about a millisecond
_UNLINK_CHUNK = 500
_TIMEOUT_S = 10.0


class RedisSeenSet:
    """A `SeenSet` on a Redis (6.2 or newer) or Valkey server. All methods raise StoreUnavailable."""

    def __init__(self, client: Redis, prefix: str = "presswatch:seen") -> None:
        self._client = client
        self._prefix = prefix
        self._claim = client.register_script(CLAIM)
        self._confirm = client.register_script(CONFIRM)
        self._seen = client.register_script(SEEN)
        self._rotate = client.register_script(ROTATE)

    @classmethod
    def from_url(cls, url: str, prefix: str = "presswatch:seen") -> RedisSeenSet:
        """The seen-set at `redis://...`, `rediss://...` or `unix://...`. Connects when first used. Raises
        StoreUnavailable for an address that cannot be read.
        """
        try:
            client = Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)
        except ValueError as error:  # its text is not passed on: it may hold the password
            raise StoreUnavailable(
                "the address of Redis cannot be read; write PRESSWATCH_REDIS_URL as redis://:password@host:6379/0"
            ) from error
        return cls(client, prefix)

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()

    def claim(self, keys: Sequence[int], owner: str, now: datetime, ttl: timedelta) -> list[Claim]:
        """Claims each key for `owner`; one answer a key, in order. A repeated key is TAKEN."""
        now_ms = int(now.timestamp() * 1000)
        ttl_ms = max(1, int(ttl / timedelta(milliseconds=1)))
        return [Claim(answer) for answer in self._call(self._claim, keys, owner, now_ms, ttl_ms)]

    def confirm(self, keys: Iterable[int]) -> None:
        """Makes keys seen, claimed or not."""
        self._call(self._confirm, keys)

    def seen(self, keys: Sequence[int]) -> list[bool]:
        """Whether each key is confirmed."""
        return [bool(answer) for answer in self._call(self._seen, keys)]

    def rotate(self) -> int:
        """Begins a new generation and forgets the oldest; returns how many are kept."""
        with self._translated():
            newest = int(self._rotate(keys=[self._prefix], args=[KEPT_GENERATIONS]))
            self._drop_generations()
        return min(newest, KEPT_GENERATIONS)

    def clear(self) -> None:
        """Forgets everything."""
        with self._translated():
            self._client.delete(self._prefix)
            self._unlink(self._client.scan_iter(match=f"{self._prefix}:*", count=1000))

    def _call(self, script: Callable[..., Any], keys: Iterable[int], *arguments: str | int) -> list[int]:
        answers: list[int] = []
        iterator = iter(keys)
        with self._translated():
            while chunk := list(islice(iterator, _CHUNK)):
                answers += script(keys=[self._prefix], args=[KEPT_GENERATIONS, *arguments, *chunk]) or ()
        return answers

    def _drop_generations(self) -> None:
        """Frees the buckets of generations that are no longer asked, also of those an earlier call did not finish."""
        state: dict[bytes, bytes] = self._client.hgetall(self._prefix)  # type: ignore[assignment]
        for field, buckets in state.items():
            generation, _, kind = field.decode().partition(":")
            if kind == "drop":
                self._unlink(f"{self._prefix}:{generation}:{bucket}" for bucket in range(int(buckets)))
                self._client.hdel(self._prefix, field.decode())

    def _unlink(self, names: Iterable[str | bytes]) -> None:
        iterator = iter(names)
        while chunk := list(islice(iterator, _UNLINK_CHUNK)):
            self._client.unlink(*chunk)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except RedisError as error:
            known = self._client.connection_pool.connection_kwargs
            where = known.get("path") or f"{known.get('host', 'localhost')}:{known.get('port', 6379)}"
            raise StoreUnavailable(f"Redis at {where} does not answer as it should: {error}") from error
