"""How often somebody may do something: an allowance that fills up again with time.

Counted in each web process for itself and gone with it: a limit keeps load and guessing down, and is no record.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from datetime import datetime

#: Beyond so many, those that were not asked about for the longest are forgotten.
MOST_KEYS = 10_000


class Allowance:
    """So many at once, filled up again evenly; for each key apart. Safe in several threads."""

    def __init__(self, most: int, each_s: float) -> None:
        self._most = most
        self._each_s = each_s  # seconds until one more
        self._left: OrderedDict[object, tuple[float, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: object, now: datetime) -> float:
        """Seconds until there is one for that key; 0 where there is one now."""
        with self._lock:
            return max(0.0, (1 - self._level(key, now)) * self._each_s)

    def take(self, key: object, now: datetime) -> float:
        """Takes one and returns 0, or takes none and returns the seconds until there is one."""
        with self._lock:
            level = self._level(key, now)
            if level < 1:
                return (1 - level) * self._each_s
            self._keep(key, level - 1, now)
            return 0.0

    def give_back(self, key: object, now: datetime) -> None:
        """Gives one back that was taken."""
        with self._lock:
            self._keep(key, min(self._most, self._level(key, now) + 1), now)

    def _level(self, key: object, now: datetime) -> float:
        level, at = self._left.get(key, (float(self._most), now))
        passed_s = max(0.0, (now - at).total_seconds())  # a clock that was set back fills nothing up
        return min(float(self._most), level + passed_s / self._each_s)

    def _keep(self, key: object, level: float, now: datetime) -> None:
        self._left[key] = (level, now)
        self._left.move_to_end(key)
        while len(self._left) > MOST_KEYS:
            self._left.popitem(last=False)


def network_of(address: str | None) -> str:
    """What a limit counts as one: an IPv4 address, or the /64 that one IPv6 customer has at least."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)
