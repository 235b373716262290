"""What readers ask, in SQL: lists, articles, outlets, visits, figures. Never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, func, select

from storage.errors import UnknownArticle, UnknownOutlet
from storage.records import (
    ArticleDetail,
    ArticleFigures,
    ArticleQuery,
    ArticleSummary,
    CandidateStory,
    Event,
    Loss,
    NetworkTrouble,
    OutletLine,
    OutletStanding,
    OutletStatus,
    Reason,
    ServiceStatus,
    Source,
    SourceState,
    StoredCapture,
    VisitOutcome,
    VisitSummary,
    VisitUnderWay,
)
from storage.sql.alerts import network_trouble
from storage.sql.arrivals import arrival_of
from storage.sql.board import BY_OUTLET, lately_query, outlet_lines, pending_query
from storage.sql.captures import figures_of
from storage.sql.engine import reading
from storage.sql.health import states_in
from storage.sql.hosts import SqlProcessBook
from storage.sql.live import visits_under_way
from storage.sql.losses import losses_since
from storage.sql.mapping import (
    hints_from_json,
    moment_from_columns,
    outlet_from_spec,
    revision_from_row,
    source_from_row,
)
from storage.sql.orders import orders_of
from storage.sql.paces import PACE_COLUMNS
from storage.sql.revisit_ends import revisits_of
from storage.sql.schema import (
    IS_NEWS,
    IS_PENDING,
    article_totals,
    articles,
    candidates,
    captures,
    events,
    outlets,
    paces,
    revisions,
    sightings,
    sources,
    visits,
)
from storage.sql.standing import standing_of
from storage.sql.subscriptions import subscription_figures
from storage.sql.tallies import days_of, total_of_all, totals_query
from storage.sql.visit_rows import visit_from_row

_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])

EXCERPT_CHARS = 300
_DAY = timedelta(days=1)

_ILL = [state.value for state in SourceState if state.is_ill]


class SqlLibrary:
    """Implements `storage.ports.Library`. `interval_s` holds where an outlet sets none."""

    def __init__(self, engine: Engine, interval_s: int) -> None:
        self._engine = engine
        self._interval_s = interval_s

    # -------------------------------------------------------------------------------- articles

    def articles(self, query: ArticleQuery) -> list[ArticleSummary]:
        """Newest first by id."""
        statement = _summaries().order_by(articles.c.id.desc()).limit(query.limit)
        for column, value in ((articles.c.outlet_key, query.outlet_key), (articles.c.language, query.language)):
            if value is not None:
                statement = statement.where(column == value)
        if query.since is not None:
            statement = statement.where(articles.c.first_seen_at >= query.since)
        if query.until is not None:
            statement = statement.where(articles.c.first_seen_at < query.until)
        if query.before_id is not None:
            statement = statement.where(articles.c.id < query.before_id)
        if query.is_news:
            is_narrowed = query.outlet_key or query.language or query.since
            statement = statement.where(IS_NEWS if is_narrowed else articles.c.is_news)
        with reading(self._engine) as connection:
            return [_summary(row) for row in connection.execute(statement)]

    def article(self, article_id: int) -> ArticleDetail:
        """One article with its revisions and captures. Raises UnknownArticle."""
        with reading(self._engine) as connection:
            row = connection.execute(_summaries().where(articles.c.id == article_id)).first()
            if row is None:
                raise UnknownArticle(f"no article has the id {article_id}")
            newest_first = (
                select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.number.desc())
            )
            return ArticleDetail(
                summary=_summary(row),
                revisions=tuple(revision_from_row(r) for r in connection.execute(newest_first)),
                captures=tuple(
                    _capture(r)
                    for r in connection.execute(
                        select(captures)
                        .where(captures.c.article_id == article_id)
                        .order_by(captures.c.id.desc())
                        .limit(100)
                    )
                ),
                other_urls=tuple(
                    connection.execute(
                        select(candidates.c.url)
                        .where(candidates.c.article_id == article_id, candidates.c.url != row.url)
                        .distinct()
                        .limit(100)
                    ).scalars()
                ),
                arrival=arrival_of(connection, article_id, moment_from_columns(row, "published")),
                revisits=tuple(revisits_of(connection, article_id, 100)),
            )

    def article_at(self, url: str, key: int) -> ArticleDetail:
        """By any URL that led to it, and its fingerprint. Raises UnknownArticle."""
        with reading(self._engine) as connection:
            article_id = connection.execute(select(articles.c.id).where(articles.c.key == key)).scalar()
            if article_id is None:
                led = select(candidates.c.article_id).where(
                    candidates.c.key == key, candidates.c.article_id.is_not(None)
                )
                article_id = connection.execute(led.limit(1)).scalar()
        if article_id is None:
            raise UnknownArticle(f"no article is stored for {url}; `presswatch explain {url}` tells what became of it")
        return self.article(article_id)

    def summaries(self, article_ids: Sequence[int]) -> Mapping[int, ArticleSummary]:
        """Articles by their ids, those that there are."""
        statement = _summaries().where(articles.c.id.in_(list(article_ids)))
        with reading(self._engine) as connection:
            return {row.id: _summary(row) for row in connection.execute(statement)}

    def bodies(self, article_ids: Sequence[int]) -> Mapping[int, str]:
        """Newest text of each article."""
        newest = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
        statement = (
            select(articles.c.id, revisions.c.body).join(revisions, newest).where(articles.c.id.in_(list(article_ids)))
        )
        with reading(self._engine) as connection:
            return {row.id: row.body for row in connection.execute(statement)}

    def languages(self) -> list[tuple[str, int]]:
        """Languages of stored articles with counts, most first."""
        count = func.count()
        statement = select(articles.c.language, count).where(articles.c.language.is_not(None))
        with reading(self._engine) as connection:
            rows = connection.execute(statement.group_by(articles.c.language).order_by(count.desc()))
            return [(language, number) for language, number in rows]

    # --------------------------------------------------------------------------------- outlets

    def orders(self, outlet_key: str, limit: int) -> list[Event]:
        """What operators ordered about an outlet, newest first."""
        with reading(self._engine) as connection:
            return orders_of(connection, outlet_key, limit)

    def outlet_statuses(self, now: datetime, outlet_key: str | None = None) -> list[OutletStatus]:
        """All outlets that are monitored, by name, or one of them."""

        def chosen(query: _Query, key: ColumnElement[str]) -> _Query:
            return query if outlet_key is None else query.where(key == outlet_key)

        with reading(self._engine) as connection:
            monitored = select(outlets).where(outlets.c.removed_at.is_(None)).order_by(outlets.c.name)
            rows = connection.execute(chosen(monitored, outlets.c.key)).all()
            total = _counts(connection, chosen(totals_query(), article_totals.c.outlet_key))
            lately = _counts(connection, chosen(lately_query(now), BY_OUTLET))
            pending = _counts(connection, chosen(pending_query(), candidates.c.outlet_key))
            by_outlet: dict[str, list[Any]] = {}
            own = select(sources, *PACE_COLUMNS).outerjoin(paces).order_by(sources.c.id)
            for row in connection.execute(chosen(own, sources.c.outlet_key)):
                by_outlet.setdefault(row.outlet_key, []).append(row)
            failing = select(sources.c.failed_visit_id).where(sources.c.failed_visit_id.is_not(None))
            failed = select(visits, sources.c.url.label("source_url")).join(sources, sources.c.id == visits.c.source_id)
            failed = failed.where(visits.c.id.in_(chosen(failing, sources.c.outlet_key)))
            failures: dict[str, VisitSummary] = {}
            for row in sorted(connection.execute(failed), key=lambda row: row.id):
                failures[row.outlet_key] = visit_from_row(row)
        return [
            self._status(row, by_outlet.get(row.key, []), (total, lately, pending), failures.get(row.key))
            for row in rows
        ]

    def outlet_lines(self, now: datetime, days: int) -> list[OutletLine]:
        """All outlets, each a line, by name."""
        with reading(self._engine) as connection:
            return outlet_lines(connection, now, days)

    def standing(self, outlet_key: str, now: datetime) -> OutletStanding:
        """What an outlet's hosts ask of us. Raises UnknownOutlet."""
        with reading(self._engine) as connection:
            row = connection.execute(select(outlets.c.spec).where(outlets.c.key == outlet_key)).first()
            if row is None:
                raise UnknownOutlet(f"no outlet is called {outlet_key!r}")
            return standing_of(connection, outlet_from_spec(row.spec), now)

    def figures(self, outlet_key: str, limit: int) -> list[ArticleFigures]:
        """What was read of an outlet's newest articles, newest first."""
        with reading(self._engine) as connection:
            return figures_of(connection, outlet_key, limit)

    def visits(
        self, outlet_key: str | None, limit: int, after_id: int = 0, before_id: int | None = None
    ) -> list[VisitSummary]:
        """Newest first; with `after_id` only visits with a greater id, with `before_id` with a lesser one."""
        statement = select(visits, sources.c.url.label("source_url")).join(sources, sources.c.id == visits.c.source_id)
        statement = statement.where(visits.c.id > after_id).order_by(visits.c.id.desc()).limit(limit)
        if outlet_key is not None:
            statement = statement.where(visits.c.outlet_key == outlet_key)
        if before_id is not None:
            statement = statement.where(visits.c.id < before_id)
        with reading(self._engine) as connection:
            return [visit_from_row(row) for row in connection.execute(statement)]

    def visits_under_way(self, now: datetime) -> list[VisitUnderWay]:
        """What the workers visit just now; see the port."""
        with reading(self._engine) as connection:
            return visits_under_way(connection, now)

    # --------------------------------------------------------------------------------- figures

    def losses(self, since: datetime) -> list[Loss]:
        """What came to nothing since then, by reason, the most first."""
        with reading(self._engine) as connection:
            return losses_since(connection, since)

    def articles_by_day(self, outlet_key: str, now: datetime, days: int) -> list[int]:
        """How many articles of an outlet were found on each of the last days (UTC), today last."""
        with reading(self._engine) as connection:
            return days_of(connection, outlet_key, now, days)

    def explain(self, url: str, key: int) -> list[CandidateStory]:
        """The ways of a URL, one an outlet that listed it; empty when it was never seen."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(candidates).where(candidates.c.key == key).order_by(candidates.c.id)
            ).all()
            stories = []
            for row in found:
                where = (
                    select(sightings.c.seen_at, sources.c.url)
                    .join(sources, sources.c.id == sightings.c.source_id)
                    .where(sightings.c.candidate_id == row.id)
                    .order_by(sightings.c.seen_at)
                )
                stories.append(
                    CandidateStory(
                        url=url,
                        canonical_url=row.url,
                        found=(
                            *([(row.found_at, f"backfill {row.backfill_id}")] if row.backfill_id else []),
                            *((seen_at, source_url) for seen_at, source_url in connection.execute(where)),
                        ),
                        state=row.state,
                        reason=Reason(row.reason) if row.reason else None,
                        detail=row.detail,
                        tries=row.tries,
                        not_before=row.not_before,
                        finished_at=row.finished_at,
                        article_id=row.article_id,
                        outlet_key=row.outlet_key,
                        published=hints_from_json(row.hints).published,
                        found_at=row.found_at,
                        absent_at=row.absent_at,
                    )
                )
        return stories

    def status(self, now: datetime) -> ServiceStatus:
        """Figures of the whole store."""
        may_be_visited = and_(sources.c.is_active, ~sources.c.is_gone)
        monitored = outlets.c.removed_at.is_(None)

        def count(of: Any, *where: Any) -> Any:
            return select(func.count()).select_from(of).where(*where).scalar_subquery()

        statement = select(
            count(articles, articles.c.first_seen_at >= now - _DAY, IS_NEWS).label("articles_24h"),
            count(outlets, monitored).label("outlets"),
            count(outlets, monitored, outlets.c.is_paused).label("outlets_paused"),
            count(sources, may_be_visited).label("sources"),
            count(sources, may_be_visited, _IS_ILL).label("sources_failing"),
            count(outlets, monitored, outlets.c.layout_since.is_not(None)).label("layouts_changed"),
            count(candidates, IS_PENDING).label("pending"),
            count(visits, visits.c.finished_at >= now - _DAY).label("visits_24h"),
            count(visits, visits.c.finished_at >= now - _DAY, visits.c.outcome == VisitOutcome.FAILED.value).label(
                "failures_24h"
            ),
            select(func.min(sources.c.next_due_at)).where(may_be_visited).scalar_subquery().label("next_visit_at"),
        )
        with reading(self._engine) as connection:
            row = connection.execute(statement).one()
            total = total_of_all(connection)
            pushed, states = subscription_figures(connection), states_in(connection)
        processes = tuple(SqlProcessBook(self._engine).processes())
        figures = {**row._mapping, **pushed, "states": states, "articles": total}  # noqa: SLF001
        return ServiceStatus(**figures, processes=processes)

    def network(self) -> NetworkTrouble | None:
        """When our own network failed last."""
        with reading(self._engine) as connection:
            return network_trouble(connection)

    def newest_change(self) -> tuple[int, datetime | None]:
        """Sequence number and time of the newest event."""
        with reading(self._engine) as connection:
            row = connection.execute(select(events.c.seq, events.c.at).order_by(events.c.seq.desc()).limit(1)).first()
        return (row.seq, row.at) if row else (0, None)

    def _status(
        self, row: Any, source_rows: list[Any], counts: tuple[dict[str, int], ...], failure: VisitSummary | None
    ) -> OutletStatus:
        outlet = outlet_from_spec(row.spec)
        named = {source.url for source in outlet.sources}
        interval_s = outlet.interval_s or self._interval_s
        own: list[Source] = [source_from_row(source, interval_s) for source in source_rows if source.url in named]
        total, lately, pending = counts
        is_visited = [source for source in own if source.state not in {SourceState.PAUSED, SourceState.GONE}]
        return OutletStatus(
            outlet=outlet,
            origin=row.origin,
            is_paused=row.is_paused,
            sources=tuple(own),
            articles=total.get(row.key, 0),
            articles_24h=lately.get(row.key, 0),
            pending=pending.get(row.key, 0),
            last_visit_at=max((s.last_visit_at for s in own if s.last_visit_at), default=None),
            next_visit_at=min((s.next_due_at for s in is_visited if s.next_due_at), default=None),
            last_failure=failure,
            layout_since=row.layout_since,
            layout_sentence=row.layout_sentence,
        )


#: Whether a source is ill; one that was not examined is when its last visit failed.
_IS_ILL = func.coalesce(sources.c.state.in_(_ILL), sources.c.failures > 0)


def _summaries() -> Select[Any]:
    newest = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
    return (
        select(
            articles.c.id,
            articles.c.url,
            articles.c.outlet_key,
            outlets.c.name.label("outlet_name"),
            articles.c.first_seen_at,
            articles.c.updated_at,
            articles.c.revision_count,
            articles.c.backfill_id,
            revisions.c.title,
            revisions.c.authors,
            revisions.c.published_at,
            revisions.c.published_precision,
            revisions.c.published_rule,
            revisions.c.published_zone,
            revisions.c.language,
            revisions.c.credit,
            revisions.c.section,
            revisions.c.tags,
            revisions.c.words,
            func.substr(revisions.c.body, 1, EXCERPT_CHARS + 1).label("opening"),
        )
        .select_from(articles)
        .join(revisions, newest)
        .join(outlets, outlets.c.key == articles.c.outlet_key)
    )


def _summary(row: Any) -> ArticleSummary:
    return ArticleSummary(
        id=row.id,
        url=row.url,
        outlet_key=row.outlet_key,
        outlet_name=row.outlet_name,
        title=row.title,
        authors=tuple(row.authors),
        published=moment_from_columns(row, "published"),
        first_seen_at=row.first_seen_at,
        updated_at=row.updated_at,
        language=row.language,
        excerpt=_excerpt(row.opening),
        words=row.words,
        revisions=row.revision_count,
        backfill_id=row.backfill_id,
        credit=row.credit,
        section=row.section,
        tags=tuple(row.tags),
    )


def _excerpt(opening: str) -> str:
    """The beginning of a text, cut between words."""
    flat = " ".join(opening.split())
    if len(opening) <= EXCERPT_CHARS:
        return flat
    return flat[:EXCERPT_CHARS].rpartition(" ")[0] + "…"


def _capture(row: Any) -> StoredCapture:
    return StoredCapture(
        id=row.id,
        article_id=row.article_id,
        url=row.url,
        final_url=row.final_url,
        fetched_at=row.fetched_at,
        status=row.status,
        digest=row.digest,
        headers=tuple((name, value) for name, value in row.headers),
        size=row.size,
    )


def _counts(connection: Connection, statement: Select[str, int]) -> dict[str, int]:
    return {key: number for key, number in connection.execute(statement)}  # noqa: C416 (mypy needs it spelled out)
