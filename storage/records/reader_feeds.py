"""What somebody follows in a feed reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFeed:
    """The newest articles of an outlet or of a search, as a feed at a secret address. None means any."""

    id: int  # never given out twice
    name: str
    token: str = field(repr=False)  # the secret in its address
    words: str | None
    outlet_key: str | None
    language: str | None  # ISO 639
    is_summary: bool  # the beginning of each text instead of all of it
    created_at: datetime
    updated_at: datetime
