"""What a re-extraction found at one outlet, counted as it goes: pure.

A tally is JSON: counts by field and change, counts of what was not read, and for each field and change the first
revisions as samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from storage.records import FieldChange, Unread

#: Samples of each field and change that are kept.
SAMPLES = 3


def new_tally() -> dict[str, Any]:
    """Nothing found yet."""
    return {"fields": {}, "unread": {}, "samples": {}}


def count_changes(tally: dict[str, Any], revision_id: int, found: Iterable[tuple[str, FieldChange]]) -> None:
    """Adds the changes of one revision."""
    for field, change in found:
        counts = tally["fields"].setdefault(field, {})
        counts[change.value] = counts.get(change.value, 0) + 1
        samples = tally["samples"].setdefault(field, {}).setdefault(change.value, [])
        if len(samples) < SAMPLES:
            samples.append(revision_id)


def count_unread(tally: dict[str, Any], why: Unread) -> None:
    """Adds a revision that was not read."""
    tally["unread"][why.value] = tally["unread"].get(why.value, 0) + 1


def fields_in(tally: Mapping[str, Any]) -> dict[str, dict[FieldChange, int]]:
    """Counts by field, the most changed first."""
    found = {
        field: {FieldChange(change): count for change, count in sorted(counts.items())}
        for field, counts in tally["fields"].items()
    }
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def unread_in(tally: Mapping[str, Any]) -> dict[Unread, int]:
    """Counts of what was not read, by reason."""
    return {Unread(why): count for why, count in sorted(tally["unread"].items())}


def samples_in(tally: Mapping[str, Any]) -> list[tuple[int, str, FieldChange]]:
    """(revision, field, change) of each sample."""
    return [
        (revision_id, field, FieldChange(change))
        for field, by_change in sorted(tally["samples"].items())
        for change, numbers in sorted(by_change.items())
        for revision_id in numbers
    ]
