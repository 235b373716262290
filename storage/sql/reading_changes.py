"""In what two readings of a revision differ: pure, rows in, JSON out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.records import Extraction, FieldChange
from storage.sql.mapping import content_digest, revision_columns
from storage.sql.metadata import storable_structure
from storage.sql.words_digest import NAME as WORDS_DIGEST
from storage.sql.words_digest import words_digest

#: The columns that make up each field that readers know; the first of them tells whether it is empty.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "authors": ("authors",),
    "text": ("body",),
    "published": ("published_at", "published_precision", "published_zone"),
    "modified": ("modified_at", "modified_precision", "modified_zone"),
    "language": ("language",),
    "credit": ("credit",),
    "section": ("section",),
    "picture": ("lead_image", "lead_image_caption", "lead_image_credit"),
    "tags": ("tags",),
    "entries": ("entries",),
    "marks": ("marks",),
    "desks": ("desks",),
    "origins": ("origins",),
    "opt-outs": ("opt_outs",),
}
_MOMENTS = frozenset({"published_at", "modified_at"})


def columns_read(extraction: Extraction) -> dict[str, Any]:
    """The columns of a revision as an extraction has them, in the form in which they are stored."""
    columns = {**revision_columns(extraction), "content_digest": content_digest(extraction)}
    cleaned: dict[str, Any] = storable_structure({name: to_json(name, value) for name, value in columns.items()})
    return {**cleaned, WORDS_DIGEST: words_digest(cleaned)}


def differing(row: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    """Of the columns that were read, those in which the stored revision differs."""
    found = {name: value for name, value in read.items() if to_json(name, row[name]) != value}
    return {} if set(found) == {WORDS_DIGEST} else found


def changes(row: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, FieldChange]]:
    """What the differing columns mean to a reader; empty where only the evidence differs."""
    return [
        (field, _change(row[columns[0]], other.get(columns[0], row[columns[0]])))
        for field, columns in FIELDS.items()
        if any(name in other for name in columns)
    ]


def swapped(row: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(columns that the revision gets, what is put aside): the same columns, exchanged."""
    gets = {name: _from_json(name, value) for name, value in other.items()}
    if other.get(WORDS_DIGEST) is None:  # read by a version that kept none
        other = {**other, WORDS_DIGEST: None}
        gets[WORDS_DIGEST] = words_digest({**row, **gets})
    return gets, {name: to_json(name, row[name]) for name in other}


def to_json(name: str, value: Any) -> Any:
    """A column's value as JSON can keep it."""
    return value.isoformat() if name in _MOMENTS and value is not None else _plain(value)


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def _from_json(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in _MOMENTS and value is not None else value


def _change(before: Any, after: Any) -> FieldChange:
    if not before and after:
        return FieldChange.GAINED
    return FieldChange.LOST if before and not after else FieldChange.CHANGED
