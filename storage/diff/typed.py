"""In what two states of an article differ, as typed differences.

Only its own words count: headline, text, byline, dates and correction notices. White space, typographic variants of
quotes and dashes, the case of a byline and the order of its names make no difference; nor does a date that is only
told more or less exactly, or that the outlet stamps on each answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.diff.corrections import is_correction
from storage.diff.tokens import same_words
from storage.records import Difference, Extraction, Moment, Precision, Revision

#: A calendar day anywhere on Earth, around its midnight in UTC.
_BEFORE_DAY, _AFTER_DAY = timedelta(hours=14), timedelta(hours=36)
#: A modified date this near to when the page was fetched, twice, is when it was rendered.
_RENDERED_WITHIN = timedelta(minutes=10)
#: Rules of dates that no part of the page names as the article's.
_GUESSES = frozenset({"htmldate"})
#: Notices that share this part of their words are one that was reworded.
_REWORDED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An article's own words at one time."""

    title: str
    body: str  # paragraphs, separated by blank lines
    authors: tuple[str, ...]
    published: Moment | None
    modified: Moment | None
    seen_at: datetime
    compared: str = ""  # the body with the lines that were dropped as the outlet's own, where some were


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What differs, in a steady order; none where the outlet changed nothing."""

    kinds: tuple[Difference, ...] = ()
    is_stealth: bool = False  # words changed, and neither a new modified date nor a correction says so


NO_DIFFERENCES = Differences()


def state_of(extraction: Extraction, seen_at: datetime) -> State:
    """The state that a page shows which was fetched at `seen_at`."""
    return State(
        title=extraction.title,
        body=extraction.body,
        authors=extraction.authors,
        published=extraction.published,
        modified=extraction.modified,
        seen_at=seen_at,
        compared=extraction.compared,
    )


def state_of_revision(revision: Revision) -> State:
    """The state that a stored revision holds."""
    return State(
        title=revision.title,
        body=revision.body,
        authors=revision.authors,
        published=revision.published,
        modified=revision.modified,
        seen_at=revision.seen_at,
    )


def differences(old: State, new: State) -> Differences:
    """What an outlet changed between two states."""
    found = [Difference.HEADLINE] if same_words(old.title) != same_words(new.title) else []
    text = _text_differences(old, new)
    found += [Difference.BODY] if Difference.BODY in text else []
    if _names(old.authors) != _names(new.authors):
        found.append(Difference.BYLINE)
    if _is_told_otherwise(old, new):
        found.append(Difference.PUBLISHED)
    has_new_date = not _is_same_moment(old.modified, new.modified)
    words_changed = bool(found)
    if has_new_date and not (_is_rendered(old) and _is_rendered(new)):
        found.append(Difference.MODIFIED)
    found += [kind for kind in text if kind is not Difference.BODY]
    if found == [Difference.MODIFIED] and (old.modified is None or new.modified is None):
        found = []  # a template that begins or ceases to show the date changes nothing of the article
    is_told = has_new_date and new.modified is not None and (old.modified is None or new.modified.at > old.modified.at)
    is_hidden = words_changed or Difference.CORRECTION_REMOVED in found
    is_stealth = is_hidden and not is_told and Difference.CORRECTION_ADDED not in found
    return Differences(kinds=tuple(found), is_stealth=is_stealth)


def _text_differences(old: State, new: State) -> list[Difference]:
    """Of the texts: BODY, CORRECTION_ADDED, CORRECTION_REMOVED, those that hold."""
    if old.body == new.body or (new.compared and old.body == new.compared):
        return []
    learned = set(_paragraphs(new.compared)) - set(_paragraphs(new.body)) if new.compared else set[str]()
    ours = [each for each in _paragraphs(old.body) if each not in learned]
    theirs = _paragraphs(new.body)
    found = []
    if _without_notices(ours) != _without_notices(theirs):
        found.append(Difference.BODY)
    gone, come, is_reworded = _notices(ours, theirs)
    if is_reworded and Difference.BODY not in found:
        found.append(Difference.BODY)
    found += [Difference.CORRECTION_ADDED] if come else []
    found += [Difference.CORRECTION_REMOVED] if gone else []
    return found


def _paragraphs(body: str) -> list[str]:
    return [words for paragraph in body.split("\n\n") if (words := same_words(paragraph))]


def _without_notices(paragraphs: Iterable[str]) -> str:
    """The text without its notices; how it is cut into paragraphs is the template's affair."""
    return " ".join(each for each in paragraphs if not is_correction(each))


def _notices(old: Sequence[str], new: Sequence[str]) -> tuple[bool, bool, bool]:
    """Whether a notice went, whether one came, and whether one was reworded."""
    ours = [each for each in old if is_correction(each)]
    theirs = [each for each in new if is_correction(each)]
    gone = [each for each in ours if each not in theirs]
    come = [each for each in theirs if each not in ours]
    is_reworded = False
    for notice in list(gone):
        likest = max(come, key=lambda each: _shared(notice, each), default=None)
        if likest is not None and _shared(notice, likest) >= _REWORDED:
            gone.remove(notice)
            come.remove(likest)
            is_reworded = True
    return bool(gone), bool(come), is_reworded


def _shared(one: str, other: str) -> float:
    ours, theirs = set(one.casefold().split()), set(other.casefold().split())
    return len(ours & theirs) / max(1, min(len(ours), len(theirs)))


def _names(authors: Iterable[str]) -> set[str]:
    return {same_words(name).casefold() for name in authors}


def _is_told_otherwise(old: State, new: State) -> bool:
    """Whether the outlet tells another published date; a date that was guessed from a whole page is none of its words,
    and chrome moves it.
    """
    if any(state.published is not None and state.published.rule in _GUESSES for state in (old, new)):
        return False
    if _is_undated(old) and _is_undated(new):
        return False
    return not _is_same_moment(old.published, new.published)


def _is_undated(state: State) -> bool:
    """Whether the page tells only when it was changed, so that its publication is taken from that."""
    return state.published is not None and state.modified is not None and state.published.at == state.modified.at


def _is_same_moment(one: Moment | None, other: Moment | None) -> bool:
    if one is None or other is None:
        return one is other
    if one.at == other.at:
        return True
    if Precision.DAY in (one.precision, other.precision):
        if one.precision is other.precision:
            return False
        day, finer = (one, other) if one.precision is Precision.DAY else (other, one)
        return _is_on(day, finer.at)
    if one.precision is other.precision:
        return False
    return one.at.replace(second=0, microsecond=0) == other.at.replace(second=0, microsecond=0)


def _is_on(day: Moment, at: datetime) -> bool:
    """Whether a time is on a calendar day in some zone."""
    return day.at - _BEFORE_DAY <= at < day.at + _AFTER_DAY


def _is_rendered(state: State) -> bool:
    """Whether the modified date may be no more than when the page was answered."""
    if state.modified is None:
        return False
    if state.modified.precision is Precision.DAY:
        return _is_on(state.modified, state.seen_at)
    return abs(state.seen_at - state.modified.at) <= _RENDERED_WITHIN
