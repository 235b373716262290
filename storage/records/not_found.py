"""What an outlet answers for an address that cannot exist, as it was learned by asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFoundPage:
    """The answer of one host, once asked."""

    host: str
    asked_at: datetime
    url: str  # that cannot exist
    status: int | None  # None: nothing was answered, or robots.txt forbids to ask
    title: str = ""  # of a page that came under 200, folded, without the address
    lines: tuple[int, ...] = ()  # marks of its lines
    is_telling: bool = False  # whether a page is told by it: it is one, and no stored article has its headline
