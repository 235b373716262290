"""What was decided on verdicts, and the rows that it makes: pure, the database is `storage.sql.verdicts`' affair."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.diff.typed import NO_DIFFERENCES, Differences, State
from storage.records import BodyRef, Capture, ChangeKind, EventKind, Extraction, Reason, Stored, Verdict, is_success
from storage.search.documents import Indexed
from storage.sql.mapping import revision_columns
from storage.sql.words_digest import words_digest

#: What is younger is news, whoever found it.
_FRESH = timedelta(days=2)


@dataclass(slots=True)
class ArticleState:
    """An article as the batch leaves it."""

    key: int
    outlet_key: str
    content_digest: str
    revision_count: int
    id: int = 0  # 0: not inserted yet
    is_news: bool = True  # of a new one: not what a backfill brought of long ago
    state: State | None = None  # its own words as they are now
    marks: tuple[str, ...] = ()
    is_only_redated: bool = False  # its newest revision brought a modified date, and no word
    first_seen_at: datetime | None = None  # None: with its newest verdict
    indexed: Indexed | None = None  # what search finds it by so far
    is_unindexed: bool = False  # it is not found by what was its newest revision: others will see to that
    newest: Verdict | None = None  # the verdict that gave it its newest words, if one of this batch did


@dataclass(slots=True)
class Outcome:
    """What was decided on one verdict."""

    verdict: Verdict
    reason: Reason | None  # None: it stays pending
    article: ArticleState | None = None
    revision: int | None = None  # number of the revision that it makes
    content_digest: str = ""  # of that revision
    is_news: bool = True  # of that revision
    differences: Differences = NO_DIFFERENCES  # of that revision from the one before


def article_row(article: ArticleState) -> dict[str, Any]:
    """A new article; it must have its id."""
    verdict, extraction = _words_of(article)
    return {
        "id": article.id,
        "key": article.key,
        "outlet_key": article.outlet_key,
        "url": _url(verdict),
        "first_seen_at": verdict.at,
        "updated_at": verdict.at,
        "language": extraction.language,
        "revision_count": article.revision_count,
        "backfill_id": verdict.pending.backfill_id,
        "is_news": article.is_news,
        "dated_at": found_by(article).at,
        "indexed": article.revision_count,
    }


def article_update(article: ArticleState) -> dict[str, Any]:
    """The new state of a known article, for its row `article`."""
    verdict, extraction = _words_of(article)
    return {
        "article": article.id,
        "number": article.revision_count,
        "at": verdict.at,
        "language_now": extraction.language,
        "dated_now": found_by(article).at,
        "indexed_now": None if article.is_unindexed else article.revision_count,
    }


def found_by(article: ArticleState) -> Indexed:
    """What search finds it by from now on."""
    verdict, extraction = _words_of(article)
    published = extraction.published
    return Indexed(
        article_id=article.id,
        title=extraction.title,
        authors=extraction.authors,
        body=extraction.body,
        language=extraction.language,
        outlet_key=article.outlet_key,
        at=published.at if published else article.first_seen_at or verdict.at,
    )


def authors_of(article: ArticleState) -> tuple[str, ...]:
    """Who is named as its author."""
    return _words_of(article)[1].authors


def capture_row(outcome: Outcome, capture: Capture, ref: BodyRef) -> dict[str, Any]:
    """A capture of a verdict's, kept there; its article must have its id.

    Where a stored article was asked for again and no page came (404, a redirect elsewhere), that answer is its too.
    """
    article_id = outcome.article.id if outcome.article and outcome.verdict.extraction else None
    if not is_success(capture.status):
        article_id = outcome.verdict.pending.article_id
    record = ref.revisit or ref
    return {
        "candidate_id": outcome.verdict.pending.id,
        "article_id": article_id,
        "url": capture.url,
        "final_url": capture.final_url,
        "fetched_at": capture.fetched_at,
        "status": capture.status,
        "headers": [list(pair) for pair in capture.headers],
        "digest": capture.digest,
        "size": len(capture.body),
        "record_segment": record.segment,
        "record_offset": record.offset,
        "record_length": record.length,
    }


def revision_row(outcome: Outcome, capture_id: int | None) -> dict[str, Any]:
    """A revision; its article must have its id."""
    read = {**revision_columns(_extraction(outcome.verdict)), "content_digest": outcome.content_digest}
    return {
        **read,
        "words_digest": words_digest(read),
        "article_id": outcome.article.id if outcome.article else None,
        "number": outcome.revision,
        "seen_at": outcome.verdict.at,
        "capture_id": capture_id,
    }


def change_row(outcome: Outcome, capture_id: int | None) -> dict[str, Any]:
    """The change that a revision is; its article must have its id."""
    return {
        "at": outcome.verdict.at,
        "kind": ChangeKind.REVISED.value,
        "outlet_key": outcome.verdict.pending.outlet_key,
        "article_id": outcome.article.id if outcome.article else None,
        "number": outcome.revision,
        "revision": outcome.revision,
        "differences": list(outcome.differences.kinds),
        "is_stealth": outcome.differences.is_stealth,
        "capture_id": capture_id,
    }


def lines_row(outcome: Outcome) -> tuple[int, str, tuple[int, ...]]:
    """The marks of a revision's lines with its article's id and outlet; its article must have its id."""
    article = outcome.article.id if outcome.article else 0
    return article, outcome.verdict.pending.outlet_key, _extraction(outcome.verdict).lines


def is_news(verdict: Verdict, announced: Collection[int]) -> bool:
    """Whether readers are told of an article, or of its revision: not of what a backfill brought.

    But of what was published as it came, which a visit would have found a moment later, and of what the backfills in
    `announced` bring.
    """
    pending = verdict.pending
    if not pending.is_past or pending.backfill_id in announced:
        return True
    published = verdict.extraction.published if verdict.extraction else None
    return published is not None and verdict.at - _FRESH < published.at < verdict.at + _FRESH


def event_row(outcome: Outcome) -> dict[str, Any]:
    """The event that tells of a revision; where a backfill found the article, of which, and whether it is news."""
    verdict, extraction = outcome.verdict, _extraction(outcome.verdict)
    is_new = outcome.reason is Reason.STORED
    kind = EventKind.ARTICLE_STORED if is_new else EventKind.ARTICLE_REVISED
    changed = {
        "revision": outcome.revision,
        "changes": list(outcome.differences.kinds),
        "is_stealth": outcome.differences.is_stealth,
    }
    from_backfill = {"backfill": verdict.pending.backfill_id, "is_news": outcome.is_news}
    return {
        "at": verdict.at,
        "kind": kind.value,
        "outlet_key": verdict.pending.outlet_key,
        "article_id": outcome.article.id if outcome.article else None,
        "payload": {
            "url": _url(verdict),
            "title": extraction.title,
            "language": extraction.language,
            **({} if is_new else changed),
            **(from_backfill if verdict.pending.is_past else {}),
        },
    }


def answer(outcome: Outcome) -> Stored:
    """What the caller is told."""
    number = outcome.verdict.pending.id
    if outcome.reason is None:
        return Stored(candidate_id=number, reason=None)
    article = outcome.article
    return Stored(
        candidate_id=number,
        reason=outcome.reason,
        article_id=article.id if article else None,
        keys=known_keys(outcome.verdict.pending.candidate.key, article.key if article else None),
    )


def known_keys(candidate_key: int, article_key: int | None) -> tuple[int, ...]:
    """Fingerprints that are known from now on."""
    return tuple(sorted({candidate_key} if article_key is None else {candidate_key, article_key}))


def article_key(verdict: Verdict) -> int:
    """Fingerprint of the article that a verdict is about."""
    return verdict.article_key if verdict.article_key is not None else verdict.pending.candidate.key


def _url(verdict: Verdict) -> str:
    return verdict.article_url or verdict.pending.candidate.url


def _words_of(article: ArticleState) -> tuple[Verdict, Extraction]:
    if article.newest is None:
        raise TypeError(f"nothing in this batch changed article {article.id}")
    return article.newest, _extraction(article.newest)


def _extraction(verdict: Verdict) -> Extraction:
    if verdict.extraction is None:
        raise TypeError(f"the verdict on candidate {verdict.pending.id} has no extraction to store")
    return verdict.extraction
