"""Outlets and their sources."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from storage.records import Outlet


class MoveBook(Protocol):
    """Moves of sources, accepted by an operator and taken back; each is an event that tells who did it (`by`)."""

    def accept(self, source_id: int, now: datetime, by: str = "command") -> str:
        """Makes where a source has moved to its own address; returns it. Raises NotMoved."""

    def take_back(self, source_id: int, now: datetime, by: str = "command") -> str:
        """Makes the address that its outlet names its own again; returns it. Raises NotMoved."""


class OutletBook(Protocol):
    """Outlets and their sources."""

    def load(self, outlets: Iterable[Outlet], origin: str, now: datetime, *, is_wanted: bool = False) -> int:
        """Adds or updates outlets and their sources; returns how many changed. A source that is no longer
        named is removed, a paused one stays paused, and an outlet removed by hand stays removed when it is a
        shipped one, unless it `is_wanted` by the operator.
        """

    def outlets(self) -> list[Outlet]:
        """All outlets, by name."""

    def set_paused(self, key: str, paused: bool, now: datetime) -> None:
        """Raises UnknownOutlet."""

    def remove(self, key: str, now: datetime) -> None:
        """Stops monitoring an outlet; its articles stay. Raises UnknownOutlet."""
