"""Origin claims in SQL: written with what is known of an article's story, read when a story is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.origins.claims import Told, claims_of
from storage.origins.deciding import Teller, origin_of
from storage.origins.names import Namebook
from storage.records import Agency, ClaimRank, OriginClaim, Outlet, Party, Story, StoryOrigin
from storage.sql.engine import reading, writing
from storage.sql.mapping import outlet_from_spec, revision_from_row
from storage.sql.origin_tables import origin_claims
from storage.sql.schema import articles, outlets, revisions

#: Articles a transaction: others write in between.
_BATCH = 200


class Claimant:
    """Reads claims off the newest revisions of articles and keeps them. `domain_of` gives a registrable domain."""

    def __init__(self, agencies: Sequence[Agency], domain_of: Callable[[str], str]) -> None:
        self._agencies = agencies
        self._domain_of = domain_of
        self._book: tuple[Any, Namebook] | None = None

    def note(self, connection: Connection, article_ids: Sequence[int], now: datetime) -> None:
        """Keeps what the newest revisions of these articles claim, in the caller's transaction; what was claimed before
        stays as it is.
        """
        newest = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
        query = select(articles.c.outlet_key, articles.c.url, revisions).join(revisions, newest)
        found = connection.execute(query.where(articles.c.id.in_(sorted(article_ids)))).all()
        if not found:
            return
        book = self._namebook(connection)
        rows = [_row_of(claim, now) for row in found for claim in claims_of(_told(row), book)]
        if rows:
            insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            connection.execute(insert(origin_claims).on_conflict_do_nothing(), rows)

    def forget(self, connection: Connection, read: Sequence[tuple[int, int]]) -> None:
        """Deletes what these (article, number of its newest revision) were thought to claim, before they are read in
        another way: it was not the article that said it.
        """
        for article_id, revision in sorted(read):
            own = origin_claims.c.article_id == article_id, origin_claims.c.revision == revision
            connection.execute(delete(origin_claims).where(*own))

    def note_all(self, engine: Engine, now: datetime, progress: Callable[[int, int], None]) -> int:
        """Reads the claims of all articles anew, a batch a transaction, with the names that are known now; tells how
        many articles of how many are done. Returns how many there are.
        """
        with reading(engine) as connection:
            numbers = list(connection.execute(select(articles.c.id).order_by(articles.c.id)).scalars())
        for start in range(0, len(numbers), _BATCH):
            with writing(engine) as connection:
                self.note(connection, numbers[start : start + _BATCH], now)
            progress(min(start + _BATCH, len(numbers)), len(numbers))
        return len(numbers)

    def _namebook(self, connection: Connection) -> Namebook:
        """The names of all outlets; made anew when one of them changed."""
        state = tuple(connection.execute(select(func.count(), func.max(outlets.c.updated_at))).one())
        if self._book is None or self._book[0] != state:
            known = [outlet_from_spec(spec) for spec in connection.execute(select(outlets.c.spec)).scalars()]
            self._book = state, Namebook(known, self._agencies, self._domain_of)
        return self._book[1]


class SqlOriginBook:
    """Implements `storage.ports.OriginBook`. An outlet at a domain of one of the agencies is that agency."""

    def __init__(self, engine: Engine, agencies: Sequence[Agency], domain_of: Callable[[str], str]) -> None:
        self._engine = engine
        self._agencies = agencies
        self._domain_of = domain_of

    def claims(self, article_ids: Sequence[int]) -> Mapping[int, tuple[OriginClaim, ...]]:
        """Claims by article, the strongest first."""
        with reading(self._engine) as connection:
            return _claims(connection, article_ids)

    def origins(self, stories: Iterable[Story]) -> Mapping[int, StoryOrigin]:
        """The origin of each story, by its id."""
        told = [story for story in stories if story.articles]
        members = [member for story in told for member in story.articles]
        if not members:
            return {}
        with reading(self._engine) as connection:
            claims = _claims(connection, [member.article_id for member in members])
            parties = self._parties(connection, {member.outlet_key for member in members})
        return {story.id: origin_of(_tellers(story, claims, parties)) for story in told}

    def origin_of(self, article_id: int) -> StoryOrigin | None:
        """What an article alone says."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(articles.c.outlet_key, articles.c.first_seen_at).where(articles.c.id == article_id)
            ).first()
            claims = _claims(connection, [article_id]).get(article_id, ()) if row is not None else ()
            if row is None or all(claim.is_own for claim in claims):
                return None
            party = self._parties(connection, {row.outlet_key})[row.outlet_key]
        return origin_of(
            [Teller(article_id=article_id, party=party, first_seen_at=row.first_seen_at, claims=tuple(claims))]
        )

    def _parties(self, connection: Connection, keys: Iterable[str]) -> dict[str, Party]:
        wanted = sorted(keys)
        query = select(outlets.c.spec).where(outlets.c.key.in_(wanted))
        known: list[Outlet] = [outlet_from_spec(spec) for spec in connection.execute(query).scalars()]
        book = Namebook(known, self._agencies, self._domain_of)
        return {key: book.outlet(key) for key in wanted}


def _tellers(story: Story, claims: Mapping[int, tuple[OriginClaim, ...]], parties: Mapping[str, Party]) -> list[Teller]:
    shares: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for copy in story.copies:
        shares[copy.article_id][copy.other_id] = copy.of_article
        shares[copy.other_id][copy.article_id] = copy.of_other
    return [
        Teller(
            article_id=member.article_id,
            party=parties[member.outlet_key],
            first_seen_at=member.first_seen_at,
            claims=claims.get(member.article_id, ()),
            contained_in=shares[member.article_id],
        )
        for member in story.articles
    ]


def _told(row: Row[Any]) -> Told:
    return Told(article_id=row.article_id, outlet_key=row.outlet_key, url=row.url, revision=revision_from_row(row))


def _row_of(claim: OriginClaim, now: datetime) -> dict[str, Any]:
    return {
        "article_id": claim.article_id,
        "revision": claim.revision,
        "rank": int(claim.rank),
        "rule": claim.rule[:40],
        "value": claim.value,
        "party": claim.party.key[:120],
        "name": claim.party.name,
        "url": claim.party.url,
        "evidence": claim.evidence,
        "is_own": claim.is_own,
        "noted_at": now,
    }


def _claims(connection: Connection, article_ids: Sequence[int]) -> dict[int, tuple[OriginClaim, ...]]:
    """Claims by article. Of readings of the same words the one that knows whom they mean is the one that counts."""
    query = select(origin_claims).where(origin_claims.c.article_id.in_(sorted(set(article_ids))))
    found: defaultdict[int, list[OriginClaim]] = defaultdict(list)
    for row in connection.execute(query.order_by(origin_claims.c.rank, origin_claims.c.id)):
        found[row.article_id].append(
            OriginClaim(
                article_id=row.article_id,
                revision=row.revision,
                rank=ClaimRank(row.rank),
                rule=row.rule,
                value=row.value,
                party=Party(key=row.party, name=row.name, url=row.url),
                evidence=row.evidence,
                is_own=row.is_own,
            )
        )
    return {number: _as_known(claims) for number, claims in found.items()}


def _as_known(claims: Sequence[OriginClaim]) -> tuple[OriginClaim, ...]:
    known = {(claim.rule, claim.value) for claim in claims if claim.party.is_known}
    return tuple(claim for claim in claims if claim.party.is_known or (claim.rule, claim.value) not in known)
