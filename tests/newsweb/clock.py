"""Simulated time: a clock that runs as fast as told, and how moments are read and written."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

HOUR, DAY = 3600.0, 86400.0


def iso(moment: float) -> str:
    """ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """Simulated time."""

    def __init__(self, start: float, speed: float):
        self.speed, self._start, self._zero = speed, start, time.monotonic()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._zero) * self.speed

    def advance(self, seconds: float) -> None:
        self._start += seconds


def parse_start(text: str) -> float:
    """'now', an offset from now such as '-36h' or '-2d', or an ISO time (UTC if it names no zone)."""
    if text == "now":
        return float(int(time.time()))
    if match := re.fullmatch(r"([+-]\d+)([hd])", text):
        return time.time() + int(match[1]) * (HOUR if match[2] == "h" else DAY)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
