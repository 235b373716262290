"""Times, languages and texts as a reader of the pages sees them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from storage.records import (
    MOVED_AFTER,
    Gap,
    GapState,
    HostWait,
    Moment,
    OutletStanding,
    Precision,
    RobotsCopy,
    Source,
    Subscription,
    SubscriptionState,
    Zone,
)

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BLANK_LINES = re.compile(r"\n\s*\n")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

LANGUAGES = {
    "ar": "Arabic", "az": "Azerbaijani", "ckb": "Kurdish (Sorani)", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fr": "French", "he": "Hebrew", "hy": "Armenian", "it": "Italian",
    "ja": "Japanese", "ku": "Kurdish", "nl": "Dutch", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese",
    "ru": "Russian", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "zh": "Chinese",
}  # fmt: skip


def when(at: datetime) -> str:
    """Such as "9 May 2020, 15:31 UTC"."""
    at = at.astimezone(UTC)
    return f"{day(at)}, {at:%H:%M} UTC"


def day(at: datetime) -> str:
    """Such as "9 May 2020"."""
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def day_heading(at: datetime, now: datetime) -> str:
    """Such as "Today, Saturday 9 May 2020"."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    named = f"{_DAYS[at.weekday()]} {day(at)}"
    return {0: f"Today, {named}", 1: f"Yesterday, {named}"}.get((now.date() - at.date()).days, named)


def told(moment: Moment) -> str:
    """A date as exactly as it is known: "9 May 2020, 15:31 UTC" or "9 May 2020 (day only)"."""
    at = moment.at.astimezone(UTC)
    return f"{day(at)} (day only)" if moment.precision is Precision.DAY else when(at)


def zone_note(moment: Moment) -> str:
    """Where the time zone came from, when it was not stated."""
    return {
        Zone.STATED: "",
        Zone.OUTLET: "the page names no time zone; the outlet's own was assumed",
        Zone.NONE: "",
    }[moment.zone]


def iso(value: datetime | Moment) -> str:
    """For a `datetime` attribute of HTML."""
    at = (value.at if isinstance(value, Moment) else value).astimezone(UTC)
    if isinstance(value, Moment) and value.precision is Precision.DAY:
        return at.date().isoformat()
    return f"{at.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def ago(at: datetime, now: datetime) -> str:
    """Such as "12 min ago", "in 3 h"; past a month the day itself."""
    seconds = int((now - at) / timedelta(seconds=1))
    size = abs(seconds)
    if size < _MINUTE:
        return "just now" if seconds >= 0 else "in a moment"
    if size >= 30 * _DAY:
        return day(at.astimezone(UTC))
    span = _span(size)
    return f"{span} ago" if seconds > 0 else f"in {span}"


def every(seconds: int) -> str:
    """Such as "every 15 min"."""
    return f"every {_span(seconds)}" if seconds >= _MINUTE else f"every {seconds} s"


def _span(seconds: int) -> str:
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} days"


def robots_words(copy: RobotsCopy) -> str:
    """What a robots.txt in force means."""
    answered = f"answered {copy.status}" if copy.status else "no answer"
    if copy.verdict == "rules":
        return f"its rules hold ({answered}, {len(copy.body):,} bytes)"
    if copy.verdict == "allow-all":
        return f"allows everything ({copy.detail or answered})"
    return f"robots unreachable: nothing is fetched until it can be read ({copy.detail or answered})"


def wait_words(wait: HostWait) -> str:
    """Why and until when a host is left alone."""
    row = f", {wait.refusals} refusals in a row" if wait.refusals > 1 else ""
    return f"left alone until {when(wait.not_before)}: {wait.why}{row}"


_GAP_STATES = {
    GapState.OPEN: "to be refilled from its sitemaps",
    GapState.REFILLING: "being refilled from its sitemaps",
    GapState.LOST: "not refilled",
}


def gap_words(gap: Gap) -> str:
    """A possible loss: when, of which feed, and what became of it."""
    days = "%Y-%m-%d %H:%M"
    told = _GAP_STATES.get(gap.state) or f"refilled, {gap.found} {'article' if gap.found == 1 else 'articles'} found"
    why = f" ({gap.detail})" if gap.detail else ""
    return f"{gap.since:{days}} to {gap.until:{days}} UTC, {gap.source_url} listed nothing known: {told}{why}"


def subscription_words(subscription: Subscription, now: datetime) -> str:
    """How far a subscription at a hub is, until when, and what it pushed."""
    told = [f"{subscription.hub} for {subscription.topic}: {_subscription_state(subscription, now)}"]
    if subscription.detail:
        told.append(subscription.detail)
    if subscription.pushed_at:
        told.append(f"last push {ago(subscription.pushed_at, now)}")
    if subscription.refused:
        told.append(f"{subscription.refused} pushes not taken, the last one as {subscription.refused_why}")
    return "; ".join(told)


def _subscription_state(subscription: Subscription, now: datetime) -> str:
    if subscription.is_active(now) and subscription.lease_until:
        return f"pushes until {when(subscription.lease_until)}"
    if subscription.state is SubscriptionState.ACTIVE:
        return "its lease ran out"
    return _SUBSCRIPTION_STATES[subscription.state]


_SUBSCRIPTION_STATES = {
    SubscriptionState.NAMED: "not asked for (PRESSWATCH_WEBSUB_URL)",
    SubscriptionState.ASKED: "asked for, and not verified yet",
    SubscriptionState.DENIED: "denied",
    SubscriptionState.ENDING: "asked to end it",
    SubscriptionState.ENDED: "ended",
}


def kept_out_words(standing: OutletStanding) -> str:
    """Of how many addresses an outlet kept us out in a day, and how."""
    counted = ", ".join(f"{number} by {_KEEPERS.get(reason, reason)}" for reason, number in standing.kept_out)
    return f"of addresses in the last 24 h: {counted}"


_KEEPERS = {
    "refused": "a refusal",
    "challenge": "a challenge against robots",
    "consent": "a consent form",
    "login": "a log-in form",
}


def source_moved(source: Source) -> str:
    """What a source says of where it has moved to; "" when it says nothing."""
    if source.moved_to is None:
        return ""
    if source.has_moved:
        return f"has moved for good, and is asked for at {source.moved_to}"
    return f"says that it has moved to {source.moved_to} ({source.moved_answers} times of {MOVED_AFTER})"


def language_name(code: str | None) -> str:
    """Such as "Persian"; a code that has no name here is shown as it is."""
    return LANGUAGES.get(code or "", code or "unknown")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text whose paragraphs are separated by blank lines."""
    return [paragraph.strip() for paragraph in _BLANK_LINES.split(text) if paragraph.strip()]
