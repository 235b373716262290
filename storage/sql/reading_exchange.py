"""Bringing readings of a re-extraction into force, and those before them again.

Both are the same: of each revision, the columns in which its two readings differ change places. A step is one
transaction, with the search index and the event that has the article looked at for stories, so that either can be
interrupted at any moment and goes on. What a later re-extraction has read since is left to that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from storage.errors import ReextractionNotReady
from storage.records import EventKind, Exchange, ReextractionState
from storage.search.documents import Indexed
from storage.sql.authors import write_bylines
from storage.sql.events import append_events
from storage.sql.orders import event_of
from storage.sql.reading_changes import swapped
from storage.sql.reading_tables import readings, reextractions
from storage.sql.schema import articles, revisions
from storage.sql.search_index import index_articles

_State = ReextractionState
_SETTLED = {_State.KEEPING: _State.KEPT, _State.UNDOING: _State.READ}


def turn(connection: Connection, number: int, *, is_kept: bool, by: str, now: datetime) -> None:
    """Begins to keep a re-extraction or to undo it; goes on with what was interrupted. Raises ReextractionNotReady."""
    row = connection.execute(_ORDER, {"number": number}).one()
    state, wanted = _State(row.state), _State.KEEPING if is_kept else _State.UNDOING
    if state is wanted or (is_kept and state is _State.KEPT):
        return
    if state not in ({_State.READ, _State.UNDOING} if is_kept else {_State.KEPT, _State.KEEPING}):
        raise ReextractionNotReady(f"re-extraction {number} {_WHY[state]}")
    if is_kept:
        again = readings.c.reextraction_id == number, readings.c.is_overtaken
        connection.execute(update(readings).where(*again).values(is_overtaken=False))
    elif (later := connection.execute(_LATER, {"number": number}).scalar()) is not None:
        raise ReextractionNotReady(
            f"re-extraction {later} has read some of the same since {number}; undo {later} first"
        )
    _set_state(connection, number, wanted, now)
    what = "keep readings" if is_kept else "undo readings"
    key = row.outlets[0] if len(row.outlets) == 1 else None
    append_events(connection, [event_of(what, by, now, key, reextraction=number, outlets=row.outlets)])


def exchange(connection: Connection, number: int, limit: int, now: datetime) -> Exchange:
    """One step; what a reader sees differently of an article's newest revision is told by an event."""
    state = _State(connection.execute(_ORDER, {"number": number}).one().state)
    if state not in _SETTLED:
        return Exchange(exchanged=0, overtaken=0, is_done=True)
    is_kept = state is _State.KEEPING
    waiting = readings.c.reextraction_id == number, ~readings.c.is_overtaken, readings.c.is_in_force != is_kept
    chosen = connection.execute(select(readings).where(*waiting).order_by(readings.c.id).limit(limit)).all()
    stored = _locked(connection, chosen)
    fitting = [row for row in chosen if stored[row.revision_id]["reading"] == (row.base if is_kept else number)]
    overtaken = [row.id for row in chosen if row not in fitting]
    if overtaken:
        connection.execute(update(readings).where(readings.c.id.in_(overtaken)).values(is_overtaken=True))
    is_done = len(chosen) < limit
    if is_done:
        _set_state(connection, number, _SETTLED[state], now)
    _swap(connection, number, fitting, stored, is_kept=is_kept, now=now)
    return Exchange(exchanged=len(fitting), overtaken=len(overtaken), is_done=is_done)


def drop(connection: Connection, number: int, limit: int, *, by: str, now: datetime) -> int:
    """Deletes what is put aside. Raises ReextractionNotReady."""
    row = connection.execute(_ORDER, {"number": number}).one()
    state = _State(row.state)
    if state not in {_State.READING, _State.READ, _State.KEPT, _State.DROPPED}:
        raise ReextractionNotReady(f"re-extraction {number} {_WHY[state]}")
    if state is not _State.DROPPED:  # first: of what is half deleted, nothing may be kept
        _set_state(connection, number, _State.DROPPED, now)
        append_events(connection, [event_of("drop readings", by, now, None, reextraction=number)])
    old = select(readings.c.id).where(readings.c.reextraction_id == number).order_by(readings.c.id).limit(limit)
    return connection.execute(delete(readings).where(readings.c.id.in_(old))).rowcount


def _locked(connection: Connection, chosen: Sequence[Any]) -> dict[int, Any]:
    """The revisions that are to be read in another way, their articles locked in the order in which all lock them."""
    ids = sorted({row.article_id for row in chosen})
    if connection.dialect.name == "postgresql":
        connection.execute(
            select(articles.c.id).where(articles.c.id.in_(ids)).order_by(articles.c.key).with_for_update(key_share=True)
        )
    query = (
        select(
            revisions,
            articles.c.outlet_key,
            articles.c.url,
            articles.c.first_seen_at,
            articles.c.indexed,
            (articles.c.revision_count == revisions.c.number).label("is_newest"),
        )
        .join(articles, articles.c.id == revisions.c.article_id)
        .where(revisions.c.id.in_([row.revision_id for row in chosen]))
    )
    return {row["id"]: row for row in connection.execute(query).mappings()}


