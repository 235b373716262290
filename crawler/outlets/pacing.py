"""The keys of outlet files that order when sources are visited; they stand for an outlet or for one source."""

from __future__ import annotations

from crawler.outlets.fields import Fields
from storage.records import Pace, PaceMode

PACE_KEYS = ("cron", "not_between", "floor_s", "ceiling_s", "heed_publisher")


def read_pace(fields: Fields, *, every_s: int | None = None) -> Pace:
    """What these keys say; `every_s` is a source's own `interval_s`."""
    cron, floor_s, ceiling_s = fields.cron("cron"), fields.interval("floor_s"), fields.interval("ceiling_s")
    if cron is not None and fields.table.get("interval_s") is not None:
        fields.fault("cron", "stands beside interval_s", "remove one of the two")
    if floor_s is not None and ceiling_s is not None and floor_s > ceiling_s:
        fields.fault("floor_s", f"{floor_s} is above ceiling_s, {ceiling_s}", "make it the smaller of the two")
    mode = PaceMode.CRON if cron is not None else PaceMode.EVERY if every_s is not None else None
    return Pace(
        mode=mode,
        every_s=every_s,
        cron=cron,
        not_between=fields.windows("not_between"),
        floor_s=floor_s,
        ceiling_s=ceiling_s,
        heed_publisher=fields.flag("heed_publisher"),
    )


def pace_values(pace: Pace) -> dict[str, object]:
    """The keys again, None where nothing was said."""
    return {key: getattr(pace, key) for key in PACE_KEYS}
