"""Storing what became of candidates: the one place where articles and revisions are born.

A batch of verdicts is one transaction: read what is known, decide in memory, write table by table. Whether an
article is new is decided by the constraint on its fingerprint: when another worker stored it in between, the
transaction is undone and run again, and then sees it. Rows are locked and written in the order of their keys,
candidates before bodies before articles, so that no two batches wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    any_,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from storage.diff.typed import NO_DIFFERENCES, Differences, State, differences, state_of
from storage.records import Difference, Extraction, Reason, Stored, Verdict, delay_of
from storage.search.documents import Indexed
from storage.sql.absences import AbsenceBatch
from storage.sql.answers import answer_row, write_answers
from storage.sql.authors import write_bylines
from storage.sql.backfills import announced
from storage.sql.change_tables import article_changes
from storage.sql.engine import writing
from storage.sql.events import append_events
from storage.sql.mapping import content_digest
from storage.sql.new_ids import new_ids
from storage.sql.outcomes import (
    ArticleState,
    Outcome,
    answer,
    article_key,
    article_row,
    article_update,
    authors_of,
    capture_row,
    change_row,
    event_row,
    found_by,
    is_news,
    known_keys,
    lines_row,
    revision_row,
)
from storage.sql.quarantine import PAGE, count_deaths, held_detail
from storage.sql.repeats import write_lines
from storage.sql.same_answers import answered_for_others
from storage.sql.schema import IS_PENDING, articles, bodies, candidates, captures, revisions
from storage.sql.search_index import index_articles
from storage.sql.states import STATE_COLUMNS, state_in
from storage.sql.tallies import NewArticle, count_new
from storage.vanishing import SAME_ANSWER, Missing, locked_by, missing_by

_TRIES = 5


def record_verdicts(engine: Engine, verdicts: Sequence[Verdict], confirm_after: timedelta) -> list[Stored]:
    """Stores a batch; one answer a verdict, in order. See `storage.ports.CrawlStore.record_verdicts`."""
    if not verdicts:
        return []
    for attempt in range(1, _TRIES + 1):
        try:
            with writing(engine) as connection:
                return Batch(connection, verdicts, AbsenceBatch(connection, confirm_after)).run()
        except IntegrityError:
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


@dataclass
class Batch:
    """One transaction's verdicts; `storage.sql.imports` decides otherwise on what is of the past."""

    connection: Connection
    verdicts: Sequence[Verdict]
    absences: AbsenceBatch
    articles: dict[int, ArticleState] = field(default_factory=dict)  # by fingerprint
    #: The visit before the one that found each candidate, and that one.
    found: dict[int, tuple[datetime | None, datetime]] = field(default_factory=dict)
    #: Candidates whose page was answered for another article too.
    not_theirs: set[int] = field(default_factory=set)
    #: Backfills whose articles readers are told of as of any others.
    announced: set[int] = field(default_factory=set)

    def run(self) -> list[Stored]:
        """Stores them all; one answer a verdict, in order."""
        answers = self._answered_before()
        undecided: dict[int, Verdict] = {}
        for verdict in self.verdicts:
            if verdict.pending.id not in answers:
                undecided.setdefault(verdict.pending.id, verdict)  # a candidate twice in one batch counts once
        self._read_articles({article_key(v) for v in undecided.values() if v.extraction or v.reason is Reason.SEEN})
        self.absences.read(undecided.values())
        self.not_theirs = answered_for_others(self.connection, undecided.values())
        of_backfills = {v.pending.backfill_id for v in undecided.values() if v.pending.backfill_id is not None}
        self.announced = announced(self.connection, of_backfills)
        outcomes = [self._decide(self._with_deaths(verdict)) for verdict in undecided.values()]
        self._write(outcomes)
        answers |= {outcome.verdict.pending.id: answer(outcome) for outcome in outcomes}
        return [answers[verdict.pending.id] for verdict in self.verdicts]

    # ---------------------------------------------------------------------------------------- read

    def _answered_before(self) -> dict[int, Stored]:
        """Locks the candidates; answers for those that ended before, and for tries that were counted before."""
        ids = sorted({v.pending.id for v in self.verdicts})
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(_LOCK_CANDIDATES, {"ids": ids})
        reading = _READ_CANDIDATES[self.connection.dialect.name]
        known = {row.id: row for row in self.connection.execute(reading, {"ids": ids})}
        self.found = {row.id: (row.absent_at, row.found_at) for row in known.values()}
        answers = {
            row.id: Stored(
                candidate_id=row.id,
                reason=Reason(row.reason),
                article_id=row.article_id,
                keys=known_keys(row.key, row.article_key),
            )
            for row in known.values()
            if row.state == "done"
        }
        for verdict in self.verdicts:
            number = verdict.pending.id
            if verdict.retry_at and verdict.is_try and known[number].tries > verdict.pending.tries:
                answers.setdefault(number, Stored(candidate_id=number, reason=None))
        return answers

    def _read_articles(self, keys: Iterable[int]) -> None:
        wanted = {"keys": sorted(keys)}
        if not wanted["keys"]:
            return
        if self.connection.dialect.name == "postgresql":  # else the revision read next might not be the newest
            self.connection.execute(_LOCK_ARTICLES, wanted)
        for row in self.connection.execute(_READ_ARTICLES[self.connection.dialect.name], wanted):
            self.articles[row.key] = ArticleState(
                key=row.key,
                outlet_key=row.outlet_key,
                content_digest=row.content_digest,
                revision_count=row.revision_count,
                id=row.id,
                state=state_in(row),
                marks=tuple(row.marks),
                is_only_redated=row.differences == _ONLY_REDATED,
                first_seen_at=row.first_seen_at,
                indexed=Indexed(
                    article_id=row.id,
                    title=row.title,
                    authors=row.authors,
                    body=row.body,
                    language=row.language,
                    outlet_key=row.outlet_key,
                    at=row.published_at or row.first_seen_at,
                ),
                is_unindexed=row.indexed != row.revision_count,
            )

    # -------------------------------------------------------------------------------------- decide

    def _with_deaths(self, verdict: Verdict) -> Verdict:
        """The verdict, with its reason changed where its deaths put the page in quarantine."""
        if not verdict.deaths:
            return verdict
        is_held = count_deaths(
            self.connection,
            kind=PAGE,
            outlet_key=verdict.pending.outlet_key,
            url=verdict.pending.candidate.url,
            deaths=verdict.deaths,
            at=verdict.at,
            detail=verdict.detail,
        )
        return replace(verdict, reason=Reason.QUARANTINED, detail=held_detail(verdict.detail)) if is_held else verdict

    def _decide(self, verdict: Verdict) -> Outcome:
        if verdict.retry_at is not None:
            return Outcome(verdict, None)
        if verdict.pending.id in self.not_theirs:
            verdict = replace(verdict, extraction=None, reason=Reason.GONE, detail=SAME_ANSWER)
        if verdict.extraction is None:
            return self._decide_unread(verdict)
        return self._decide_read(verdict, verdict.extraction)

    def _decide_unread(self, verdict: Verdict) -> Outcome:
        """An answer in which there was no article."""
        if missing := missing_by(verdict):
            return self._missed(verdict, missing)
        if verdict.reason is Reason.UNCHANGED and verdict.pending.article_id is not None:
            self.absences.meet(verdict, verdict.pending.article_id)
        leads_to = self.articles.get(article_key(verdict)) if verdict.reason is Reason.SEEN else None
        return Outcome(verdict, verdict.reason or Reason.FAILED, leads_to)

    def _decide_read(self, verdict: Verdict, extraction: Extraction) -> Outcome:
        article, told = self.articles.get(article_key(verdict)), is_news(verdict, self.announced)
        digest, state = content_digest(extraction), state_of(extraction, verdict.at)
        if article is None:
            key, owner = article_key(verdict), verdict.pending.outlet_key
            article = ArticleState(key, owner, digest, 1, is_news=told, state=state, newest=verdict)
            self.articles[article.key] = article
            return Outcome(verdict, Reason.STORED, article, 1, digest, told)
        if verdict.is_variant or verdict.pending.outlet_key != article.outlet_key:
            return Outcome(verdict, Reason.UNCHANGED, article)  # only the article's own page may change it
        if locked := _locked(article, state, extraction.marks):
            return self._missed(replace(verdict, extraction=None, reason=Reason.LOGIN, detail=locked.detail), locked)
        self.absences.meet(verdict, article.id)
        found = _differences(_as_read_now(article, verdict), digest, state)
        if not found.kinds:
            return Outcome(verdict, Reason.UNCHANGED, article)
        article.content_digest, article.state, article.newest = digest, state, verdict
        article.marks = extraction.marks
        article.is_only_redated = found.kinds == (Difference.MODIFIED,)
        article.revision_count += 1
        return Outcome(verdict, Reason.REVISED, article, article.revision_count, digest, told, found)

    def _missed(self, verdict: Verdict, missing: Missing) -> Outcome:
        """A stored article is not there: its candidate ends, or waits for the second look."""
        noted = self.absences.miss(verdict, missing)
        return Outcome(noted, None if noted.retry_at else noted.reason or Reason.GONE)

    # --------------------------------------------------------------------------------------- write

    def _write(self, outcomes: Sequence[Outcome]) -> None:
        self._write_bodies([outcome.verdict for outcome in outcomes])
        self._write_articles([article for article in self.articles.values() if article.newest])
        capture_ids = self._write_captures(outcomes)
        revised = [revision_row(o, capture_ids.get(o.verdict.pending.id)) for o in outcomes if o.revision]
        if revised:
            self.connection.execute(revisions.insert(), revised)
        changed = [change_row(o, capture_ids.get(o.verdict.pending.id)) for o in outcomes if o.reason is Reason.REVISED]
        if changed:
            self.connection.execute(article_changes.insert(), changed)
        self._write_ends([outcome for outcome in outcomes if outcome.reason])
        self._write_postponed([outcome.verdict for outcome in outcomes if outcome.reason is None])
        write_lines(self.connection, [lines_row(outcome) for outcome in outcomes if outcome.revision])
        count_new(self.connection, [self._new_article(o) for o in outcomes if o.reason is Reason.STORED])
        of_absences = self.absences.write(capture_ids)
        of_revisions = [self._event(outcome) for outcome in outcomes if outcome.revision]
        append_events(self.connection, of_absences + of_revisions)

    def _event(self, outcome: Outcome) -> dict[str, Any]:
        return event_row(outcome)

    def _new_article(self, outcome: Outcome) -> NewArticle:
        """A new article; what a backfill found has no delay of discovery."""
        pending, at = outcome.verdict.pending, outcome.verdict.at
        times = None if pending.is_past else self.found.get(pending.id)
        delay = delay_of(pending.candidate.hints.published, *times) if times else None
        return NewArticle(outlet_key=pending.outlet_key, at=at, delay=delay, is_news=outcome.is_news)

    def _write_bodies(self, verdicts: Sequence[Verdict]) -> None:
        kept = [(v.capture, v.body_ref) for v in verdicts if v.capture and v.body_ref]
        kept += [page for v in verdicts for page in v.further]
        rows = {
            capture.digest: {
                "digest": capture.digest,
                "segment": ref.segment,
                "offset": ref.offset,
                "length": ref.length,
            }
            for capture, ref in kept
        }
        if rows:
            add: Any = sqlite.insert if self.connection.dialect.name == "sqlite" else postgresql.insert
            adding = add(bodies)
            placed = {name: adding.excluded[name] for name in ("segment", "offset", "length")}
            adding = adding.on_conflict_do_update(  # locks the row too, so that it is not deleted meanwhile
                index_elements=["digest"],
                set_={**placed, "deleted_by": None, "deleted_at": None},
                where=bodies.c.deleted_by.is_not(None),
            )
            self.connection.execute(adding, [rows[digest] for digest in sorted(rows)])

    def _write_articles(self, touched: Iterable[ArticleState]) -> None:
        """New articles, new states of known ones, and their words in the search index."""
        in_order = sorted(touched, key=lambda article: article.key)
        added = [article for article in in_order if not article.id]
        revised = [article_update(article) for article in in_order if article.id]
        if added:
            for article, number in zip(added, new_ids(self.connection, articles, len(added)), strict=True):
                article.id = number
            self.connection.execute(insert(articles), [article_row(article) for article in added])
        if revised:
            self.connection.execute(_UPDATE_ARTICLES, revised)
        named = [(article.id, article.outlet_key, authors_of(article)) for article in in_order]
        write_bylines(self.connection, named, known=[row["article"] for row in revised])
        ready = [article for article in in_order if not article.is_unindexed]
        index_articles(
            self.connection,
            [found_by(article) for article in ready],
            [article.indexed for article in ready if article.indexed is not None],
        )

    def _write_captures(self, outcomes: Sequence[Outcome]) -> dict[int, int]:
        """Capture id by candidate id; further pages of an article have captures of their own.

        They come last: what a candidate is asked about again with is of its newest capture, and page 1 that has not
        changed says nothing of page 2.
        """
        first = ((o, o.verdict.capture, o.verdict.body_ref) for o in outcomes)
        rows = [capture_row(o, capture, ref) for o, capture, ref in first if capture and ref]
        ids = {row["candidate_id"]: place for place, row in enumerate(rows)}
        rows += [capture_row(o, capture, ref) for o in outcomes for capture, ref in o.verdict.further]
        numbers = new_ids(self.connection, captures, len(rows))
        if rows:
            numbered = [{"id": number, **row} for number, row in zip(numbers, rows, strict=True)]
            self.connection.execute(insert(captures), numbered)
        ids = {candidate_id: numbers[place] for candidate_id, place in ids.items()}
        self._write_hops([outcome.verdict for outcome in outcomes], ids)
        return ids

    def _write_hops(self, verdicts: Iterable[Verdict], capture_ids: Mapping[int, int]) -> None:
        """The redirects that led to captures: they are a part of the proof."""
        hops = [(each, v.pending) for v in verdicts for each in v.hops if v.pending.id in capture_ids]
        write_answers(
            self.connection,
            [answer_row(each, pending.outlet_key, capture_id=capture_ids[pending.id]) for each, pending in hops],
        )

    def _write_ends(self, outcomes: Iterable[Outcome]) -> None:
        rows = [
            {
                "candidate": outcome.verdict.pending.id,
                "reason_now": outcome.reason,
                "detail_now": outcome.verdict.detail,
                "article_now": outcome.article.id if outcome.article else None,
                "at": outcome.verdict.at,
            }
            for outcome in outcomes
        ]
        if rows:
            self.connection.execute(_END_CANDIDATES, rows)

    def _write_postponed(self, verdicts: Iterable[Verdict]) -> None:
        rows = [
            {"candidate": v.pending.id, "tries_more": int(v.is_try), "until": v.retry_at, "detail_now": v.detail}
            for v in verdicts
        ]
        if rows:
            self.connection.execute(_POSTPONE_CANDIDATES, rows)


