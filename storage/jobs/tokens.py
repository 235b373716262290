"""The tokens that fence off a worker whose lease ran out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def token_at(now: datetime) -> int:
    """The least token that a job taken at this time may get: microseconds since 1970.

    A job's row goes with its acknowledgement and comes again with the next visit; counting from zero there, a
    worker that slept through both could hold the new job's token.
    """
    return (now - _EPOCH) // timedelta(microseconds=1)
