"""What the settings and outlet files say is kept for how long, as rules for a moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from control.settings import Settings
from storage.records import KeptDays, Outlet, RetentionRule


def rules_for(
    outlets: Iterable[Outlet], settings: Settings, now: datetime, *, pages_days: int | None, texts_days: int | None
) -> list[RetentionRule]:
    """The rules of these outlets; days that are given go before those of the outlet's file, and these before the
    settings. An outlet of which all is kept has none.
    """
    is_ordered = pages_days is not None or texts_days is not None
    rules = []
    for outlet in outlets:
        pages, texts = (pages_days, texts_days) if is_ordered else days_of(outlet, settings)
        if pages is not None or texts is not None:
            before = {"pages_before": _before(now, pages), "texts_before": _before(now, texts)}
            rules.append(RetentionRule(outlet_key=outlet.key, **before))
    return rules


def days_of(outlet: Outlet, settings: Settings) -> KeptDays:
    """For how long an outlet's pages and texts are kept, by its file and the settings."""
    return outlet.keep_pages_days or settings.keep_pages_days, outlet.keep_texts_days or settings.keep_texts_days


def _before(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)