def _as_read_now(article: ArticleState, verdict: Verdict) -> ArticleState:
    """The article as this verdict's extractor reads it: what another one read otherwise, the outlet did not change."""
    base, newest = verdict.base, (article.id, article.revision_count)
    if base is None or article.state is None or (base.article_id, base.revision) != newest:
        return article
    read = base.extraction
    return replace(article, content_digest=content_digest(read), state=state_of(read, article.state.seen_at))


def _differences(article: ArticleState, digest: str, state: State) -> Differences:
    """In what a page differs from what is stored of its article.

    A modified date alone makes a revision once: where it moves again without a word, the outlet stamps its pages.
    """
    old = article.state
    if old is None or (digest == article.content_digest and old.modified == state.modified):
        return NO_DIFFERENCES
    found = differences(old, state)
    if digest == article.content_digest:  # the same words, also where learned lines were dropped from them meanwhile
        is_redated = Difference.MODIFIED in found.kinds
        found = Differences(kinds=(Difference.MODIFIED,)) if is_redated else NO_DIFFERENCES
    if found.kinds == (Difference.MODIFIED,) and article.is_only_redated:
        return NO_DIFFERENCES
    return found


def _locked(article: ArticleState, state: State, marks: tuple[str, ...]) -> Missing | None:
    """A paywall before an article that was free; a text that this batch has stored itself is no older one."""
    return locked_by(article.state, article.marks, state, marks) if article.state and article.id else None


