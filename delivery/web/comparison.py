"""Two revisions of an article side by side: which of its fields changed, and its text with the changes marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from delivery.web.history import changed_fields
from delivery.web.wording import told
from storage.diff.words import Edit, Span, WordDiff, word_diff
from storage.records import Moment, Revision

#: Paragraphs without a change that are shown beside one with a change.
_AROUND = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field of an article besides its headline and text, before and after; "" where it had none."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Paragraphs that follow each other; those of a folded one are alike in both revisions, and far from any change."""

    is_folded: bool
    paragraphs: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a later revision has changed."""

    fields: tuple[FieldChange, ...]
    title: WordDiff
    text: WordDiff
    stretches: tuple[Stretch, ...]


def compared(older: Revision, newer: Revision) -> Comparison:
    """Compares two revisions. Time is capped by `storage.diff`."""
    text = word_diff(older.body, newer.body)
    names = changed_fields(newer, older)
    return Comparison(
        fields=tuple(
            FieldChange(name=name, old=show(older), new=show(newer)) for name, show in _SHOWN.items() if name in names
        ),
        title=word_diff(older.title, newer.title),
        text=text,
        stretches=tuple(_stretches(text.paragraphs())),
    )


def _stretches(paragraphs: Sequence[tuple[Span, ...]]) -> Iterator[Stretch]:
    changed = [any(span.edit is not Edit.SAME for span in spans) for spans in paragraphs]
    near = [any(changed[max(0, at - _AROUND) : at + _AROUND + 1]) for at in range(len(changed))]
    for is_near, run in groupby(zip(near, paragraphs, strict=True), key=lambda each: each[0]):
        yield Stretch(is_folded=not is_near, paragraphs=tuple(spans for _, spans in run))


def _moment(moment: Moment | None) -> str:
    return told(moment) if moment else ""


def _picture(revision: Revision) -> str:
    picture = revision.lead_image
    return " · ".join(filter(None, (picture.caption, picture.credit, picture.url))) if picture else ""


_SHOWN: dict[str, Callable[[Revision], str]] = {
    "byline": lambda revision: ", ".join(revision.authors),
    "publication date": lambda revision: _moment(revision.published),
    "modification date": lambda revision: _moment(revision.modified),
    "credit": lambda revision: revision.credit or "",
    "section": lambda revision: revision.section or "",
    "tags": lambda revision: ", ".join(revision.tags),
    "lead picture": _picture,
    "live entries": lambda revision: f"{len(revision.entries)} entries",
    "language": lambda revision: revision.language or "",
}
