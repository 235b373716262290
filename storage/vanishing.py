"""Whether an answer says that a stored article is not there any more, and what follows. Decides only; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urljoin, urlsplit

from storage.diff.typed import State
from storage.records import Absence, AbsenceKind, Capture, Reason, Verdict, is_success

#: A locked page that shows less than this part of the words that were free is a teaser.
_TEASER = 0.6
_PARTIAL = "partial"  # the mark of a text of which the rest is locked
#: Why a page that says nothing of it is the outlet's own for what is not there.
SAME_ANSWER = "The same page, byte for byte, was answered for another article."
_REDIRECTS = range(300, 400)
_GONE = 410
_PAID = frozenset({401, 402})


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What stands where an article was, by one answer."""

    kind: AbsenceKind
    detail: str


class Step(Enum):
    """What one answer means for an article that is missing."""

    FIRST = "first"  # noted, and to be looked at again
    TOO_SOON = "too soon"  # noted; the second look is still to come
    TELL = "tell"
    KNOWN = "known"  # told before


def missing_by(verdict: Verdict) -> Missing | None:
    """What an answer without an article says of the stored one that was asked for; None where it says nothing.

    A challenge, a consent form, a refusal, a network error and a server's fault are about us or the moment, not about
    the article.
    """
    if not verdict.pending.is_again or verdict.extraction is not None or verdict.retry_at is not None:
        return None
    kind = _kind(verdict.reason, verdict.capture, verdict.detail or "")
    return Missing(kind=kind, detail=verdict.detail or kind.value) if kind else None


def _kind(reason: Reason | None, capture: Capture | None, detail: str) -> AbsenceKind | None:
    status = capture.status if capture else 0
    if capture and status in _REDIRECTS and reason in {Reason.GONE, Reason.NOT_AN_ARTICLE}:
        if _leads_to_front_page(capture):
            return AbsenceKind.FRONT_PAGE
        return AbsenceKind.SOFT_404 if reason is Reason.GONE else None
    if reason is Reason.GONE:
        if status == _GONE or detail == f"answered {_GONE}":
            return AbsenceKind.GONE
        return AbsenceKind.SOFT_404 if capture and is_success(status) else AbsenceKind.NOT_FOUND
    if reason is Reason.LOGIN or (reason is Reason.REFUSED and status in _PAID):
        return AbsenceKind.PAYWALL
    return AbsenceKind.ROBOTS if reason is Reason.ROBOTS else None


def _leads_to_front_page(capture: Capture) -> bool:
    location = next((value for name, value in capture.headers if name.lower() == "location"), "")
    try:
        target = urlsplit(urljoin(capture.final_url, location.strip()))
    except ValueError:
        return False
    return target.path in {"", "/"}


def locked_by(old: State, old_marks: tuple[str, ...], new: State, new_marks: tuple[str, ...]) -> Missing | None:
    """A paywall before a text that was free: the page is locked, as it was not before, and shows a part of the text."""
    if _PARTIAL not in new_marks or _PARTIAL in old_marks:
        return None
    had, has = len(old.body.split()), len(new.body.split())
    if has >= _TEASER * had:
        return None
    return Missing(
        kind=AbsenceKind.PAYWALL, detail=f"The page is locked and shows {has} of the {had} words that it had."
    )


def step_of(known: Absence | None, at: datetime, confirm_after: timedelta) -> Step:
    """What one more answer means; told is what a second answer says, so much later than the first."""
    if known is None:
        return Step.FIRST
    if known.told_at is not None:
        return Step.KNOWN
    return Step.TELL if at - known.first_at >= confirm_after else Step.TOO_SOON
