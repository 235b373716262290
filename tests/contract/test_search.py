"""Full-text search: the same words find the same articles on both databases."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from sqlalchemy import Engine, text

from delivery.watchlists.query import QueryError
from storage.errors import SearchTooDear
from storage.folding import fold_finely
from storage.records import PendingCandidate, Sought, WantedAny, WantedPhrase
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import reading
from storage.sql.outlets import SqlOutletBook
from storage.sql.search import SqlSearchBook
from storage.sql.search_bound import searching
from tests.contract.sample_records import extraction, listed, verdict
from tests.searching import found

URL = "https://jpost.example/{}"


def stored(crawl: SqlCrawlStore, book: SqlOutletBook, *bodies: str) -> list[PendingCandidate]:
    """One article for each text; their ids are 1, 2, ... in this order."""
    found = listed(crawl, book, *(URL.format(number) for number in range(len(bodies))))
    for one, body in zip(found, bodies, strict=True):
        crawl.record_verdicts([verdict(one, extraction(body, title="Headline", authors=("Anna Ahronheim",)))])
    return found


FINDS = {
    "a word": ("Iran withdrew.", "iran"),
    "a word of the headline": ("x", "headline"),
    "a word of the byline": ("x", "AHRONHEIM"),
    "all words, wherever": ("one two three", "three one"),
    "a phrase": ("the supreme leader said", '"supreme leader"'),
    "a phrase across a hyphen": ("a cease-fire holds", '"cease fire"'),
    "a hyphenated word as it is written": ("a cease-fire holds", "cease-fire"),
    "a prefix": ("Hezbollah", "hezb*"),
    "a prefix of one letter": ("Zion", "z*"),
    "accents": ("Erdoğan à Ankara", "erdogan"),
    "accents in the query": ("Erdogan", "Erdoğan"),
    "composed and decomposed": ("cafe\u0301", "caf\u00e9"),
    "full width": ("ＩＲＡＮ", "iran"),
    "Persian yeh and keheh for Arabic ones": ("كتاب علي", "کتاب علی"),
    "Arabic yeh for Persian one": ("رئیس جمهوری", "رئيس"),
    "alef with and without hamza": ("أحمد", "احمد"),
    "teh marbuta": ("غزة", "غزه"),
    "harakat": ("مُحَمَّد", "محمد"),
    "tatweel": ("إيـــران", "ایران"),
    "zero-width non-joiner": ("می‌خواهد", '"می خواهد"'),
    "zero-width non-joiner in the query": ("می‌خواهد", "می‌خواهد"),
    "niqqud": ("שָׁלוֹם", "שלומ"),
    "final letters": ("שלום", "שלומ"),
    "digits": ("in 2026 and 1e5 and 0x1f and 007", "2026 1e5 0x1f 007"),
    "a word that looks like an operator": ("not near and or", '"not" "NEAR" "AND" "or"'),
    "digits of another script": ("در سال ۲۰۲۶", "2026"),
    "a Chinese character within others": ("伊朗撤军", "朗"),
    "a Chinese phrase": ("伊朗撤军", "朗撤"),
    "either word": ("only oil here", "iran OR oil"),
    "one without the other": ("only oil here", "oil NOT iran"),
    "words near each other": ("iran sold its oil", "oil NEAR/2 iran"),
    "a prefix near a phrase": ("withdrawing from the nuclear deal", 'withdr* NEAR/3 "nuclear deal"'),
    "words of the headline alone": ("x", "title:headline"),
    "words of the byline alone": ("x", "author:(anna AND ahronheim)"),
    "an entity under another name": ("سخنان سلیمانی", "@soleimani"),
    "a word that is short": ("a b", "a"),
    "something that looks like a host": ("see www.example.com/path?x=1 now", '"example com path x 1"'),
    "something that looks like an address": ("write to me@example.com", "me@example.com"),
}


def test_finds(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    stored(crawl, book, *(body for body, _ in FINDS.values()))
    missed = [case for number, (case, (_, query)) in enumerate(FINDS.items(), 1) if number not in found(engine, query)]
    assert missed == []


def test_does_not_find_what_is_not_there(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    stored(crawl, book, "the leader of the supreme court", "Hezbollah")
    for query in (
        '"supreme leader"', "hezb", "zbollah*", "the hezbollah", "leaders", "title:leader", "author:leader", "leader NEAR/1 court",
        "leader NOT supreme", "outlet:gazette", "lang:fa", "country:FR", "after:2026-12", '"anna the"', '"headline anna"',
    ):  # fmt: skip
        assert found(engine, query) == []


def test_a_revision_replaces_the_words(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    [one, _] = stored(crawl, book, "Old words: ایران, Erdoğan", "old too")
    with engine.begin() as connection:
        connection.execute(text("UPDATE candidates SET state = 'pending'"))
    crawl.record_verdicts([verdict(one, extraction("New words", title="Other", authors=()))])
    assert found(engine, "old") == [2]
    assert found(engine, "new words other") == [1]
    for gone in ("ایران", "erdogan", "ahronheim words", "title:headline new"):
        assert found(engine, gone) == []


HOSTILE = [
    "'", "''; DROP TABLE articles; --", "iran'", '"iran" OR "1"="1"', "NEAR(iran x, 5)", "iran NEAR x", "words:iran", "^iran",
    "-iran", "iran -", "+iran", "iran^2", "(iran", "iran)", "iran AND", "OR iran", "NOT", "iran:*", "iran:*A", "!iran", "iran & | !",
    "iran <-> x", "iran\x00x", "\x00", "a\ud800b", "\\", "iran\\", "%", "_", "iran%", ":search", "%(search)s", "?1", "{iran}", "iran*x",
    "iran**", '"iran"*', '"iran*"', "\u202eiran", "\U0010ffff", "🙂", "a" * 200, "é" * 199, "ﷺ" * 30, "İ", "ß", "\u0300", "१", "हिन्दी", "ไทย",
    "中文", "한국어", "x'y\"z\"", "\u2028", "ǅ", "Ⅷ", "²", "½", "𝔘", "\u0bca", "𞤀",
]  # fmt: skip


def test_no_query_however_hostile_is_an_error_of_sql(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    stored(crawl, book, "iran x y", "🙂 中文 한국어 ไทย हिन्दी")
    chance = random.Random(5)
    signs = [*"\"'*()<>&|!:-^+\\%_ \x00", "NEAR", "AND", "OR", "NOT", "iran", "ی", "\u200c", "9", "é"]
    queries = HOSTILE + ["".join(chance.choices(signs, k=chance.randrange(1, 14))) for _ in range(300)]
    for query in queries:
        with suppress(QueryError):
            found(engine, query)


def test_any_word_of_a_text_finds_it(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    """What the two databases take for a word must be what we take for one."""
    chance = random.Random(11)
    alphabet = "abe0159xزینكשم١۲éčøßDЖ中한ท"
    made = ["".join(chance.choices(alphabet, k=chance.randrange(1, 9))) for _ in range(150)]
    made += ["1e5", "1e5abc", "3d", "0x1f", "1st", "12345678901234567890", "e10", "1e", "5e9e9", "x1e3"]
    stored(crawl, book, " ".join(made))
    missed = [word for word in made if fold_finely(word) and found(engine, word) != [1]]
    assert missed == []


def test_a_text_larger_than_an_index_entry_may_be_is_stored(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    rare = " ".join(chr(0x20000 + number) + chr(0x20000 + number // 300) for number in range(42_000))
    stored(crawl, book, " ".join(f"w{number}" for number in range(40_000)), "y" * 3_000_000 + " thread", rare * 3)
    assert found(engine, "w35999") == [1]
    assert found(engine, '"w9 w10 w11"') == [1]
    assert found(engine, "thread") == [2]
    assert found(engine, chr(0x20000) * 2) == [3]


FOR_EVER = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}


def test_what_takes_too_long_is_ended_and_the_connection_is_good_for_others(engine: Engine):
    for _ in range(2):
        with pytest.raises(SearchTooDear, match=r"longer than 0\.2 s"), searching(engine, 0.2) as connection:
            connection.execute(text(FOR_EVER[engine.dialect.name]))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    with pytest.raises(ValueError, match="of ours"), searching(engine, 0.2):
        raise ValueError("of ours")


def test_each_kind_of_search_has_a_bound(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    stored(crawl, book, "withdraw")
    phrases = (WantedPhrase(words=(f"w{number}",), is_prefix=True) for number in range(15_000))
    sought = Sought(wanted=WantedAny(parts=(*phrases, WantedPhrase(words=("withdraw",)))))
    assert SqlSearchBook(engine).newest(sought, limit=1) == [1]
    searches = SqlSearchBook(engine, most_s=0.001)
    for ask in (searches.newest, searches.ranked):
        with pytest.raises(SearchTooDear):
            ask(sought, limit=1)
    with pytest.raises(SearchTooDear):
        searches.tally(sought, newest=1)
