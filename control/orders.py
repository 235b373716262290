"""Orders about the visits of sources, read from what a person wrote: by the command and by the pages alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.outlets.cadence.schedule import check_cron, check_span, told_span
from crawler.outlets.errors import BadOrder
from storage.records import Pace, PaceMode

_AROUND_HYPHEN = re.compile(r"\s*-\s*")
#: Beyond, a clock that is moved would leave what a date can hold.
_LONGEST_PAUSE = timedelta(days=3_653)


def mode_of(*, is_adaptive: bool = False, every: str | None = None, cron: str | None = None) -> dict[str, Any]:
    """How the next visit is chosen, as fields of a `Pace`; empty where nothing was said. Raises BadOrder."""
    if every is not None:
        return {"mode": PaceMode.EVERY, "every_s": check_span(every), "cron": None}
    if cron is not None:
        return {"mode": PaceMode.CRON, "cron": check_cron(cron), "every_s": None}
    return {"mode": PaceMode.ADAPTIVE, "every_s": None, "cron": None} if is_adaptive else {}


def check_bounds(pace: Pace) -> Pace:
    """The order itself. Raises BadOrder where its floor is above its ceiling."""
    if pace.floor_s and pace.ceiling_s and pace.floor_s > pace.ceiling_s:
        raise BadOrder(
            f"a floor of {told_span(pace.floor_s)} is above the ceiling of {told_span(pace.ceiling_s)}",
            "make it the smaller of the two, such as 5m and 6h",
        )
    return pace


def pause_end(text: str, now: datetime) -> datetime:
    """The end of a pause: a day, a time (UTC where it names no zone) or a span from now. Raises BadOrder."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        try:
            moment = now + timedelta(seconds=check_span(text))
        except BadOrder:
            raise BadOrder(f'"{text}" is no time', "write it as 2026-12-01, 2026-12-01T08:00 or 3d") from None
    if moment > now + _LONGEST_PAUSE:
        raise BadOrder(
            f"{text} is too far off", "name a time within ten years, or pause the outlet, which knows no end"
        )
    if moment <= now:
        raise BadOrder(f"{text} has passed", "name a time to come, or end the pause instead")
    return moment


def windows_in(text: str) -> Sequence[str]:
    """Time windows written one after another, with commas or blanks between them."""
    return _AROUND_HYPHEN.sub("-", text).replace(",", " ").split()
