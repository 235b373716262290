"""The digest of all that an extractor read of a revision, as it is stored: pure, a row in, a digest out.

`content_digest` tells whether the outlet changed its words; this one tells whether the store still has what was read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.sql.metadata import stored_json

NAME = "words_digest"
#: What is read of a page: columns of `revisions`.
READ_COLUMNS = (
    "title",
    "authors",
    "body",
    "words",
    "published_at",
    "published_precision",
    "published_rule",
    "published_zone",
    "modified_at",
    "modified_precision",
    "modified_rule",
    "modified_zone",
    "language",
    "credit",
    "section",
    "lead_image",
    "lead_image_caption",
    "lead_image_credit",
    "tags",
    "entries",
    "marks",
    "desks",
    "origins",
    "opt_outs",
    "evidence",
    "extractor",
    "content_digest",
)


def words_digest(row: Mapping[str, Any]) -> str:
    """SHA-256 of these columns as JSON, times in ISO 8601; of a row about to be stored as of one read again."""
    return hashlib.sha256(stored_json({name: _plain(row[name]) for name in READ_COLUMNS}).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
