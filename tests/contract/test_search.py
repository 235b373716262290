"""Full-text search: the same words find the same articles on both databases."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from sqlalchemy import Engine, text

from storage.errors import BadQuery
from storage.folding import fold
from storage.records import ArticleQuery, PendingCandidate
from storage.sql.crawl import SqlCrawlStore
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.sample_records import extraction, listed, verdict

URL = "https://jpost.example/{}"


def stored(crawl: SqlCrawlStore, book: SqlOutletBook, *bodies: str) -> list[PendingCandidate]:
    """One article for each text; their ids are 1, 2, ... in this order."""
    found = listed(crawl, book, *(URL.format(number) for number in range(len(bodies))))
    for one, body in zip(found, bodies, strict=True):
        crawl.record_verdicts([verdict(one, extraction(body, title="Headline", authors=("Anna Ahronheim",)))])
    return found


def found(library: SqlLibrary, query: str) -> list[int]:
    return sorted(summary.id for summary in library.articles(ArticleQuery(words=query)))


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
    "a word that looks like an operator": ("not near and or", "NOT NEAR AND OR"),
    "a word that is short": ("a b", "a"),
    "something that looks like a host": ("see www.example.com/path?x=1 now", '"example com path x 1"'),
    "something that looks like an address": ("write to me@example.com", "me@example.com"),
}


def test_finds(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    stored(crawl, book, *(body for body, _ in FINDS.values()))
    missed = [case for number, (case, (_, query)) in enumerate(FINDS.items(), 1) if number not in found(library, query)]
    assert missed == []


def test_does_not_find_what_is_not_there(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    stored(crawl, book, "the leader of the supreme court", "Hezbollah")
    for query in ('"supreme leader"', "hezb", "zbollah*", "the hezbollah", '"hezb*"', "leaders"):
        assert found(library, query) == []


def test_a_revision_replaces_the_words(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, engine: Engine):
    [one, _] = stored(crawl, book, "Old words: ایران, Erdoğan", "old too")
    with engine.begin() as connection:
        connection.execute(text("UPDATE candidates SET state = 'pending'"))
    crawl.record_verdicts([verdict(one, extraction("New words", title="Other", authors=()))])
    assert found(library, "old") == [2]
    assert found(library, "new words other") == [1]
    for gone in ("ایران", "erdogan", "ahronheim words", '"headline anna" new'):
        assert found(library, gone) == []


BAD = {
    "nothing": "",
    "blanks": "  \t\n",
    "only signs": "!?* - ()",
    "an empty phrase": '""',
    "only a star": "*",
    "an open quote": 'the "supreme leader',
    "three quotes": '"a" "b',
    "too many words": " ".join(f"w{number}" for number in range(65)),
    "a word without end": "x" * 1_000,
    "a phrase without end": '"' + "a " * 1_000 + '"',
}


def test_a_search_that_cannot_be_read_is_refused(library: SqlLibrary):
    for case, query in BAD.items():
        with pytest.raises(BadQuery):
            pytest.fail(f"{case} was taken for a search: {library.articles(ArticleQuery(words=query))}")


HOSTILE = [
    "'", "''; DROP TABLE articles; --", "iran'", '"iran" OR "1"="1"', "NEAR(iran x, 5)", "iran NEAR x", "words:iran", "^iran",
    "-iran", "iran -", "+iran", "iran^2", "(iran", "iran)", "iran AND", "OR iran", "NOT", "iran:*", "iran:*A", "!iran", "iran & | !",
    "iran <-> x", "iran\x00x", "\x00", "a\ud800b", "\\", "iran\\", "%", "_", "iran%", ":search", "%(search)s", "?1", "{iran}", "iran*x",
    "iran**", '"iran"*', '"iran*"', "\u202eiran", "\U0010ffff", "🙂", "a" * 200, "é" * 199, "ﷺ" * 30, "İ", "ß", "\u0300", "१", "हिन्दी", "ไทย",
    "中文", "한국어", "x'y\"z\"", "\u2028", "ǅ", "Ⅷ", "²", "½", "𝔘", "\u0bca", "𞤀",
]  # fmt: skip


def test_no_query_however_hostile_is_an_error_of_sql(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    stored(crawl, book, "iran x y", "🙂 中文 한국어 ไทย हिन्दी")
    chance = random.Random(5)
    signs = [*"\"'*()<>&|!:-^+\\%_ \x00", "NEAR", "AND", "OR", "NOT", "iran", "ی", "\u200c", "9", "é"]
    queries = HOSTILE + ["".join(chance.choices(signs, k=chance.randrange(1, 14))) for _ in range(300)]
    for query in queries:
        with suppress(BadQuery):
            library.articles(ArticleQuery(words=query))


def test_any_word_of_a_text_finds_it(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    """What the two databases take for a word must be what we take for one."""
    chance = random.Random(11)
    alphabet = "abe0159xزینكשم١۲éčøßDЖ中한ท"
    made = ["".join(chance.choices(alphabet, k=chance.randrange(1, 9))) for _ in range(150)]
    made += ["1e5", "1e5abc", "3d", "0x1f", "1st", "12345678901234567890", "e10", "1e", "5e9e9", "x1e3"]
    stored(crawl, book, " ".join(made))
    missed = [word for word in made if fold(word) and found(library, word) != [1]]
    assert missed == []


def test_a_text_larger_than_an_index_entry_may_be_is_stored(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    rare = " ".join(chr(0x20000 + number) + chr(0x20000 + number // 300) for number in range(42_000))
    stored(crawl, book, " ".join(f"w{number}" for number in range(40_000)), "y" * 3_000_000 + " thread", rare * 3)
    assert found(library, "w35999") == [1]
    assert found(library, '"w9 w10 w11"') == [1]
    assert found(library, "thread") == [2]
    assert found(library, chr(0x20000) * 2) == [3]
