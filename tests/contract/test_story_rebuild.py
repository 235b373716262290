"""Rebuilding stories comes to what following the log came to."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import Engine, event, select, update

from storage.errors import StoriesOutdated
from storage.sql.engine import reading, writing
from storage.sql.events import SqlEventLog
from storage.sql.stories import SqlStoryBook
from storage.sql.story_copies import StoryRules
from storage.sql.story_follower import SqlStoryFollower
from storage.sql.story_rebuild import rebuild
from storage.sql.story_tables import copies, story_state
from tests.contract.sample_records import NOW
from tests.contract.story_texts import cut, groups, prose, revise, store_texts

TEXTS = [prose(f"text {number}", 120 + 7 * number) for number in range(30)]
ABOUT = prose("about us", 60)


def corpus() -> list[tuple[int, str, str]]:
    """Reprints, excerpts, and an outlet's boilerplate under short articles, in any order."""
    texts = [(f"o{number % 9}", text) for number, text in enumerate(TEXTS)]
    texts += [(f"p{number}", f"{text}\n\n{prose(f'credit {number}', 6)}") for number, text in enumerate(TEXTS[:12])]
    texts += [(f"q{number}", cut(text, 0, 60)) for number, text in enumerate(TEXTS[6:18])]
    texts += [("gazette", f"{prose(f'short {number}', 40)}\n\n{ABOUT}") for number in range(9)]
    texts += [("herald", prose("short 3", 40)), ("herald", f"{TEXTS[20]}\n\n{TEXTS[21]}")]
    random.Random(3).shuffle(texts)
    return [(number, outlet, text) for number, (outlet, text) in enumerate(texts, 1)]


def pairs(engine: Engine) -> set[tuple[object, ...]]:
    with reading(engine) as connection:
        return {tuple(row) for row in connection.execute(select(copies))}


def again(engine: Engine) -> None:
    rebuild(engine, StoryRules(), processes=2, now=NOW, progress=lambda *_: None)


def test_a_rebuild_comes_to_what_was_followed_and_keeps_the_ids(engine: Engine, event_log: SqlEventLog):
    store_texts(engine, corpus())
    follower = SqlStoryFollower(engine)
    while not follower.follow(7, NOW).is_current:
        pass
    revise(engine, 5, prose("quite another", 90))
    follower.follow(9, NOW)
    before = groups(engine), pairs(engine), SqlStoryBook(engine).story_ids(range(1, 99))
    seq = event_log.last_seq()
    told: list[tuple[str, int, int]] = []
    count = rebuild(engine, StoryRules(), processes=2, now=NOW, progress=lambda *each: told.append(each))
    assert (groups(engine), pairs(engine), SqlStoryBook(engine).story_ids(range(1, 99))) == before
    assert event_log.last_seq() == seq
    assert told[-1] == ("copies", count, count)
    store_texts(engine, [(200, "new", TEXTS[25])])
    assert follower.follow(9, NOW).articles == 1
    assert any({200} < set(group) for group in groups(engine))


def test_blocks_that_stand_in_hardly_enough_articles_are_learned_alike(engine: Engine):
    """Two blocks of an outlet, one of which stands beside the other in three of the first five articles, later in few:
    the follower knows six articles with the other one, and the rebuild five.
    """
    one, other = prose("one block", 60), prose("other block", 60)
    with_both = {2, 4, 5}
    texts = [
        (
            number,
            "gazette",
            "\n\n".join([prose(f"g {number}", 40), *([other] if number in with_both else []), one]),
        )
        for number in range(1, 8)
    ]
    store_texts(engine, texts)
    SqlStoryFollower(engine).follow(50, NOW)
    followed = groups(engine)
    again(engine)
    assert groups(engine) == followed


def test_what_came_during_a_rebuild_keeps_its_story_and_a_running_follower_finds_its_copies(
    engine: Engine, event_log: SqlEventLog
):
    """The cursor goes back, also behind what the follower passed over without writing."""
    store_texts(engine, [(1, "a", TEXTS[0]), (2, "b", TEXTS[0])])
    follower = SqlStoryFollower(engine)
    follower.follow(9, NOW)
    behind = event_log.last_seq()
    late = [(3, "a", TEXTS[1]), (4, "b", TEXTS[1]), (5, "c", TEXTS[0]), (6, "d", TEXTS[2])]

    def meanwhile(stage: str, *_: int) -> None:
        if stage == "copies":
            store_texts(engine, late)
            while not follower.follow(9, NOW).is_current:
                pass

    rebuild(engine, StoryRules(), processes=1, now=NOW, progress=meanwhile)
    book = SqlStoryBook(engine)
    ids = book.story_ids(range(1, 9))
    assert [{each.article_id for each in story.articles} for story in map(book.story, (ids[1], ids[3]))] == [
        {1, 2, 5},
        {3, 4},
    ]
    assert [story.articles for story in book.stories(9)] == [2, 3]
    assert follower.cursor() == behind
    while not follower.follow(9, NOW).is_current:
        pass
    store_texts(engine, [(7, "e", TEXTS[2])])
    follower.follow(9, NOW)
    assert groups(engine) == [[1, 2, 5], [3, 4], [6, 7]]
    assert {number: book.story_ids(range(1, 6))[number] for number in ids} == ids


def test_articles_of_an_earlier_version_are_rebuilt_and_not_followed(engine: Engine):
    store_texts(engine, corpus())
    with writing(engine) as connection:
        connection.execute(update(story_state).values(algorithm=0))
    with pytest.raises(StoriesOutdated, match="presswatch stories rebuild"):
        SqlStoryFollower(engine).follow(9, NOW)
    again(engine)
    assert groups(engine)
    assert SqlStoryFollower(engine).follow(9_999, NOW).articles == 0


def test_a_rebuild_that_ends_early_has_changed_nothing(engine: Engine):
    store_texts(engine, corpus())
    SqlStoryFollower(engine).follow(9_999, NOW)
    before = groups(engine)

    def fail(*_: object) -> None:
        raise OSError("no room left on the disk")

    event.listen(engine, "commit", fail)
    with pytest.raises(OSError, match="no room"):
        again(engine)
    event.remove(engine, "commit", fail)
    assert groups(engine) == before
