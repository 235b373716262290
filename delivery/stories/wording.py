"""Stories in words: "Origin: The Jerusalem Post. Also at: Track Persia, two days later, 98% of the words, ..."."""

from __future__ import annotations

from datetime import timedelta

from delivery.stories.telling import ToldCopy, ToldStory
from storage.records import ClaimRank, OriginClaim, StoryOrigin

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOST_TOLD = 12


def summary(told: ToldStory) -> str:
    """The whole story in a few sentences."""
    shown = told.copies[:_MOST_TOLD]
    more = len(told.copies) - len(shown)
    also = "; ".join(copy_words(copy) for copy in shown) + (f"; and {more} more" if more else "")
    where = "Also at" if told.origin.article_id is not None else f"At: {told.measure.outlet_name}. Also at"
    return f"{origin_words(told.origin)}. {where}: {also}." if also else f"{origin_words(told.origin)}."


def origin_words(origin: StoryOrigin) -> str:
    """Such as "Origin: Reuters" or "Seen first: Track Persia"."""
    return f"{'Seen first' if origin.is_seen_first else 'Origin'}: {origin.party.name}"


def copy_words(copy: ToldCopy) -> str:
    """Such as "Track Persia, two days later, 98% of the words, adds 2 sentences"."""
    return ", ".join([copy.article.outlet_name, *copy_parts(copy)])


def copy_parts(copy: ToldCopy) -> list[str]:
    """When a copy came, how much of the text it has, and what it changed."""
    return [when_words(copy), *([share_words(copy.share)] if copy.share is not None else []), *change_parts(copy)]


def when_words(copy: ToldCopy) -> str:
    """Such as "two days later", "20 minutes before", "seen 3 hours later"."""
    seen = "" if copy.is_by_date else "seen "
    size = abs(copy.later)
    if size < timedelta(minutes=1):
        return f"{seen}at the same time"
    if size < _HOUR:
        span = counted(size // timedelta(minutes=1), "minute")
    elif size < _DAY:
        span = counted(size // _HOUR, "hour")
    else:
        span = counted(abs(copy.days_later), "day")
    return f"{seen}{span} {'later' if copy.later > timedelta() else 'before'}"


def share_words(share: float) -> str:
    """Such as "98% of the words"; less than all is never rounded up to all."""
    percent = 100 if share >= 1 else min(99, round(100 * share))
    return f"{percent}% of the words" if percent else "hardly any of the words"


def change_parts(copy: ToldCopy) -> list[str]:
    """Such as ["adds 2 sentences", "cuts 1 sentence", "changes 3"]."""
    found = copy.comparison
    if found is None:
        return []
    parts = [
        f"{verb} {number} {'sentence' if number == 1 else 'sentences'}"
        for verb, number in (
            ("adds", found.added_sentences),
            ("cuts", found.cut_sentences),
            ("changes", len(found.changed)),
        )
        if number
    ]
    return parts or ["changes nothing"]


def counted(number: int, noun: str) -> str:
    """Such as "two days", "one hour", "40 minutes"."""
    spoken = _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"
    return f"{spoken} {noun}{'' if number == 1 else 's'}"


_RANKS = {
    ClaimRank.DECLARED: "declared by the page or its feed",
    ClaimRank.NAMED: "named in the text or byline",
    ClaimRank.CONTAINED: "contained in an earlier text",
    ClaimRank.SEEN_FIRST: "seen first",
}


def rank_words(rank: ClaimRank) -> str:
    """What a claim of a rank rests on."""
    return _RANKS[rank]


def claim_words(claim: OriginClaim) -> str:
    """Such as 'credit line "The Jerusalem Post"'."""
    return f'{claim.rule} "{claim.value}"'
