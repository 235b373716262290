"""What may be deleted: each decision with why something stays that is old enough to go.

The same code decides for a plan and, in the transaction that deletes, once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from storage.records import RetentionRule, Stay
from storage.sql.change_tables import pins
from storage.sql.holds import Held
from storage.sql.schema import articles, bodies, candidates, captures, revisions

Rules = Mapping[str, RetentionRule]  # by outlet


@dataclass(frozen=True, slots=True)
class PageChoice:
    """One body."""

    digest: str
    outlet_key: str  # of the first of its captures that is old enough
    first_id: int  # that capture
    length: int  # bytes in the archive
    stay: Stay | None  # None: it goes


@dataclass(frozen=True, slots=True)
class TextChoice:
    """The text of one revision."""

    revision_id: int
    article_id: int
    outlet_key: str
    number: int
    size: int  # characters
    is_newest: bool
    stay: Stay | None


def choose_texts(connection: Connection, rules: Rules, held: Held, article_ids: Sequence[int]) -> list[TextChoice]:
    """What becomes of the texts of these articles that are old enough."""
    rows = connection.execute(_TEXTS.where(revisions.c.article_id.in_(article_ids)).order_by(revisions.c.id)).all()
    pinned = _pinned(connection, {row.digest for row in rows if row.digest})
    return [
        TextChoice(
            revision_id=row.id,
            article_id=row.article_id,
            outlet_key=row.outlet_key,
            number=row.number,
            size=row.size,
            is_newest=row.number == row.revision_count,
            stay=_text_stays(row, held, pinned),
        )
        for row in rows
        if _is_old(row.seen_at, _texts_before(rules, row.outlet_key))
    ]


def choose_pages(connection: Connection, rules: Rules, held: Held, digests: Iterable[str]) -> list[PageChoice]:
    """What becomes of these bodies; those that no capture is old enough of are left out."""
    wanted = sorted(digests)
    of_body: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_CAPTURES.where(captures.c.digest.in_(wanted)).order_by(captures.c.id)):
        of_body[row.digest].append(row)
    pinned = _pinned(connection, wanted)
    cited = _Cited(connection, rules, held, [row for rows in of_body.values() for row in rows])
    found = []
    for digest, rows in of_body.items():
        old = [row for row in rows if _is_old(row.fetched_at, _pages_before(rules, row.outlet_key))]
        if old:
            is_young = len(old) < len(rows)
            stay = _page_stays(rows, held, cited, is_pinned=digest in pinned, is_young=is_young)
            found.append(PageChoice(digest, old[0].outlet_key, old[0].id, old[0].length, stay))
    return found


def _page_stays(rows: Sequence[Row[Any]], held: Held, cited: _Cited, *, is_pinned: bool, is_young: bool) -> Stay | None:
    if any(held.keeps(row.outlet_key, row.article_id) for row in rows):
        return Stay.HELD
    if is_pinned:
        return Stay.PINNED
    if any(cited.has(row) for row in rows):
        return Stay.CITED
    return Stay.YOUNGER if is_young else None


class _Cited:
    """Which captures a revision whose text stays was read from: its own, and further pages of the same article."""

    def __init__(self, connection: Connection, rules: Rules, held: Held, rows: Sequence[Row[Any]]) -> None:
        ids = sorted({row.article_id for row in rows if row.article_id is not None})
        found = connection.execute(_TEXTS.where(revisions.c.article_id.in_(ids))).all()
        pinned = _pinned(connection, {row.digest for row in found if row.digest})
        self._captures: set[int] = set()
        self._pages: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)  # (capture, URL) by candidate
        for row in found:
            goes = _is_old(row.seen_at, _texts_before(rules, row.outlet_key)) and not _text_stays(row, held, pinned)
            if row.capture_id is not None and not goes:
                self._captures.add(row.capture_id)
                self._pages[row.candidate_id].append((row.capture_id, row.page_url))

    def has(self, row: Row[Any]) -> bool:
        """Whether this capture is one of them."""
        if row.id in self._captures:
            return True
        pages = self._pages.get(row.candidate_id, ())
        return any(row.id > capture and row.url != url for capture, url in pages)


def _text_stays(row: Row[Any], held: Held, pinned: set[str]) -> Stay | None:
    if held.keeps(row.outlet_key, row.article_id):
        return Stay.HELD
    return Stay.PINNED if row.digest in pinned else None


def _is_old(at: datetime, before: datetime | None) -> bool:
    return before is not None and at < before


def _pages_before(rules: Rules, outlet_key: str) -> datetime | None:
    rule = rules.get(outlet_key)
    return rule.pages_before if rule else None


def _texts_before(rules: Rules, outlet_key: str) -> datetime | None:
    rule = rules.get(outlet_key)
    return rule.texts_before if rule else None


def _pinned(connection: Connection, digests: Iterable[str]) -> set[str]:
    return set(connection.execute(select(pins.c.digest).where(pins.c.digest.in_(sorted(digests)))).scalars())


_OUTLET = func.coalesce(articles.c.outlet_key, candidates.c.outlet_key, "").label("outlet_key")
_CAPTURES: Any = (
    select(
        captures.c.id,
        captures.c.candidate_id,
        captures.c.article_id,
        captures.c.url,
        captures.c.digest,
        captures.c.fetched_at,
        bodies.c.length,
        _OUTLET,
    )
    .select_from(captures)
    .join(bodies, bodies.c.digest == captures.c.digest)
    .outerjoin(articles, articles.c.id == captures.c.article_id)
    .outerjoin(candidates, candidates.c.id == captures.c.candidate_id)
    .where(bodies.c.deleted_by.is_(None))
)
#: Texts that are still there, with the page that each was read from.
_TEXTS: Any = (
    select(
        revisions.c.id,
        revisions.c.article_id,
        revisions.c.number,
        revisions.c.seen_at,
        revisions.c.capture_id,
        func.length(revisions.c.body).label("size"),
        articles.c.outlet_key,
        articles.c.revision_count,
        captures.c.digest,
        captures.c.candidate_id,
        captures.c.url.label("page_url"),
    )
    .select_from(revisions)
    .join(articles, articles.c.id == revisions.c.article_id)
    .outerjoin(captures, captures.c.id == revisions.c.capture_id)
    .where(revisions.c.erased_by.is_(None))
)