def _swap(
    connection: Connection, number: int, chosen: Sequence[Any], stored: dict[int, Any], *, is_kept: bool, now: datetime
) -> None:
    changed: list[
        tuple[Any, dict[str, Any], bool]
    ] = []  # (row as it was, columns that it gets, whether readers see it)
    aside = []
    for row in chosen:
        was = stored[row.revision_id]
        gets, put_aside = swapped(was, row.columns)
        connection.execute(
            update(revisions)
            .where(revisions.c.id == row.revision_id)
            .values(**gets, reading=number if is_kept else row.base)
        )
        aside.append({"own": row.id, "put_aside": put_aside, "force": is_kept})
        changed.append((was, gets, bool(row.changes)))
    if aside:
        connection.execute(_PUT_ASIDE, aside)
    _index(connection, [(was, {**was, **gets}) for was, gets, _ in changed if was["number"] == was["indexed"]])
    _follow(connection, number, [each for each in changed if each[0]["is_newest"]], now)


def _follow(
    connection: Connection, number: int, newest: Sequence[tuple[Any, dict[str, Any], bool]], now: datetime
) -> None:
    """What hangs on the newest words of articles: bylines, date, language, and the event."""
    renamed = [{**was, **gets} for was, gets, _ in newest if gets.keys() & {"title", "authors", "body"}]
    named = [(row["article_id"], row["outlet_key"], row["authors"]) for row in renamed]
    write_bylines(connection, named, known=[article_id for article_id, _, _ in named])
    dates = [
        {"article": was["article_id"], "dated_now": gets["published_at"] or was["first_seen_at"]}
        for was, gets, _ in newest
        if "published_at" in gets
    ]
    if dates:
        connection.execute(_SET_DATE, dates)
    languages = [
        {"article": was["article_id"], "language_now": gets["language"]}
        for was, gets, _ in newest
        if "language" in gets
    ]
    if languages:
        connection.execute(_SET_LANGUAGE, languages)
    append_events(
        connection,
        [_event(number, was, {**was, **gets}, now) for was, gets, is_seen in newest if is_seen],
    )


def _index(connection: Connection, changed: Sequence[tuple[Any, dict[str, Any]]]) -> None:
    """Has articles found by what the revisions that they are found by say now."""
    index_articles(connection, [_indexed(row) for _, row in changed], [_indexed(was) for was, _ in changed])


def _indexed(row: Any) -> Indexed:
    return Indexed(
        article_id=row["article_id"],
        title=row["title"],
        authors=row["authors"],
        body=row["body"],
        language=row["language"],
        outlet_key=row["outlet_key"],
        at=row["published_at"] or row["first_seen_at"],
    )


def _event(number: int, was: Any, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    told = {"url": was["url"], "title": row["title"], "language": row["language"], "reextraction": number}
    return {
        "at": now,
        "kind": EventKind.ARTICLE_REREAD.value,
        "outlet_key": was["outlet_key"],
        "article_id": was["article_id"],
        "payload": {**told, "revision": was["number"]},
    }


def _set_state(connection: Connection, number: int, state: ReextractionState, now: datetime) -> None:
    changed = update(reextractions).where(reextractions.c.id == number)
    connection.execute(changed.values(state=state.value, changed_at=now))


_ORDER = select(reextractions).where(reextractions.c.id == bindparam("number")).with_for_update()
_LATER = (
    select(revisions.c.reading)
    .join(readings, readings.c.revision_id == revisions.c.id)
    .where(
        readings.c.reextraction_id == bindparam("number"),
        readings.c.is_in_force,
        revisions.c.reading != bindparam("number"),
    )
    .limit(1)
)
_PUT_ASIDE = (
    update(readings)
    .where(readings.c.id == bindparam("own"))
    .values(columns=bindparam("put_aside"), is_in_force=bindparam("force"))
)
_SET_LANGUAGE = update(articles).where(articles.c.id == bindparam("article")).values(language=bindparam("language_now"))
_SET_DATE = update(articles).where(articles.c.id == bindparam("article")).values(dated_at=bindparam("dated_now"))
_WHY = {
    _State.READING: "is not read to its end; `presswatch reextract continue` goes on with it",
    _State.READ: "is not in force; `presswatch reextract keep` brings it into force",
    _State.KEEPING: "is just being kept; `presswatch reextract keep` goes on with it",
    _State.KEPT: "is in force; `presswatch reextract undo` brings the readings before it back",
    _State.UNDOING: "is just being undone; `presswatch reextract undo` goes on with it",
    _State.DROPPED: "was dropped: its readings are deleted; begin another one",
}
