"""The pages that revisions were read from, for whoever reads them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from storage.records import KeptPage, OptOut, RevisionToRead, is_success
from storage.sql.captures import kept_page
from storage.sql.mapping import hints_from_json
from storage.sql.schema import IS_KEPT, articles, bodies, candidates, captures, revisions

#: What robots.txt said is in no capture: it is taken over from the reading in force.
_OF_ROBOTS = "robots.txt"


def revisions_with_pages(connection: Connection, *conditions: Any) -> list[RevisionToRead]:
    """Revisions that are chosen so (of `revisions` and `articles`), an article's in order, with their pages."""
    query = _REVISIONS.where(*conditions).order_by(revisions.c.article_id, revisions.c.number)
    rows = connection.execute(query).all()
    further = _further(connection, rows)
    return [_to_read(row, further.get(row.revision_id, ())) for row in rows]


def _to_read(row: Row[Any], further: tuple[KeptPage, ...]) -> RevisionToRead:
    told = (OptOut(name=name, rule=rule) for name, rule in row.opt_outs)
    return RevisionToRead(
        id=row.revision_id,
        article_id=row.revision_of,
        number=row.number,
        outlet_key=row.owner,
        hints=hints_from_json(row.hints),
        page=None if row.segment is None else kept_page(row),
        further=further,
        opt_outs=tuple(each for each in told if each.rule.startswith(_OF_ROBOTS)),
    )


def _further(connection: Connection, rows: Sequence[Row[Any]]) -> Mapping[int, tuple[KeptPage, ...]]:
    """Further pages by revision: captures of the same candidate after its page, until that was fetched once more."""
    of_candidate = defaultdict(list)
    for row in rows:
        if row.candidate_id is not None:
            of_candidate[row.candidate_id].append(row)
    if not of_candidate:
        return {}
    query = _PAGES.where(captures.c.candidate_id.in_(list(of_candidate))).order_by(captures.c.id)
    found: defaultdict[int, list[KeptPage]] = defaultdict(list)
    under_way: dict[int, int] = {}  # revision of which pages come now, by candidate
    for page in connection.execute(query):
        for row in of_candidate[page.candidate_id]:
            if page.id == row.id:
                under_way[page.candidate_id] = row.revision_id
                break
            if page.url == row.url:
                under_way.pop(page.candidate_id, None)
        else:
            if page.candidate_id in under_way and is_success(page.status):
                found[under_way[page.candidate_id]].append(kept_page(page))
    return {revision: tuple(pages) for revision, pages in found.items()}


_PLACE = (bodies.c.segment, bodies.c.offset, bodies.c.length)
_REVISIONS = (
    select(
        revisions.c.id.label("revision_id"),
        revisions.c.article_id.label("revision_of"),
        revisions.c.number,
        revisions.c.opt_outs,
        articles.c.outlet_key.label("owner"),
        captures,
        candidates.c.hints,
        *_PLACE,
    )
    .select_from(revisions)
    .join(articles, articles.c.id == revisions.c.article_id)
    .outerjoin(captures, captures.c.id == revisions.c.capture_id)
    .outerjoin(bodies, and_(bodies.c.digest == captures.c.digest, IS_KEPT))
    .outerjoin(candidates, candidates.c.id == captures.c.candidate_id)
)
_PAGES = select(captures, *_PLACE).join(bodies, and_(bodies.c.digest == captures.c.digest, IS_KEPT))
