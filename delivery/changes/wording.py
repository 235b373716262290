"""A change in words, for pages, feeds and commands."""

from __future__ import annotations

from collections.abc import Sequence

from storage.records import AbsenceKind, Change, ChangeKind, Difference

DIFFERENCES = {
    Difference.HEADLINE: "headline",
    Difference.BODY: "text",
    Difference.BYLINE: "byline",
    Difference.PUBLISHED: "published date",
    Difference.MODIFIED: "modified date",
    Difference.CORRECTION_ADDED: "correction added",
    Difference.CORRECTION_REMOVED: "correction removed",
}
ABSENCES = {
    AbsenceKind.NOT_FOUND: "the outlet answers 404",
    AbsenceKind.GONE: "the outlet answers 410",
    AbsenceKind.SOFT_404: "the outlet's page for what is not there stands in its place",
    AbsenceKind.FRONT_PAGE: "its address leads to the front page",
    AbsenceKind.PAYWALL: "it is behind a paywall",
    AbsenceKind.ROBOTS: "robots.txt closed it: nobody of us looks at what is there now",
}


def difference_words(differences: Sequence[Difference]) -> str:
    """Such as "headline, text"."""
    return ", ".join(DIFFERENCES[each] for each in differences) or "nothing but the reading"


def change_words(change: Change) -> str:
    """Such as "Changed without notice: headline, text" or "Vanished: the outlet answers 404"."""
    return told_words(change.kind, change.differences, is_stealth=change.is_stealth, absence=change.absence)


def told_words(
    kind: ChangeKind, differences: Sequence[Difference], *, is_stealth: bool, absence: AbsenceKind | None
) -> str:
    """The same of what a change is made of."""
    if kind is ChangeKind.REVISED:
        how = "Changed without notice" if is_stealth else "Changed"
        return f"{how}: {difference_words(differences)}"
    if kind is ChangeKind.RETURNED:
        return "There again"
    return f"Vanished: {ABSENCES[absence]}" if absence else "Vanished"
