"""What is known of hosts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsCopy:
    """The robots.txt of one origin as last fetched."""

    origin: str  # scheme://host[:port]
    fetched_at: datetime
    status: int | None  # None: could not be fetched
    body: bytes
    verdict: str  # "rules", "allow-all" or "disallow-all"
    detail: str | None = None
    failing_since: datetime | None = None  # when the first of the readings in a row was that failed

    @property
    def text(self) -> str:
        """The body as it is read."""
        return self.body.decode("utf-8-sig", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostWait:
    """Until when a host is to be left alone, or all hosts of a domain ("*.example.org")."""

    host: str
    not_before: datetime
    why: str
    refusals: int = 0  # 429 and 503 in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTraffic:
    """What one host was asked in one hour, by all workers."""

    host: str
    hour: datetime  # its beginning
    requests: int  # sent, robots.txt and redirects among them
    robots: int  # of them for robots.txt
    not_modified: int  # answered 304
    refused: int  # answered 401, 403, 429 or 503
    failed: int  # no whole answer came
    bytes_received: int  # of bodies, as on the wire
    least_gap_ms: int | None  # between two requests in a row of one worker
    took_ms: int = 0  # all whole answers together, each from its request on

    @property
    def mean_answer_s(self) -> float | None:
        """How long a whole answer took on the mean; None where none came."""
        answered = self.requests - self.failed
        return self.took_ms / answered / 1000 if answered > 0 else None
