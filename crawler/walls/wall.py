"""A wall: what kind it is, and how it was told."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import Reason

#: Ends of candidates, and reasons of visits, that say what stands there instead.
CHALLENGE, CONSENT, LOGIN, GONE = Reason.CHALLENGE, Reason.CONSENT, Reason.LOGIN, Reason.GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """`reason` is CHALLENGE, CONSENT, LOGIN or GONE; `detail` a sentence for a person."""

    reason: Reason
    detail: str
