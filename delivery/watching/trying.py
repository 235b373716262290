"""A query held against the past: how much it would have found, day by day, with samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from delivery.watching.originality import Originality, asks_for_story
from delivery.watching.subjects import subject_of
from delivery.watchlists.document import Subject
from delivery.watchlists.matching import Matcher
from delivery.watchlists.passages import Passage, passages_of
from delivery.watchlists.query import Query
from delivery.watchlists.wanting import asked_of
from storage.ports import MatchBook
from storage.records import ArticleText

_BATCH = 500
_SAMPLES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An article that answers, with why."""

    text: ArticleText
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a query would have found in a time."""

    since: datetime
    until: datetime
    by_day: tuple[tuple[date, int], ...]  # each day of the time, UTC, with the articles first seen then
    looked_at: int  # those that have the words it needs
    found: int
    samples: tuple[Sample, ...]  # the newest
    is_cut: bool  # more articles lie before those that were looked at

    @property
    def a_day(self) -> float:
        """Articles a day on the mean, over the days that were looked at."""
        return self.found / max(1, len(self.by_day))


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is stored, as far as a query can be held against it."""

    matches: MatchBook
    originality: Originality


def answering(
    query: Query, past: Past, since: datetime, until: datetime, most: int
) -> Iterator[tuple[ArticleText, Subject | None]]:
    """Articles first seen in a time that have the words wanted, newest first, each with what answers, None where
    nothing does; at most so many are looked at.
    """
    matcher, wanted = Matcher({0: query}), asked_of(query.tree).wanted
    is_asked = asks_for_story(query)
    before_id, seen = None, 0
    while seen < most:
        limit = min(_BATCH, most - seen)
        texts = past.matches.past(since=since, until=until, before_id=before_id, limit=limit, wanted=wanted)
        if not texts:
            return
        copies = past.originality.copies_among({text.article_id for text in texts}) if is_asked else set()
        for text in texts:
            subject = subject_of(text, is_origin=text.article_id not in copies)
            yield text, subject if matcher.matching(subject) else None
        seen += len(texts)
        before_id = texts[-1].article_id


def try_out(
    query: Query,
    past: Past,
    *,
    since: datetime,
    until: datetime,
    most: int,
) -> Trial:
    """Holds a query against articles first seen in a time, newest first, at most `most`; about 1 ms of CPU each."""
    days: Counter[date] = Counter()
    samples: list[Sample] = []
    seen, oldest = 0, until
    for text, subject in answering(query, past, since, until, most):
        seen += 1
        oldest = min(oldest, text.first_seen_at)
        if subject is not None:
            days[text.first_seen_at.astimezone(UTC).date()] += 1
            if len(samples) < _SAMPLES:
                samples.append(Sample(text=text, passages=tuple(passages_of(query, subject))))
    is_cut = seen >= most
    begun = oldest if is_cut else since
    return Trial(
        since=begun,
        until=until,
        by_day=tuple((day, days[day]) for day in _days(begun, until)),
        looked_at=seen,
        found=sum(days.values()),
        samples=tuple(samples),
        is_cut=is_cut,
    )


def _days(since: datetime, until: datetime) -> Iterator[date]:
    day, last = since.astimezone(UTC).date(), (until - timedelta(microseconds=1)).astimezone(UTC).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
