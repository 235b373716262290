"""What each revision of an article changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.records import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One revision, and in which of the article's words it differs from the one before."""

    revision: Revision
    changed: tuple[str, ...]  # empty for the first one
    words: int


_FIELDS = {
    "headline": "title",
    "text": "body",
    "byline": "authors",
    "publication date": "published",
    "modification date": "modified",
    "credit": "credit",
    "section": "section",
    "tags": "tags",
    "lead picture": "lead_image",
    "live entries": "entries",
    "language": "language",
}


def history_of(revisions: Sequence[Revision]) -> list[Step]:
    """Steps of revisions that come newest first, in the same order."""
    steps = [_step(newer, older) for newer, older in pairwise(revisions)]
    return [*steps, *(Step(revision=first, changed=(), words=_words(first)) for first in revisions[-1:])]


def changed_fields(newer: Revision, older: Revision) -> tuple[str, ...]:
    """In which fields two revisions differ, by the names that readers know."""
    return tuple(name for name, field in _FIELDS.items() if getattr(newer, field) != getattr(older, field))


def _step(newer: Revision, older: Revision) -> Step:
    return Step(revision=newer, changed=changed_fields(newer, older), words=_words(newer))


def _words(revision: Revision) -> int:
    return len(revision.body.split())
