"""Stored words of revisions compared with what was read of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, select, update

from storage.records import ReadAgain, RecordProblem, RevisionToRead, Unread, WordsChecked
from storage.sql.engine import reading, writing
from storage.sql.notes import noted, set_note
from storage.sql.reading_changes import changes, columns_read, differing
from storage.sql.revision_pages import revisions_with_pages
from storage.sql.schema import articles, revisions
from storage.sql.words_digest import words_digest

#: Up to which revision all have a digest.
_SEALED = "revisions with digests"
#: Rows in memory at once.
_ROWS = 200


class SqlWordsBook:
    """Implements `storage.ports.WordsBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last(self) -> int:
        """The newest revision's id."""
        with reading(self._engine) as connection:
            return int(connection.execute(select(func.coalesce(func.max(revisions.c.id), 0))).scalar_one())

    def check(self, after: int, upto: int) -> WordsChecked:
        """Compares stored words with their digests."""
        count = unsealed = 0
        problems = []
        with reading(self._engine) as connection:
            for row in _rows(connection, after, upto):
                if row["words_digest"] is None:
                    unsealed += 1
                    continue
                count += 1
                if not is_as_read(row):
                    problems.append(_problem(row, "its stored words are not those that were read: they were changed"))
        return WordsChecked(revisions=count, unsealed=unsealed, problems=tuple(problems))

    def to_read(self, outlet_key: str, extractor: str, after: int, limit: int) -> list[RevisionToRead]:
        """Revisions that this extractor has read, with their pages."""
        own = revisions.c.extractor == extractor, revisions.c.erased_by.is_(None)
        chosen = (
            select(articles.c.id)
            .join(revisions, revisions.c.article_id == articles.c.id)
            .where(articles.c.outlet_key == outlet_key, articles.c.id > after, *own)
        )
        with reading(self._engine) as connection:
            ids = connection.execute(chosen.distinct().order_by(articles.c.id).limit(limit)).scalars().all()
            return revisions_with_pages(connection, revisions.c.article_id.in_(ids), *own)

    def compare(self, found: Sequence[ReadAgain]) -> WordsChecked:
        """Compares what was read again with what is stored."""
        count = left = 0
        problems = []
        read = {each.revision_id: each for each in found}
        with reading(self._engine) as connection:
            for row in connection.execute(_THESE, {"ids": list(read)}).mappings():
                again = read[row["id"]]
                if again.extraction is None and again.unread is not Unread.REJECTED:
                    left += 1
                    continue
                count += 1
                if told := _difference(row, again):
                    problems.append(_problem(row, told))
        return WordsChecked(revisions=count, left=left, problems=tuple(problems))

    def seal(self, limit: int, before: datetime) -> int:
        """Gives digests to those that have none; up to which all have one is noted in the same transaction."""
        with writing(self._engine) as connection:
            place = int(noted(connection, _SEALED) or 0)
            looked = connection.execute(_NEXT, {"after": place, "most": limit}).all()
            old = [row for row in looked if row.seen_at < before]
            if len(old) < len(looked):  # ids are not in the order of times: nothing is left behind
                first = next(row.id for row in looked if row.seen_at >= before)
                old = [row for row in old if row.id < first]
            bare = [row.id for row in old if row.words_digest is None]
            sealed = [
                {"own": row["id"], "digest": words_digest(dict(row))}
                for row in connection.execute(_THESE, {"ids": bare}).mappings()
            ]
            if sealed:
                connection.execute(_SEAL, sealed)
            if old:
                set_note(connection, _SEALED, str(old[-1].id))
        return len(old)


def is_as_read(row: Any) -> bool | None:
    """Whether a revision's stored words are those that were read; None: it has no digest, or its text was deleted."""
    if row["words_digest"] is None or row["erased_by"] is not None:
        return None
    return bool(words_digest(row) == row["words_digest"])


def _rows(connection: Connection, after: int, upto: int) -> Iterator[Any]:
    while rows := connection.execute(_WITH_TEXT, {"after": after, "upto": upto, "most": _ROWS}).mappings().all():
        after = rows[-1]["id"]
        yield from rows


def _difference(row: Any, again: ReadAgain) -> str | None:
    """What its page says otherwise. Lines that were learned to be an outlet's own meanwhile make no difference."""
    capture = f"capture {row['capture_id']}"
    if again.extraction is None:
        return f"{row['extractor']} takes {capture}, which it was read from, for no article"
    read = columns_read(again.extraction)
    if read["content_digest"] == row["content_digest"]:
        return None
    fields = [field for field, _ in changes(row, differing(row, read)) if field in _COMPARED]
    what = " and ".join(fields) or "text"
    return f"{row['extractor']} reads another {what} from {capture} than is stored"


def _problem(row: Any, told: str) -> RecordProblem:
    where = f"revision {row['number']} of article {row['article_id']}"
    return RecordProblem(file="the store", offset=None, url=row["url"], problem=f"{where}: {told}")


_COMPARED = frozenset({"title", "text", "authors", "published"})
_OF_ARTICLE = select(revisions, articles.c.url).join(articles, articles.c.id == revisions.c.article_id)
_THESE = _OF_ARTICLE.where(revisions.c.id.in_(bindparam("ids", expanding=True)), revisions.c.erased_by.is_(None))
_WITH_TEXT = (
    _OF_ARTICLE.where(
        revisions.c.id > bindparam("after"), revisions.c.id <= bindparam("upto"), revisions.c.erased_by.is_(None)
    )
    .order_by(revisions.c.id)
    .limit(bindparam("most"))
)
_NEXT = (
    select(revisions.c.id, revisions.c.seen_at, revisions.c.words_digest)
    .where(revisions.c.id > bindparam("after"))
    .order_by(revisions.c.id)
    .limit(bindparam("most"))
)
_SEAL = (
    update(revisions)
    .where(revisions.c.id == bindparam("own"), revisions.c.words_digest.is_(None))
    .values(words_digest=bindparam("digest"))
)
