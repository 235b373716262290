"""Conditional requests (RFC 9110 13): whether what a client has is still the newest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

_SETTLED = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a response is known by."""

    etag: str  # strong, with its quotes
    last_modified: datetime | None

    @property
    def headers(self) -> dict[str, str]:
        """As they go out, with a 200 and with a 304."""
        headers = {"ETag": self.etag}
        if self.last_modified is not None:
            headers["Last-Modified"] = format_datetime(self.last_modified, usegmt=True)
        return headers


def validators_of(*identity: object, changed_at: datetime | None, now: datetime) -> Validators:
    """Validators of a response that `identity` determines to the byte.

    Last-Modified counts in seconds, so a second change within the same one would go unnoticed (RFC 9110
    8.8.2.2). While a change is that fresh, it is therefore dated a second early: who asks again gets it all.
    """
    digest = sha256(repr(identity).encode()).hexdigest()[:32]
    modified = None if changed_at is None else changed_at.astimezone(UTC).replace(microsecond=0)
    if modified is not None and now - modified < _SETTLED:
        modified -= timedelta(seconds=1)
    return Validators(etag=f'"{digest}"', last_modified=modified)


def is_current(request_headers: Mapping[str, str], validators: Validators) -> bool:
    """Whether to answer 304. If-None-Match, where there is one, decides alone (RFC 9110 13.1.3)."""
    if (tags := request_headers.get("if-none-match")) is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in known or validators.etag in known
    since = _http_date(request_headers.get("if-modified-since"))
    return since is not None and validators.last_modified is not None and validators.last_modified <= since


def _http_date(text: str | None) -> datetime | None:
    """What is no date is no condition (RFC 9110 13.1.3)."""
    try:
        read = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return read if read is None or read.tzinfo else read.replace(tzinfo=UTC)
