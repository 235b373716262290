"""The data dictionary of exports: what each column holds, and how it is read from an article. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from storage.records import ArticleSummary, Precision

Value: TypeAlias = str | int | list[str] | None


class Type(StrEnum):
    """What a column holds; a time is ISO 8601 in UTC, with Z."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    TEXTS = "list of texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """An article as it goes out."""

    article: ArticleSummary
    body: str
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    name: str
    type: Type
    meaning: str
    of: Callable[[Exported], Value]


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _published(each: Exported) -> str | None:
    return _time(each.article.published.at) if each.article.published else None


def _day(each: Exported) -> str | None:
    """The date as far as it is known to be true."""
    published = each.article.published
    if published is None:
        return None
    return published.at.date().isoformat() if published.precision is Precision.DAY else _time(published.at)


COLUMNS = (
    Column(name="id", type=Type.NUMBER, meaning="Id of the article here.", of=lambda e: e.article.id),
    Column(name="url", type=Type.TEXT, meaning="Its canonical address.", of=lambda e: e.article.url),
    Column(name="outlet", type=Type.TEXT, meaning="Key of the outlet.", of=lambda e: e.article.outlet_key),
    Column(name="outlet_name", type=Type.TEXT, meaning="Name of the outlet.", of=lambda e: e.article.outlet_name),
    Column(
        name="country",
        type=Type.TEXT,
        meaning="Country of the outlet, ISO 3166-1; empty where it is not known.",
        of=lambda e: e.country,
    ),
    Column(name="title", type=Type.TEXT, meaning="Headline of the newest revision.", of=lambda e: e.article.title),
    Column(
        name="authors",
        type=Type.TEXTS,
        meaning="Persons of the byline, in its order.",
        of=lambda e: list(e.article.authors),
    ),
    Column(
        name="published_at",
        type=Type.TIME,
        meaning="When it was published, as its page told; where only a day is known, the beginning of that day.",
        of=_published,
    ),
    Column(
        name="published",
        type=Type.TEXT,
        meaning="The same as exactly as it is known: a day or a time.",
        of=_day,
    ),
    Column(
        name="published_precision",
        type=Type.TEXT,
        meaning="How exactly the date is known: day, minute or second.",
        of=lambda e: e.article.published.precision.value if e.article.published else None,
    ),
    Column(
        name="published_zone",
        type=Type.TEXT,
        meaning="Whose offset the time had: stated by the page, the outlet's own, or none.",
        of=lambda e: e.article.published.zone.value if e.article.published else None,
    ),
    Column(
        name="first_seen_at",
        type=Type.TIME,
        meaning="When Presswatch stored it first.",
        of=lambda e: _time(e.article.first_seen_at),
    ),
    Column(
        name="updated_at",
        type=Type.TIME,
        meaning="When its newest revision was first seen.",
        of=lambda e: _time(e.article.updated_at),
    ),
    Column(
        name="revisions",
        type=Type.NUMBER,
        meaning="How many states of its words are kept.",
        of=lambda e: e.article.revisions,
    ),
    Column(name="language", type=Type.TEXT, meaning="Language, ISO 639-1.", of=lambda e: e.article.language),
    Column(
        name="credit",
        type=Type.TEXT,
        meaning="Whom the text was taken from, as it says.",
        of=lambda e: e.article.credit,
    ),
    Column(name="section", type=Type.TEXT, meaning="Section of the outlet.", of=lambda e: e.article.section),
    Column(name="tags", type=Type.TEXTS, meaning="Subjects as the page names them.", of=lambda e: list(e.article.tags)),
    Column(name="words", type=Type.NUMBER, meaning="Words of the text.", of=lambda e: e.article.words),
    Column(name="text", type=Type.TEXT, meaning="Text, paragraphs with a blank line between.", of=lambda e: e.body),
)


def row_of(exported: Exported) -> dict[str, Value]:
    """An article by column."""
    return {column.name: column.of(exported) for column in COLUMNS}
