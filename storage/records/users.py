"""Who may use Presswatch, and what they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; each may do what those before it may."""

    READER = "reader"  # reads all that is collected
    ANALYST = "analyst"  # and keeps watchlists, channels and exports
    OPERATOR = "operator"  # and orders how sources are visited, and sees who did what

    def covers(self, needed: Role) -> bool:
        """Whether who has this role may do what needs that one."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A named token with a role. The token itself is kept nowhere, only its digest."""

    id: int  # never given out twice
    name: str
    role: Role
    is_disabled: bool
    created_at: datetime
    token_at: datetime  # since when its token holds
    seen_at: datetime | None  # when it was last used, to within some minutes
    sessions: int  # browsers that are logged in


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change: who made it, when, from where, by what, and how it ended."""

    id: int
    at: datetime
    who: str
    address: str | None  # of whoever asked; None where a command was run
    what: str  # "POST /watchlists/{watchlist_id}/edit", or a command without what it was given
    about: str  # the path that was asked for, or what the command was given
    outcome: str | None  # an HTTP status, "done" or "failed"; None: under way, or cut off
