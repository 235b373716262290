"""What the seen-set costs: Redis memory a URL beside a plain set of digests, and claims a second.

    python tests/benchmarks/bench_seen.py [--urls 10000000]

It starts a Redis of its own. The bar is for 10,000,000 URLs, which take a quarter of an hour; beside the default of
1,000,000 the same open claims and what Redis keeps of its own weigh ten times as much. The figure is the greatest of four
readings, each Redis's `used_memory` less that of the empty server, divided by the URLs known: one generation full; half of
it moved to a second one; all but a twentieth moved; and 2,000 claims open besides. Speeds are those of one client that
claims and confirms 50 URLs at a time, as a visit does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import Redis
from rich.console import Console
from rich.table import Table

from storage.dedup.redis import RedisSeenSet
from storage.dedup.sql import SqlSeenSet
from storage.ports import SeenSet
from storage.sql import seen as tables
from storage.sql.engine import open_engine, writing

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import servers

BAR_BYTES, BAR_URLS = 10.0, 10_000_000
NOW = datetime(2026, 1, 31, tzinfo=UTC)
TTL = timedelta(minutes=10)
STEP = 5_000
_PLAIN = 1_000_000  # of the yardstick: a member costs it as much beside ten times as many
VISIT = 50


def main() -> int:
    """Measures, prints a table and one line of JSON; exit code 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=1_000_000)
    count = parser.parse_args().urls
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        print("bench-seen: no redis-server here; Debian's package redis-server has it", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
        Path(folder).chmod(0o711)  # the server may run as another user
        with servers.redis(Path(program), Path(folder) / "redis") as url, Redis.from_url(url) as client:
            readings = memory(client, RedisSeenSet(client), count)
            speeds = {"Redis": speed(RedisSeenSet(client), 40_000), "SQLite": speed(sqlite(Path(folder)), 10_000)}
    plain = readings.pop("a plain set of 40-character digests")
    worst = max(readings.values())
    show(count, {**readings, "(yardstick) a plain set of 40-character digests": plain}, speeds)
    figure: dict[str, object] = {"value": round(worst, 2)}
    if count >= BAR_URLS:
        figure |= {"bar": BAR_BYTES, "holds": worst <= BAR_BYTES}
    report = {
        "redis_bytes_a_url": figure,
        "plain_set_bytes": {"value": round(plain, 1)},
        "urls": {"value": count},
        **{f"{name}_urls_per_second": {"value": round(value)} for name, value in speeds.items()},
    }
    print(json.dumps(report))
    return 0 if figure.get("holds", True) else 1


def memory(client: Redis, seen_set: SeenSet, count: int) -> dict[str, float]:
    """Bytes of Redis memory a URL, by state."""
    chance = random.Random(1)
    keys = [chance.getrandbits(64) - 2**63 for _ in range(count)]
    client.flushall()
    empty = used(client)

    def reading() -> float:
        return (used(client) - empty) / count

    result = {}
    confirm(seen_set, keys)
    result["one generation"] = reading()
    seen_set.rotate()
    confirm(seen_set, keys[: count // 2])
    result["two generations, half moved"] = reading()
    confirm(seen_set, keys[count // 2 : count - count // 20])
    result["two generations, all but a twentieth moved"] = reading()
    seen_set.claim([chance.getrandbits(64) - 2**63 for _ in range(2_000)], "host:1234:worker-1", NOW, TTL)
    result["the same and 2,000 open claims"] = reading()
    if not all(all(seen_set.seen(keys[first : first + STEP])) for first in range(0, count, STEP)):
        raise AssertionError("the seen-set lost keys")

    client.flushall()
    empty, count = used(client), min(count, _PLAIN)
    for first in range(0, count, STEP):
        client.sadd("digests", *(hashlib.sha1(str(key).encode()).hexdigest() for key in keys[first : first + STEP]))
    result["a plain set of 40-character digests"] = reading()
    client.flushall()
    return result


def confirm(seen_set: SeenSet, keys: list[int]) -> None:
    """Confirms many keys."""
    for first in range(0, len(keys), STEP):
        seen_set.confirm(keys[first : first + STEP])


def used(client: Redis) -> int:
    """Redis's memory once its hash tables have come to rest."""
    before = -1
    while True:
        now = int(client.info("memory")["used_memory"])
        if abs(now - before) < 4_096:
            return now
        before = now
        time.sleep(0.3)


def speed(seen_set: SeenSet, count: int) -> float:
    """URLs a second that one client claims and confirms, a visit's worth at a time."""
    chance = random.Random(2)
    keys = [chance.getrandbits(64) - 2**63 for _ in range(count)]
    begin = time.perf_counter()
    for first in range(0, count, VISIT):
        seen_set.claim(keys[first : first + VISIT], "host:1234:worker-1", NOW, TTL)
        seen_set.confirm(keys[first : first + VISIT])
    return count / (time.perf_counter() - begin)


def sqlite(folder: Path) -> SqlSeenSet:
    """A seen-set in a new SQLite file."""
    engine = open_engine(f"sqlite:///{folder}/bench.sqlite3")
    with writing(engine) as connection:
        tables.metadata.create_all(connection, [tables.seen_keys, tables.seen_claims, tables.seen_cycle])
    return SqlSeenSet(engine)


def show(count: int, readings: dict[str, float], speeds: dict[str, float]) -> None:
    """The table for people."""
    table = Table(title=f"The seen-set at {count:,} URLs (bar at {BAR_URLS:,}: {BAR_BYTES:g} bytes a URL)")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for what, value in readings.items():
        table.add_row(what, f"{value:.2f} B a URL")
    for name, value in speeds.items():
        table.add_row(f"{name}: claimed and confirmed, {VISIT} at a time", f"{value:,.0f} URLs/s")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
