"""Searches: the one entry for pages, API, feeds, commands and exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from delivery.searching.asking import Filters, narrowed
from delivery.watching.explaining import Explainer
from delivery.watching.originality import asks_for_story
from delivery.watching.subjects import subject_of
from delivery.watchlists.judging import remarks_on
from delivery.watchlists.matching import Matcher
from delivery.watchlists.passages import Passage, passages_of
from delivery.watchlists.query import Query, Remark
from delivery.watchlists.wanting import asked_of
from storage.ports import Library, SearchBook, SearchIndex
from storage.records import ArticleSummary, ArticleText, Sought, Tally

#: Of what search cannot tell exactly, so many articles are held against the query first, then at once, and at most for
#: one page.
_FIRST_BATCH, _BATCH, MOST_HELD = 60, 200, 1_000
_PASSAGES = 2
_IDS_AT_ONCE = 5_000


class Order(StrEnum):
    """In which order articles are listed."""

    NEWEST = "newest"
    RANK = "rank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search that can be read. `tally` and others take it; nothing has been looked for yet."""

    text: str
    filters: Filters
    query: Query | None  # None: any article
    sought: Sought
    is_exact: bool  # whether search tells exactly; else what it finds is held against the query

    @property
    def is_empty(self) -> bool:
        """Whether it asks for any article at all."""
        return self.query is None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """An article that answers, with the passages that do."""

    article: ArticleSummary
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One page of what answers."""

    items: tuple[FoundArticle, ...]
    next_before_id: int | None = None  # by time: goes on with articles below this id
    next_offset: int | None = None  # by rank: goes on so far down
    is_cut: bool = False  # so many were held against the query that this page ends early


@dataclass(frozen=True, slots=True, kw_only=True)
class Searcher:
    """Searches the archive. All that it is asked for is read anew; safe for several threads."""

    book: SearchBook
    library: Library
    explainer: Explainer
    index: SearchIndex

    def search(self, text: str, filters: Filters | None = None) -> Search:
        """Reads a search. Raises QueryError."""
        filters = filters or Filters()
        read = self.explainer.query(text) if text.strip() else None
        query = narrowed(read, filters)
        asked = asked_of(query.tree, self.book.outlets_in) if query else None
        return Search(
            text=text,
            filters=filters,
            query=query,
            sought=Sought(
                wanted=asked.wanted if asked else None,
                since=asked.since if asked else None,
                until=asked.until if asked else None,
                found_since=filters.found_since,
                found_until=filters.found_until,
                is_news=filters.is_news,
            ),
            is_exact=asked is None or asked.is_exact,
        )

    def remarks(self, text: str, now: datetime) -> list[Remark]:
        """What is to be said of how a text is read. Raises QueryError."""
        return remarks_on(self.explainer.query(text), now) if text.strip() else []

    def tally(self, search: Search, *, newest: int = 0) -> Tally:
        """Counts, with the ids of the newest; of a search that is not exact of all that may answer."""
        return self.book.tally(search.sought, newest=newest)

    def waiting(self) -> int:
        """How many articles are not found yet, as they wait to be indexed."""
        return self.index.progress().waiting

    # ------------------------------------------------------------------------------- answers

    def articles(self, search: Search, *, limit: int) -> list[ArticleSummary]:
        """The newest articles that answer, without passages."""
        if search.is_exact:
            ids = self.book.newest(search.sought, limit=limit)
        else:
            found_by = (text.article_id for batch in self.answering(search, most=MOST_HELD) for text in batch)
            ids = list(islice(found_by, limit))
        found = self.library.summaries(ids)
        return [found[number] for number in ids if number in found]

    def newest(
        self, search: Search, *, limit: int, before_id: int | None = None, known: Sequence[int] = ()
    ) -> Findings:
        """A page, newest first; `known` are the ids of the newest that may answer, where they were counted before."""
        if search.is_exact:
            ids = list(known[: limit + 1]) or self.book.newest(search.sought, limit=limit + 1, before_id=before_id)
            texts = self.book.texts(ids[:limit])
            return Findings(
                items=self._found(search, texts), next_before_id=ids[limit - 1] if len(ids) > limit else None
            )
        answering: list[ArticleText] = []
        held = 0
        for batch in self._batches(search, before_id, MOST_HELD):
            held += len(batch)
            answering += self._answering(search, batch)
            if len(answering) > limit:
                return Findings(
                    items=self._found(search, answering[:limit]), next_before_id=answering[limit - 1].article_id
                )
            before_id = batch[-1].article_id
        is_cut = held >= MOST_HELD
        return Findings(
            items=self._found(search, answering), next_before_id=before_id if is_cut else None, is_cut=is_cut
        )

    def ranked(self, search: Search, *, limit: int, offset: int = 0) -> Findings:
        """A page, the best first, among the newest two thousand that may answer."""
        ids = self.book.ranked(search.sought, limit=limit + 1, offset=offset)
        texts = self._answering(search, self.book.texts(ids[:limit]))
        return Findings(items=self._found(search, texts), next_offset=offset + limit if len(ids) > limit else None)

    def article_ids(self, search: Search) -> Iterator[int]:
        """The ids of all that answer, newest first."""
        if not search.is_exact:
            yield from (text.article_id for batch in self.answering(search) for text in batch)
            return
        before_id = None
        while ids := self.book.newest(search.sought, limit=_IDS_AT_ONCE, before_id=before_id):
            yield from ids
            before_id = ids[-1]

    def answering(
        self, search: Search, *, before_id: int | None = None, most: int | None = None
    ) -> Iterator[list[ArticleText]]:
        """All texts that answer, newest first, in batches; with `most` only among so many that may answer."""
        for batch in self._batches(search, before_id, most):
            yield self._answering(search, batch)

    # -------------------------------------------------------------------------------- within

    def _batches(self, search: Search, before_id: int | None, most: int | None) -> Iterator[list[ArticleText]]:
        seen, limit = 0, _FIRST_BATCH
        while most is None or seen < most:
            ids = self.book.newest(search.sought, limit=limit, before_id=before_id)
            if not ids:
                return
            texts = self.book.texts(ids)
            seen, before_id = seen + len(ids), ids[-1]
            if texts:
                yield texts
            if len(ids) < limit:
                return
            limit = _BATCH

    def _answering(self, search: Search, texts: Sequence[ArticleText]) -> list[ArticleText]:
        """Those that answer."""
        if search.is_exact or search.query is None:
            return list(texts)
        copies = self._copies(search.query, texts)
        matcher = Matcher({0: search.query})
        return [text for text in texts if matcher.matching(subject_of(text, is_origin=text.article_id not in copies))]

    def _copies(self, query: Query, texts: Sequence[ArticleText]) -> set[int]:
        if not asks_for_story(query):
            return set()
        return self.explainer.originality.copies_among({text.article_id for text in texts})

    def _found(self, search: Search, texts: Sequence[ArticleText]) -> tuple[FoundArticle, ...]:
        articles = self.library.summaries([text.article_id for text in texts])
        query = search.query
        copies = self._copies(query, texts) if query else set()
        matcher = Matcher({0: query} if query else {})
        return tuple(
            FoundArticle(
                article=articles[text.article_id],
                passages=_passages(query, text, matcher, is_origin=text.article_id not in copies) if query else (),
            )
            for text in texts
            if text.article_id in articles
        )


def _passages(query: Query, text: ArticleText, matcher: Matcher, *, is_origin: bool) -> tuple[Passage, ...]:
    return tuple(passages_of(query, subject_of(text, is_origin=is_origin), matcher)[:_PASSAGES])
