"""Texts, and a short way to store them, for tests of stories."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, insert, select, update

from storage.sql.engine import reading, writing
from storage.sql.schema import articles, events, revisions
from storage.sql.story_tables import copies, stories, story_articles, story_fresh, story_postings, story_state
from tests.contract.sample_records import NOW


def prose(seed: str, words: int) -> str:
    """A text of so many words, the same for the same seed, in paragraphs of forty."""
    dice = random.Random(seed)
    made = [f"w{dice.randrange(4_000)}" for _ in range(words)]
    return "\n\n".join(" ".join(made[start : start + 40]) for start in range(0, words, 40))


def cut(text: str, first: int, last: int) -> str:
    """Words `first` to `last` of a text."""
    return " ".join(text.split()[first:last])


def store_texts(
    engine: Engine, texts: Sequence[tuple[int, str, str]], *, at: datetime = NOW, published_at: datetime | None = None
) -> None:
    """Stores articles as (id, outlet, text), in this order, as the crawler leaves them."""
    with writing(engine) as connection:
        for number, outlet, body in texts:
            connection.execute(
                insert(articles).values(
                    id=number,
                    key=number,
                    outlet_key=outlet,
                    url=f"https://{outlet}.example/{number}",
                    first_seen_at=at + timedelta(seconds=number),
                    updated_at=at,
                    language="en",
                    revision_count=1,
                )
            )
            connection.execute(insert(revisions).values(_revision(number, 1, body, published_at)))
            connection.execute(insert(events).values(_event("article.stored", number, outlet)))


def revise(engine: Engine, number: int, body: str) -> None:
    """Stores another revision of an article."""
    with writing(engine) as connection:
        row = connection.execute(select(articles).where(articles.c.id == number)).one()
        revision = row.revision_count + 1
        connection.execute(update(articles).where(articles.c.id == number).values(revision_count=revision))
        connection.execute(insert(revisions).values(_revision(number, revision, body, None)))
        connection.execute(insert(events).values(_event("article.revised", number, row.outlet_key)))


def groups(engine: Engine) -> list[list[int]]:
    """The articles of each story."""
    found: dict[int, list[int]] = {}
    with reading(engine) as connection:
        for row in connection.execute(select(story_articles).where(story_articles.c.story_id.is_not(None))):
            found.setdefault(row.story_id, []).append(row.article_id)
    return sorted(sorted(each) for each in found.values())


def forget(engine: Engine) -> None:
    """Takes all articles and stories away; the log stays, followed to its end."""
    with writing(engine) as connection:
        newest = connection.execute(select(func.max(events.c.seq))).scalar_one()
        for table in (copies, stories, story_articles, story_fresh, story_postings, revisions, articles):
            connection.execute(delete(table))
        connection.execute(update(story_state).values(cursor=newest, change=story_state.c.change + 1))


def _revision(number: int, revision: int, body: str, published_at: datetime | None) -> dict[str, object]:
    lists = ("authors", "tags", "entries", "marks", "desks", "origins", "opt_outs", "evidence")
    published = {"published_at": published_at, "published_precision": "minute", "published_rule": "test"}
    return {
        "article_id": number,
        "number": revision,
        "seen_at": NOW,
        "content_digest": f"{number}-{revision}",
        "title": f"Headline {number}",
        "body": body,
        "words": len(body.split()),
        "extractor": "1",
        **{name: [] for name in lists},
        **({**published, "published_zone": "stated"} if published_at else {}),
    }


def _event(kind: str, number: int, outlet: str) -> dict[str, object]:
    return {"at": NOW, "kind": kind, "outlet_key": outlet, "article_id": number, "payload": {}}
