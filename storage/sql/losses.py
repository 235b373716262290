"""Candidates that came to nothing: counted by reason, and made pending again on demand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select, text, update

from storage.records import LOST_REASONS, Loss, LostCandidate, Reason
from storage.sql.schema import LOST, candidates

_SAMPLES = 5
_OUTLETS = 10


def losses_since(connection: Connection, since: datetime) -> list[Loss]:
    """What ended badly since then, by reason, the most first."""
    lost = (candidates.c.finished_at >= since, candidates.c.state == "done", text(LOST))
    counted = select(candidates.c.reason, candidates.c.outlet_key, func.count().label("number")).where(*lost)
    counts: dict[str, list[tuple[str, int]]] = {}
    for row in connection.execute(counted.group_by(candidates.c.reason, candidates.c.outlet_key)):
        counts.setdefault(row.reason, []).append((row.outlet_key, row.number))
    found = [
        Loss(
            reason=Reason(reason),
            count=sum(number for _, number in outlets),
            outlets=tuple(sorted(outlets, key=lambda each: (-each[1], each[0]))[:_OUTLETS]),
            outlet_count=len(outlets),
            samples=_samples(connection, reason, since),
        )
        for reason, outlets in counts.items()
    ]
    return sorted(found, key=lambda loss: (-loss.count, loss.reason))


def _samples(connection: Connection, reason: str, since: datetime) -> tuple[LostCandidate, ...]:
    columns = (candidates.c.url, candidates.c.outlet_key, candidates.c.finished_at, candidates.c.detail)
    newest = select(*columns).where(
        text(LOST), candidates.c.reason == reason, candidates.c.finished_at >= since, candidates.c.state == "done"
    )
    rows = connection.execute(newest.order_by(candidates.c.finished_at.desc()).limit(_SAMPLES))
    return tuple(LostCandidate(**row._mapping) for row in rows)  # noqa: SLF001


def retry_lost(
    connection: Connection, reasons: Collection[Reason], since: datetime, outlet_keys: Collection[str] | None
) -> int:
    """Makes what ended so since then pending again, as if it had just been found; returns how many."""
    chosen = update(candidates).where(
        text(LOST),
        candidates.c.reason.in_([reason.value for reason in reasons if reason in LOST_REASONS]),
        candidates.c.finished_at >= since,
        candidates.c.state == "done",
    )
    if outlet_keys is not None:
        chosen = chosen.where(candidates.c.outlet_key.in_(list(outlet_keys)))
    return connection.execute(chosen.values(state="pending", tries=0, not_before=None)).rowcount
