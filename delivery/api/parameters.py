"""Query parameters that pages, feeds and API share, with the limits that keep abuse from the store.

What is out of bounds raises FastAPI's RequestValidationError: a 422 problem in the API, a 400 page
elsewhere. An empty value, as an untouched form sends it, means any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime, BeforeValidator

MAX_ID = 2**63 - 1  # what a database integer holds
NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"  # PostgreSQL refuses NUL, and no search means the others
NO_CONTROLS_IN_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"  # of several lines

Words = Annotated[
    str,
    Query(
        alias="q",
        max_length=4000,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$",  # lines and tabs may part words
        description='A query, as docs/watchlists.md tells: words, "phrases", AND, OR, NOT, word*, NEAR/5, fields.',
        examples=['iran AND ("nuclear deal" OR withdraw*)'],
    ),
]
OutletKey = Annotated[
    str, Query(alias="outlet", pattern=r"^[a-z0-9-]{0,80}$", description="Key of an outlet.", examples=["jpost"])
]
Language = Annotated[
    str,
    Query(pattern=r"^([a-z]{2,3})?$", description="Language of the articles, ISO 639.", examples=["fa"]),
]
MAX_NAME_CHARS = 200
AuthorName = Annotated[
    str,
    Query(
        alias="name",
        min_length=1,
        max_length=MAX_NAME_CHARS,
        pattern=NO_CONTROLS,
        description="Name of an author, in any spelling.",
        examples=["Anna Ahronheim"],
    ),
]
AuthorAsked = Annotated[str, Query(alias="name", max_length=MAX_NAME_CHARS, pattern=NO_CONTROLS)]
Country = Annotated[
    str,
    Query(pattern=r"^([A-Z]{2})?$", description="Country of the outlets, ISO 3166-1.", examples=["IL"]),
]


def _empty_is_any(value: object) -> object:
    return None if value == "" else value


SinceDay = Annotated[
    date | None,
    BeforeValidator(_empty_is_any),
    Query(alias="from", description="Published on this day (UTC) or later; first seen, where no date is known."),
]
LastDay = Annotated[
    date | None,
    BeforeValidator(_empty_is_any),
    Query(alias="to", description="Published on this day or before.", examples=["2026-05-09"]),
]
Row = Annotated[int, Path(ge=1, le=MAX_ID, description="Id of an article.", examples=[7])]
CaptureRow = Annotated[int, Path(ge=1, le=MAX_ID, description="Id of a capture.", examples=[12])]
StoryRow = Annotated[int, Path(ge=1, le=MAX_ID, description="Id of a story.", examples=[3])]
OutletPath = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$", description="Key of an outlet.", examples=["jpost"])]
Address = Annotated[
    str,
    Query(
        alias="url",
        min_length=1,
        max_length=4000,
        pattern=NO_CONTROLS,
        description="The address of an article, in any variant.",
        examples=["https://www.jpost.com/middle-east/article-1"],
    ),
]
Before = Annotated[
    int | None,
    Query(ge=1, le=MAX_ID, description="Cursor: only articles listed after this one, i.e. older.", examples=[120]),
]
Who = Annotated[str, Query(max_length=80, pattern=NO_CONTROLS, description="Only changes of this one.")]


def _to_utc(value: object) -> object:
    """Refuses what cannot be told in UTC, such as the first hours of year 1 east of Greenwich."""
    if not isinstance(value, str):
        return value
    at = datetime.fromisoformat(value)
    try:
        return at.astimezone(UTC) if at.tzinfo else at
    except OverflowError:
        raise ValueError("a time that can be told in UTC is needed") from None


Instant = Annotated[
    AwareDatetime | None,
    BeforeValidator(_to_utc),
    Query(description="A time with its offset, ISO 8601.", examples=["2020-05-09T15:31:00Z"]),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which articles are asked for; None means any."""

    words: str | None
    outlet_key: str | None
    language: str | None


WithPast = Annotated[
    bool, Query(alias="past", description="Also what backfills brought of long ago, the one stored last first.")
]


async def filters(words: Words = "", outlet_key: OutletKey = "", language: Language = "") -> Filters:
    """The three filters that every list of articles has."""
    return Filters(words=words.strip() or None, outlet_key=outlet_key or None, language=language or None)
