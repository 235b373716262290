"""What is known of a page before it is read: it crosses to the child process with the body."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records import Hints, OptOut, Outlet, RepeatedLines


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """All that extraction is given besides the response."""

    hints: Hints
    outlet: Outlet
    now: datetime  # when the response came: no article is dated later
    repeated: RepeatedLines  # what the outlet's other articles share
    opt_outs: tuple[OptOut, ...] = ()  # what its headers and its robots.txt say must not be done with it
