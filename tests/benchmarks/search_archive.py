"""An archive of many made-up articles, written straight into the tables: for benchmarks of searching.

Texts are of 120 to 450 words: common ones as a language has them, words of the news that come together by subjects, and
rare names. Some thousand different texts are made; each article is one of them with names of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, insert, text

from storage.search.documents import Document, Indexed, document_of
from storage.search.facts import facts_of
from storage.search.tsvector import tsvector
from storage.sql.engine import reading, writing
from storage.sql.metadata import Utc
from storage.sql.outlets import SqlOutletBook
from storage.sql.schema import articles, bodies, candidates, captures, revisions
from storage.sql.tallies import NewArticle, count_new
from tests.contract.conftest import domain_of
from tests.contract.sample_records import outlet

END = datetime(2026, 7, 30, 12, tzinfo=UTC)
DAYS, OUTLETS, TEXTS, CHUNK = 730, 60, 6_000, 5_000
#: Words that come together, with how many of a hundred articles are about it.
SUBJECTS = {
    9: "iran tehran nuclear deal sanctions enrichment uranium zarif supreme leader embargo lifted negotiations centrifuge",
    8: "israel gaza ceasefire truce hamas hostages rafah aid convoy netanyahu armistice jerusalem missile",
    7: "hezbollah lebanon beirut drone missile border nasrallah militia rocket strike litani",
    10: "election parliament president vote ballot coalition party resigns resign minister candidate poll",
    11: "oil gas prices opec barrel pipeline crude exports central bank inflation output market",
    6: "houthi yemen red sea shipping strait tanker blockade drone vessel convoy missile",
    4: "turkey erdoğan ankara kurdish lira syria idlib refugees border iraq",
    5: "security council resolution human rights envoy geneva negotiated negotiation negotiators withdraw withdrawal withdraws",
}
PHRASES = (
    "nuclear deal", "prime minister", "oil prices", "security council", "supreme leader", "foreign minister", "red sea",
    "human rights", "central bank", "nuclear weapons", "the sanctions were lifted", "qasem soleimani", "the president resigned",
)  # fmt: skip
OTHERS = {
    "fa": "ایران تحریم برنامه هسته‌ای مذاکرات دولت نفت رئیس جمهور مجلس اسرائیل حزب‌الله سلیمانی می‌رود کتاب‌ها تهران",
    "ar": "إيران النفط الحكومة وبالعراق العراق حزب الله سليماني الرئيس البرلمان إسرائيل غزة الهدنة العقوبات",
    "he": "בחירות ישראל איראן הכנסת ממשלה חיזבאללה עזה הפסקת אש ראש הממשלה סולימאני באיראן",
}
_COUNTRIES = ("IL", "GB", "IR", "LB", "AE", "US")
_AUTHORS = ("Seth Frantzman", "Anna Ahronheim", "Herb Keinon", "Lahav Harkov")


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    body: str
    author: str
    language: str
    document: Document


def fill(engine: Engine, count: int) -> None:
    """Writes so many articles, their revisions, candidates and captures, and the index."""
    book = SqlOutletBook(engine, domain_of)
    keys = [f"outlet{number}" for number in range(OUTLETS)]
    countries = [_COUNTRIES[number % len(_COUNTRIES)] for number in range(OUTLETS)]
    book.load([outlet(key, country=country) for key, country in zip(keys, countries, strict=True)], "shipped", END)
    chance = random.Random(17)
    texts = _texts(chance)
    with writing(engine) as connection:
        connection.execute(insert(bodies), [{"digest": "0" * 64, "segment": "1", "offset": 0, "length": 1}])
    numbers = iter(range(1, count + 1))
    write = _write_sqlite if engine.dialect.name == "sqlite" else _write_postgres
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            connection.execute(text("DROP INDEX ix_search_words"))
    while chunk := list(islice(numbers, CHUNK)):
        made = [_article(chance, number, count, texts, keys) for number in chunk]
        write(engine, made)
        if chunk[-1] % (20 * CHUNK) == 0:
            print(f"{chunk[-1]:,} articles are written", flush=True)
    with writing(engine) as connection:
        totals = [NewArticle(outlet_key=key, at=END, delay=None, is_news=False) for key in keys]
        count_new(connection, totals)
        connection.execute(text("UPDATE article_totals SET articles = :each"), {"each": count // OUTLETS})
        if engine.dialect.name != "sqlite":
            connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
            connection.execute(text("CREATE INDEX ix_search_words ON search_words USING gin (words)"))
            for table in ("articles", "revisions", "candidates", "captures"):
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {count + 1})"))
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def size_of(engine: Engine) -> int:
    """How many articles there are."""
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT coalesce(max(id), 0) FROM articles")).scalar_one())


def _texts(chance: random.Random) -> list[Text]:
    vocabulary = [
        "".join(chance.choices("bcdfglmnprst", k=1)[0] + chance.choice("aeiou") for _ in range(chance.randrange(1, 5)))
        for _ in range(30_000)
    ]
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]
    small = [
        "the",
        "of",
        "to",
        "and",
        "in",
        "a",
        "is",
        "that",
        "for",
        "it",
        "as",
        "was",
        "with",
        "be",
        "by",
        "on",
        "not",
        "he",
        "his",
        "but",
        "at",
        "are",
        "this",
        "have",
        "from",
        "or",
        "had",
        "an",
        "they",
    ]
    made = []
    for _ in range(TEXTS):
        language = chance.choices(["en", "fa", "ar", "he"], [85, 6, 6, 3])[0]
        length = chance.randrange(120, 450)
        if language == "en":
            subject = chance.choices([*SUBJECTS.values(), ""], [*SUBJECTS, 40])[0].split()
            words = chance.choices(vocabulary, weights, k=length) + chance.choices(small, k=length // 2)
            words += chance.choices(subject, k=chance.randrange(3, 25)) if subject else []
            words += [
                word for each in SUBJECTS.values() if chance.random() < 0.15 for word in chance.sample(each.split(), 2)
            ]
            words += [
                phrase
                for phrase in PHRASES
                if chance.random() < (0.12 if subject and phrase.split()[-1] in subject else 0.015)
            ]
            title = " ".join([*chance.sample(subject, min(3, len(subject))), *chance.choices(vocabulary, weights, k=4)])
        else:
            own = OTHERS[language].split(" ")
            words = chance.choices(own, k=length // 2) + chance.choices(vocabulary, weights, k=length // 2)
            if language == "fa" and chance.random() < 0.2:
                words.append("برنامه هسته‌ای")
            title = " ".join(chance.choices(own, k=5))
        chance.shuffle(words)
        author = (
            chance.choice(_AUTHORS)
            if chance.random() < 0.04
            else f"{chance.choice(vocabulary)} {chance.choice(vocabulary)}"
        )
        article = Indexed(
            article_id=0, title=title, authors=[author], body=" ".join(words), language=language, outlet_key="x", at=END
        )
        made.append(Text(title, article.body, author, language, document_of(article)))
    return made


def _article(
    chance: random.Random, number: int, count: int, texts: list[Text], keys: list[str]
) -> tuple[dict[str, Any], dict[str, Any], Document]:
    """Rows of article and revision, and what is indexed."""
    given = chance.choice(texts)
    names = " ".join(f"{chance.choice('kvzh')}{chance.randrange(10 ** chance.randrange(2, 8))}" for _ in range(6))
    seen_at = END - timedelta(days=DAYS * (1 - number / count))
    published = seen_at - timedelta(minutes=chance.expovariate(1 / 90))
    key = keys[min(int(chance.paretovariate(1.1)) - 1, OUTLETS - 1)] if chance.random() < 0.5 else chance.choice(keys)
    article = {
        "id": number, "key": _key(number), "outlet_key": key, "url": f"https://{key}.example/{number}", "first_seen_at": seen_at, "updated_at": seen_at,
        "language": given.language, "revision_count": 1, "is_news": True, "dated_at": published, "indexed": 1,
    }  # fmt: skip
    body = f"{given.body[: len(given.body) // 2]}\n\n{given.body[len(given.body) // 2 :]} {names}"
    revision = {
        "id": number, "article_id": number, "number": 1, "seen_at": seen_at, "capture_id": number, "content_digest": "0" * 64, "title": given.title,
        "authors": [given.author], "body": body, "words": body.count(" "), "published_at": published, "published_precision": "minute",
        "published_rule": "json-ld", "published_zone": "stated", "language": given.language, "tags": [], "entries": [], "marks": [], "desks": [],
        "origins": [], "opt_outs": [], "evidence": [], "extractor": "bench",
    }  # fmt: skip
    facts = facts_of(outlet_key=key, language=given.language, at=published)
    document = replace(given.document, article_id=number, body=f"{given.document.body} {names}", facts=facts)
    return article, revision, document


def _key(number: int) -> int:
    """A fingerprint, spread over all 64 bits as those of URLs are."""
    return (number * 0x9E3779B97F4A7C15 + 1) % 2**64 - 2**63


def _further(
    made: list[tuple[dict[str, Any], dict[str, Any], Document]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of candidates and captures."""
    found, kept = [], []
    for article, _, _ in made:
        number, at = article["id"], article["first_seen_at"]
        found.append(
            {"id": number, "outlet_key": article["outlet_key"], "key": article["key"], "url": article["url"], "found_url": article["url"], "domain": "example",
             "found_at": at, "state": "done", "tries": 1, "reason": "stored", "article_id": number, "finished_at": at}
        )  # fmt: skip
        kept.append(
            {"id": number, "candidate_id": number, "article_id": number, "url": article["url"], "final_url": article["url"], "fetched_at": at,
             "status": 200, "headers": [], "digest": "0" * 64, "size": 1}
        )  # fmt: skip
    return found, kept


