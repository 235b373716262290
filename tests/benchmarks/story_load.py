"""What an article costs beside N stored ones, for `make bench-stories`: CPU of client and server, bytes of index.

N articles are put into the index as random signatures, as many a text as real ones have; then generated texts, a fifth of
them copies, each with the boilerplate of its outlet, go through the follower in batches as the courier makes them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine, insert, text, update

from storage.dedup.postings import Entries, articles_in, by_bucket, packed
from storage.dedup.signature import ALGORITHM
from storage.sql.engine import open_engine, reading, writing
from storage.sql.schema import articles, events, revisions
from storage.sql.story_follower import SqlStoryFollower
from storage.sql.story_index import ROUND, SLICES
from storage.sql.story_tables import story_articles, story_fresh, story_postings, story_state
from storage.sql.upgrade import upgrade
from tests.benchmarks.server_cost import backends, cpu_s

NOW = datetime(2026, 7, 1, tzinfo=UTC)
_PICKS = 38  # of the real texts of the shared pages, on average
_OUTLETS = 2_000
_VOCABULARY = 30_000
_BATCH = 50
_INDEX = ("story_postings", "story_articles", "story_fresh")


@dataclass(frozen=True)
class Cost:
    """What an article costs."""

    database: str
    stored: int
    client_ms: float
    server_ms: float
    index_bytes: float


def measure(url: str, stored: int, followed: int) -> Cost:
    """Loads an empty database with so many articles and follows some more."""
    engine = open_engine(url)
    upgrade(engine)
    try:
        _load(engine, stored)
        _store(engine, texts_of(stored, followed))
        follower = SqlStoryFollower(engine)
        follower.follow(_BATCH, NOW)  # what is in memory is read now
        pids = backends(engine)
        client, server = time.process_time(), cpu_s(pids)
        count = 0
        while True:
            done = follower.follow(_BATCH, NOW)
            count += done.articles
            if done.is_current:
                break
        client, server = time.process_time() - client, cpu_s(pids) - server
        return Cost(
            engine.dialect.name,
            stored,
            1e3 * client / count,
            1e3 * server / count,
            _bytes(engine) / (stored + followed),
        )
    finally:
        engine.dispose()


def _load(engine: Engine, stored: int) -> None:
    with writing(engine) as connection:
        for start in range(0, stored, 20_000):
            part = range(start + 1, min(stored, start + 20_000) + 1)
            connection.execute(insert(articles), [_article(number) for number in part])
    load_index(engine, stored)


def load_index(engine: Engine, stored: int) -> None:
    """Puts the articles 1 to `stored` into the index of stories, each with a signature at random."""
    fresh = min(stored, ROUND + 1)
    dice = np.random.default_rng(5)
    numbers = np.repeat(np.arange(1, stored + 1, dtype=np.uint64), _PICKS)
    entries = np.sort((dice.integers(0, 1 << 32, size=len(numbers), dtype=np.uint64) << np.uint64(32)) | numbers)
    is_fresh = articles_in(entries) > stored - fresh
    with writing(engine) as connection:
        for start in range(0, stored, 20_000):
            part = range(start + 1, min(stored, start + 20_000) + 1)
            connection.execute(insert(story_articles), [_looked_at(number) for number in part])
        rows: list[dict[str, Any]] = []
        for bucket, own in by_bucket(entries[~is_fresh]):
            rows.append({"bucket": bucket, "entries": packed(own)})
            if len(rows) == 5_000:
                connection.execute(insert(story_postings), rows)
                rows = []
        if rows:
            connection.execute(insert(story_postings), rows)
        connection.execute(insert(story_fresh), list(_fresh(entries[is_fresh], fresh)))
        connection.execute(update(story_state).values(flushed=SLICES, change=1))
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _fresh(entries: Entries, count: int) -> list[dict[str, Any]]:
    """Signatures of the newest articles, spread over the round: what came first is in most of its buckets."""
    keys = (entries >> np.uint64(32)).astype("<u4")
    order = np.argsort(articles_in(entries), kind="stable")
    numbers, starts = np.unique(articles_in(entries)[order], return_index=True)
    ends = [*starts[1:].tolist(), len(order)]
    return [
        {
            "article_id": int(number),
            "since": SLICES * place // count + 1,
            "hashes": keys[order[start:end]].tobytes(),
        }
        for place, (number, start, end) in enumerate(zip(numbers, starts, ends, strict=True))
    ]


def _article(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "key": number,
        "outlet_key": f"outlet{number % _OUTLETS}",
        "url": f"https://outlet{number % _OUTLETS}.example/{number}",
        "first_seen_at": NOW + timedelta(seconds=number % 80_000),
        "updated_at": NOW,
        "language": "en",
        "revision_count": 1,
    }


def _looked_at(number: int) -> dict[str, int]:
    return {"article_id": number, "revision": 1, "words": 600, "mark": number, "algorithm": ALGORITHM}


def texts_of(stored: int, count: int) -> list[tuple[int, str]]:
    """(number after those stored, text): words as often as in prose, every fifth text an earlier one again."""
    dice = random.Random(7)
    weights = 1 / (np.arange(_VOCABULARY) + 3.0)
    often = np.cumsum(weights) / weights.sum()
    numbers = np.random.default_rng(7)

    def prose(words: int) -> str:
        return " ".join(f"w{place}" for place in np.searchsorted(often, numbers.random(words)))

    about = [prose(40) for _ in range(_OUTLETS)]
    bodies: list[str] = []
    for place in range(count):
        is_copy = place % 5 == 4
        bodies.append(dice.choice(bodies) if is_copy else prose(max(60, int(dice.lognormvariate(6.2, 0.6)))))
    return [
        (stored + place + 1, f"{body}\n\n{about[(stored + place + 1) % _OUTLETS]}") for place, body in enumerate(bodies)
    ]


def _store(engine: Engine, texts: Sequence[tuple[int, str]]) -> None:
    lists = ("authors", "tags", "entries", "marks", "desks", "origins", "opt_outs", "evidence")
    with writing(engine) as connection:
        connection.execute(insert(articles), [_article(number) for number, _ in texts])
        connection.execute(
            insert(revisions),
            [
                {
                    "article_id": number,
                    "number": 1,
                    "seen_at": NOW,
                    "content_digest": str(number),
                    "title": "Headline",
                    "body": body,
                    "words": len(body.split()),
                    "extractor": "1",
                    **{name: [] for name in lists},
                }
                for number, body in texts
            ],
        )
        told = [{"at": NOW, "kind": "article.stored", "article_id": number, "payload": {}} for number, _ in texts]
        connection.execute(insert(events), told)


def _bytes(engine: Engine) -> int:
    with reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            sizes = (text(f"SELECT pg_total_relation_size('{name}')") for name in _INDEX)
            return sum(connection.execute(size).scalar_one() for size in sizes)
        pages = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = :name)"
        return sum(connection.execute(text(pages), {"name": name}).scalar_one() for name in _INDEX)
