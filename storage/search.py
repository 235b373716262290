"""Full-text search over the newest revisions: FTS5 on SQLite, tsvector on PostgreSQL.

Both index the same folded words, so that a search finds the same articles on either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Connection, text

from storage.errors import BadQuery
from storage.folding import fold
from storage.records import Wanted, WantedAll, WantedAny, WantedPhrase

_TERM = re.compile(r'"([^"]*)"|(\S+)')
#: Of a search, phrases counted by their words.
MAX_WORDS = 64
#: Longer ones are no words; PostgreSQL takes up to 2,046 bytes.
MAX_WORD_CHARS = 100


def parse(query: str) -> list[tuple[list[str], bool]]:
    """Terms of a search: (words in sequence, whether the last is a prefix). All must occur.

    Raises BadQuery when there is nothing to search for, a quote stays open, or it is too long.
    """
    if query.count('"') % 2:
        raise BadQuery(f"a quotation mark is not closed in: {query}")
    terms = []
    for phrase, word in _TERM.findall(query):
        folded = fold(phrase or word).split()
        if folded:
            terms.append((folded, bool(word) and word.endswith("*")))
    words = [word for folded, _ in terms for word in folded]
    if not words:
        raise BadQuery("the search has no words; type at least one letter or digit")
    if len(words) > MAX_WORDS:
        raise BadQuery(f"the search has {len(words)} words; at most {MAX_WORDS} are taken")
    if max(map(len, words)) > MAX_WORD_CHARS:
        raise BadQuery(f"a word of the search is longer than {MAX_WORD_CHARS} letters; shorten it")
    return terms


def match_condition(dialect: str, query: str) -> tuple[str, Mapping[str, str]]:
    """An SQL condition on `articles.id` for a search, and its parameter. Raises BadQuery."""
    terms = parse(query)
    if dialect == "sqlite":
        match = " AND ".join('"' + " ".join(words) + '"' + ("*" if is_prefix else "") for words, is_prefix in terms)
        return "articles.id IN (SELECT rowid FROM article_words WHERE article_words MATCH :search)", {"search": match}
    parts = []
    for words, is_prefix in terms:
        quoted = ["'" + word + "'" for word in words]
        quoted[-1] += ":*" if is_prefix else ""
        parts.append("(" + " <-> ".join(quoted) + ")")
    return (
        "articles.id IN (SELECT article_id FROM article_words WHERE words @@ CAST(:search AS tsquery))",
        {"search": " & ".join(parts)},
    )


def wanted_condition(dialect: str, wanted: Wanted) -> tuple[str, Mapping[str, str]]:
    """An SQL condition on `articles.id` for words that a text must have, and its parameter."""
    if dialect == "sqlite":
        match = _fts5(wanted)
        return "articles.id IN (SELECT rowid FROM article_words WHERE article_words MATCH :wanted)", {"wanted": match}
    return (
        "articles.id IN (SELECT article_id FROM article_words WHERE words @@ CAST(:wanted AS tsquery))",
        {"wanted": _tsquery(wanted)},
    )


def _fts5(wanted: Wanted) -> str:
    match wanted:
        case WantedPhrase(words=words, is_prefix=is_prefix):
            return '"' + " ".join(words) + '"' + ("*" if is_prefix else "")
        case WantedAny(parts=parts):
            return "(" + " OR ".join(map(_fts5, parts)) + ")"
        case WantedAll(parts=parts):
            return "(" + " AND ".join(map(_fts5, parts)) + ")"


def _tsquery(wanted: Wanted) -> str:
    match wanted:
        case WantedPhrase(words=words, is_prefix=is_prefix):
            quoted = [f"'{word[:MAX_WORD_CHARS]}'" for word in words]
            return "(" + " <-> ".join(quoted) + (":*" if is_prefix else "") + ")"
        case WantedAny(parts=parts):
            return "(" + " | ".join(map(_tsquery, parts)) + ")"
        case WantedAll(parts=parts):
            return "(" + " & ".join(map(_tsquery, parts)) + ")"


def index_revisions(
    connection: Connection, rows: list[tuple[int, str, str, str]], replaced: list[tuple[int, str]]
) -> None:
    """Puts the newest words of articles into the index, in the transaction that stores them.

    `rows` are (article id, title, authors, body); `replaced` are (article id, words as indexed before).
    """
    if not rows:
        return
    documents = [(article_id, document(title, authors, body)) for article_id, title, authors, body in rows]
    if connection.dialect.name == "sqlite":
        # A contentless FTS5 table forgets a row only when it is told the words again.
        if replaced:
            connection.execute(
                text("INSERT INTO article_words(article_words, rowid, words) VALUES ('delete', :id, :words)"),
                [{"id": article_id, "words": words} for article_id, words in replaced],
            )
        connection.execute(
            text("INSERT INTO article_words(rowid, words) VALUES (:id, :words)"),
            [{"id": article_id, "words": words} for article_id, words in documents],
        )
        return
    connection.execute(
        text(
            "INSERT INTO article_words(article_id, words) VALUES (:id, CAST(:words AS tsvector)) "
            "ON CONFLICT (article_id) DO UPDATE SET words = excluded.words"
        ),
        [{"id": article_id, "words": _tsvector(words)} for article_id, words in documents],
    )


def _tsvector(words: str) -> str:
    """Words and their places, written out: PostgreSQL's own parser would cut words such as 1e5abc in two.

    A tsvector takes 1 MiB; the words of a longer text that do not fit are left out.
    """
    kept = []
    room = _TSVECTOR_BYTES
    for place, word in enumerate(words.split(), start=1):
        if len(word) > MAX_WORD_CHARS:
            continue
        room -= len(word.encode()) + _PLACE_BYTES
        if room < 0:
            break
        kept.append(f"'{word}':{min(place, _LAST_PLACE)}")
    return " ".join(kept)


_TSVECTOR_BYTES = 1_000_000
_PLACE_BYTES = 6  # a word takes at most so many bytes besides its letters
_LAST_PLACE = 16_383


def document(title: str, authors: str, body: str) -> str:
    """What is indexed of an article."""
    return fold(f"{title}\n{authors}\n{body}")


def create_index(connection: Connection) -> None:
    """Creates the index; called by the first migration."""
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                "CREATE VIRTUAL TABLE article_words "
                "USING fts5(words, content='', tokenize='unicode61 remove_diacritics 0')"
            )
        )
    else:
        connection.execute(text("CREATE TABLE article_words (article_id bigint PRIMARY KEY, words tsvector NOT NULL)"))
        connection.execute(text("CREATE INDEX ix_article_words ON article_words USING gin (words)"))


def drop_index(connection: Connection) -> None:
    """Drops the index."""
    connection.execute(text("DROP TABLE article_words"))