def _write_sqlite(engine: Engine, made: list[tuple[dict[str, Any], dict[str, Any], Document]]) -> None:
    found, kept = _further(made)
    with writing(engine) as connection:
        _insert(connection, made, found, kept)
        connection.execute(
            text("INSERT INTO search_words(rowid, title, authors, body, facts) VALUES (:id, :title, :authors, :body, :facts)"),
            [{"id": d.article_id, "title": d.title, "authors": d.authors, "body": d.body, "facts": " ".join(d.facts)} for _, _, d in made],
        )  # fmt: skip


def _insert(connection: Connection, made: Any, found: Any, kept: Any) -> None:
    connection.execute(insert(articles), [article for article, _, _ in made])
    connection.execute(insert(candidates), found)
    connection.execute(insert(captures), kept)
    connection.execute(insert(revisions), [revision for _, revision, _ in made])


def _write_postgres(engine: Engine, made: list[tuple[dict[str, Any], dict[str, Any], Document]]) -> None:
    found, kept = _further(made)
    rows: list[tuple[str, Iterator[dict[str, Any]]]] = [
        ("articles", (article for article, _, _ in made)),
        ("candidates", iter(found)),
        ("captures", iter(kept)),
        ("revisions", (revision for _, revision, _ in made)),
    ]
    with writing(engine) as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor:
            for table, given in rows:
                _copy(cursor, table, list(given))
            words = [(document.article_id, tsvector(document)) for _, _, document in made]
            cursor.executemany("INSERT INTO search_words(article_id, words) VALUES (%s, %s)", words)


def _copy(cursor: psycopg.Cursor[Any], table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    quoted = ", ".join(f'"{name}"' for name in names)
    with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as out:  # type: ignore[arg-type]
        for row in rows:
            out.write_row([_plain(row[name]) for name in names])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return Utc().process_bind_param(value, None)  # type: ignore[arg-type]
    if isinstance(value, list):
        return "[]" if not value else '["' + '", "'.join(value) + '"]'
    return value
