"""Where the event log begins: old events are deleted in the end."""

from __future__ import annotations

from storage.errors import EventsGone
from storage.ports import EventLog


def require_events(log: EventLog, since: int) -> None:
    """Raises EventsGone for who stopped before what was deleted, and would miss it without a word; not for who begins
    at 0, and takes what there is.
    """
    begins_after = log.begins_after()
    if 0 < since < begins_after:
        raise EventsGone(
            f"events up to number {begins_after} were deleted as too old, and you have those up to {since}; "
            "read what is stored anew, and go on with since=0 or with the newest number"
        )