_ONLY_REDATED = [Difference.MODIFIED.value]

# --------------------------------------------------------------------------------- statements

_Read = Select[Any]


def _these(column: Column[int], name: str) -> dict[str, ColumnElement[bool]]:
    """Rows by their numbers, as each database knows the statement again whatever their count."""
    array = bindparam(name, type_=postgresql.ARRAY(column.type))
    return {"sqlite": column.in_(bindparam(name, expanding=True)), "postgresql": column == any_(array)}


def _of_these(query: _Read, column: Column[int], name: str) -> dict[str, _Read]:
    return {dialect: query.where(these) for dialect, these in _these(column, name).items()}


_LOCK_CANDIDATES = (
    select(candidates.c.id)
    .where(_these(candidates.c.id, "ids")["postgresql"])
    .order_by(candidates.c.id)
    .with_for_update(key_share=True)
)
_READ_CANDIDATES = _of_these(
    select(
        candidates.c.id,
        candidates.c.key,
        candidates.c.state,
        candidates.c.tries,
        candidates.c.reason,
        candidates.c.article_id,
        candidates.c.absent_at,
        candidates.c.found_at,
        articles.c.key.label("article_key"),
    ).outerjoin(articles, articles.c.id == candidates.c.article_id),
    candidates.c.id,
    "ids",
)
_LOCK_ARTICLES = (
    select(articles.c.id)
    .where(_these(articles.c.key, "keys")["postgresql"])
    .order_by(articles.c.key)
    .with_for_update(key_share=True)
)
_READ_ARTICLES = _of_these(
    select(
        articles.c.id,
        articles.c.key,
        articles.c.outlet_key,
        articles.c.revision_count,
        articles.c.first_seen_at,
        articles.c.indexed,
        revisions.c.content_digest,
        revisions.c.marks,
        article_changes.c.differences,
        revisions.c.language,
        *STATE_COLUMNS,
    )
    .join(revisions, and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count))
    .outerjoin(
        article_changes,
        and_(article_changes.c.article_id == articles.c.id, article_changes.c.revision == articles.c.revision_count),
    ),
    articles.c.key,
    "keys",
)
_UPDATE_ARTICLES = (
    update(articles)
    .where(articles.c.id == bindparam("article"))
    .values(
        revision_count=bindparam("number"),
        updated_at=bindparam("at"),
        language=bindparam("language_now"),
        dated_at=bindparam("dated_now"),
        indexed=func.coalesce(bindparam("indexed_now"), articles.c.indexed),
    )
)
_END_CANDIDATES = (
    update(candidates)
    .where(candidates.c.id == bindparam("candidate"), IS_PENDING)
    .values(
        state="done",
        tries=candidates.c.tries + 1,
        reason=bindparam("reason_now"),
        detail=bindparam("detail_now"),
        article_id=func.coalesce(bindparam("article_now"), candidates.c.article_id),  # it stays known
        finished_at=bindparam("at"),
    )
)
_POSTPONE_CANDIDATES = (
    update(candidates)
    .where(candidates.c.id == bindparam("candidate"), IS_PENDING)
    .values(
        tries=candidates.c.tries + bindparam("tries_more"),
        not_before=bindparam("until"),
        detail=bindparam("detail_now"),
    )
)
