"""What is known of hosts, and what was asked of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import HostTraffic, HostWait, RobotsCopy


class HostBook(Protocol):
    """What is known of hosts, shared by all workers and kept over restarts."""

    def robots(self, origin: str) -> RobotsCopy | None:
        """The copy in force."""

    def save_robots(self, copy: RobotsCopy) -> None:
        """Keeps a copy, replacing the one before."""

    def wait(self, host: str) -> HostWait | None:
        """Until when a host (or "*." and a domain) is to be left alone, past or not, and its refusals in a row."""

    def keep_pauses(self, pauses: Iterable[tuple[str, datetime]], why: str) -> None:
        """Keeps until when hosts (or "*." and a domain) are to be left alone; a later time already there stays."""

    def rest(self, host: str, until: datetime, why: str, refusals: int) -> None:
        """Keeps a wish for rest and how many came in a row; a later time already there stays."""

    def forget_refusals(self, host: str) -> None:
        """A host has answered well: its refusals in a row begin anew."""


class TrafficBook(Protocol):
    """What every host was asked, by the hour."""

    def add(self, rows: Sequence[HostTraffic]) -> None:
        """Adds counts to what is there; the lesser gap stays."""

    def of_hosts(self, hosts: Collection[str], since: datetime) -> list[HostTraffic]:
        """Rows of these hosts from that hour on, by host and hour."""

    def hosts(self, since: datetime) -> list[str]:
        """Hosts that were asked something since then, most requests first."""
