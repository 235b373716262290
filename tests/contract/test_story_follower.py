"""StoryFollower and StoryBook: what is one story, in whichever order its articles come."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, func, select

from storage.dedup.containment import Thresholds
from storage.errors import UnknownStory
from storage.records import EventKind
from storage.sql import story_index
from storage.sql.engine import open_engine, reading
from storage.sql.events import SqlEventLog
from storage.sql.stories import SqlStoryBook
from storage.sql.story_copies import StoryRules
from storage.sql.story_follower import SqlStoryFollower
from storage.sql.story_tables import story_fresh, story_postings
from tests.contract.sample_records import NOW
from tests.contract.story_texts import cut, forget, groups, prose, revise, store_texts

REPORT, ANOTHER = prose("report", 400), prose("another", 300)
ABOUT = prose("about us", 60)


@pytest.fixture
def follower(engine: Engine) -> SqlStoryFollower:
    return SqlStoryFollower(engine)


def kinds(log: SqlEventLog) -> list[str]:
    return [told.kind.value for told in log.since(0, 9_999) if told.kind.value.startswith("story.")]


def test_a_reprint_an_excerpt_and_a_teaser_are_one_story_with_their_source(engine: Engine, follower: SqlStoryFollower):
    reprint = f"{prose('caption', 12)}\n\n{REPORT}\n\nThe first outlet"
    texts = [
        (1, "first", REPORT),
        (2, "second", reprint),
        (3, "third", cut(REPORT, 0, 200)),
        (4, "fourth", cut(REPORT, 0, 45)),
        (5, "fifth", ANOTHER),
    ]
    store_texts(engine, texts)
    followed = follower.follow(50, NOW)
    assert (followed.articles, followed.is_current) == (5, True)
    assert groups(engine) == [[1, 2, 3, 4]]
    story = SqlStoryBook(engine).story_of(3)
    assert story is not None
    assert [each.article_id for each in story.articles] == [1, 2, 3, 4]
    shares = {(copy.article_id, copy.other_id): (copy.of_article, copy.of_other) for copy in story.copies}
    assert shares[1, 3][0] == pytest.approx(0.5, abs=0.01)
    assert shares[1, 3][1] == 1.0
    assert SqlStoryBook(engine).story_of(5) is None
    assert SqlStoryBook(engine).story_ids([1, 5]) == {1: story.id}
    assert [(each.id, each.articles, each.outlets) for each in SqlStoryBook(engine).stories(9)] == [(story.id, 4, 4)]


def test_what_an_outlet_says_under_each_article_joins_nothing_once_it_is_known(
    engine: Engine, follower: SqlStoryFollower, event_log: SqlEventLog
):
    """Short articles under a long block look like one text until the block stands in five of them."""
    short = [
        (number, "gazette", f"{prose(f'short {number}', 45)}\n\n{ABOUT}\n\n{ABOUT[::-1]}") for number in range(1, 7)
    ]
    for text in short:
        store_texts(engine, [text])
        follower.follow(50, NOW)
    assert [group for group in groups(engine) if len(group) > 1] == []
    assert "story.formed" in kinds(event_log)
    store_texts(engine, [(7, "herald", prose("short 3", 45))])
    follower.follow(50, NOW)
    assert [3, 7] in groups(engine)


def test_boilerplate_stays_known_when_the_first_articles_with_it_lose_it(engine: Engine, follower: SqlStoryFollower):
    for number in range(1, 10):
        store_texts(engine, [(number, "gazette", f"{prose(f'short {number}', 40)}\n\n{ABOUT}")])
        follower.follow(50, NOW)
    for number in (1, 2):
        revise(engine, number, prose(f"short {number}", 40))
        follower.follow(50, NOW)
    store_texts(engine, [(10, "gazette", f"{prose('short 10', 40)}\n\n{ABOUT}")])
    follower.follow(50, NOW)
    assert [group for group in groups(engine) if len(group) > 1] == []


def test_the_order_in_which_articles_come_makes_no_difference(engine: Engine):
    dice = random.Random(4)
    texts = [(f"o{number % 7}", prose(f"own {number}", 150 + number)) for number in range(20)]
    texts += [(f"p{number}", texts[number][1]) for number in range(6)]
    texts += [(f"q{number}", cut(texts[number][1], 0, 50)) for number in range(6)]
    texts += [("gazette", f"{prose(f'g {number}', 40)}\n\n{ABOUT}") for number in range(6)]
    texts += [("herald", f"{prose('g 2', 40)}"), ("herald", f"{texts[7][1]}\n\n{texts[8][1]}")]
    found = []
    base = 0
    for _ in range(4):
        order = dice.sample(range(len(texts)), len(texts))
        shift = base
        store_texts(engine, [(shift + place + 1, *texts[number]) for place, number in enumerate(order)])
        follower = SqlStoryFollower(engine)
        while not follower.follow(dice.choice([1, 3, 50]), NOW).is_current:
            pass
        found.append(sorted(sorted(order[number - shift - 1] for number in group) for group in groups(engine)))
        forget(engine)
        base += len(texts)
    assert found == [found[0]] * 4
    assert [2, 22, 28] in [sorted({n for n in group if n < 32}) for group in found[0]] or [2, 22, 28] in found[0]


def test_a_revision_moves_an_article_to_another_story_and_the_log_tells(
    engine: Engine, follower: SqlStoryFollower, event_log: SqlEventLog
):
    store_texts(engine, [(1, "a", REPORT), (2, "b", REPORT), (3, "c", ANOTHER), (4, "d", ANOTHER), (5, "e", REPORT)])
    follower.follow(50, NOW)
    assert groups(engine) == [[1, 2, 5], [3, 4]]
    revise(engine, 5, ANOTHER)
    follower.follow(50, NOW)
    assert groups(engine) == [[1, 2], [3, 4, 5]]
    moved = [told for told in event_log.since(0, 999) if told.kind is EventKind.STORY_MOVED]
    ids = SqlStoryBook(engine).story_ids([1, 3])
    assert [(told.article_id, told.payload) for told in moved] == [(5, {"story": ids[3], "from": ids[1]})]
    revise(engine, 5, REPORT)
    follower.follow(50, NOW)
    assert groups(engine) == [[1, 2, 5], [3, 4]]


def test_the_id_of_a_story_whose_copies_are_gone_leads_to_its_last_article_and_is_in_no_list(
    engine: Engine, follower: SqlStoryFollower
):
    store_texts(engine, [(1, "a", REPORT), (2, "b", REPORT)])
    follower.follow(50, NOW)
    book = SqlStoryBook(engine)
    [story] = book.stories(9)
    revise(engine, 2, ANOTHER)
    follower.follow(50, NOW)
    assert [each.article_id for each in book.story(story.id).articles] == [1]
    assert (book.stories(9), book.story_of(1), book.stories_of([1])) == ([], None, {})


def test_stories_that_turn_out_to_be_one_keep_both_ids(
    engine: Engine, follower: SqlStoryFollower, event_log: SqlEventLog
):
    first, second = cut(REPORT, 0, 130), cut(REPORT, 270, 400)
    store_texts(engine, [(1, "a", first), (2, "b", first), (3, "c", second), (4, "d", second)])
    follower.follow(50, NOW)
    old = SqlStoryBook(engine).story_ids([1, 3])
    assert old[1] != old[3]
    middle = cut(REPORT, 60, 340)
    store_texts(engine, [(5, "e", middle)])
    follower.follow(50, NOW)
    book = SqlStoryBook(engine)
    assert book.story(old[3]).id == old[1]
    assert [each.article_id for each in book.story(old[3]).articles] == [1, 2, 3, 4, 5]
    assert kinds(event_log)[-2:] == ["story.merged", "story.joined"]
    revise(engine, 5, ANOTHER)
    follower.follow(50, NOW)
    assert groups(engine) == [[1, 2], [3, 4]]
    assert book.story(old[3]).id == old[1]
    with pytest.raises(UnknownStory, match="presswatch stories list"):
        book.story(999)


def test_a_quotation_that_two_reports_share_joins_nothing(engine: Engine, follower: SqlStoryFollower):
    said = f"“{cut(prose('said', 60), 0, 60)}”"
    one, other = (
        f"{prose(f'{name} begins', 30)}\n\n{said}\n\n{prose(f'{name} ends', 30)}" for name in ("one", "other")
    )
    store_texts(engine, [(1, "a", one), (2, "b", other)])
    follower.follow(50, NOW)
    assert groups(engine) == []


def test_articles_far_apart_in_time_are_no_story(engine: Engine, follower: SqlStoryFollower):
    store_texts(engine, [(1, "a", REPORT)], published_at=NOW - timedelta(days=200))
    store_texts(engine, [(2, "b", REPORT)], published_at=NOW)
    follower.follow(50, NOW)
    assert groups(engine) == []


def test_two_followers_do_no_harm(engine: Engine, database_url: str, event_log: SqlEventLog):
    store_texts(engine, [(number, f"o{number}", prose(f"text {number // 2}", 120)) for number in range(2, 22)])
    other_engine = open_engine(database_url)
    one, other = SqlStoryFollower(engine), SqlStoryFollower(other_engine)
    for step in range(40):
        (one if step % 3 else other).follow(2, NOW)
    assert groups(engine) == [[number, number + 1] for number in range(2, 22, 2)]
    assert kinds(event_log).count("story.formed") == 10
    other_engine.dispose()


def test_a_step_that_was_undone_is_done_again(engine: Engine, follower: SqlStoryFollower):
    """What a killed follower had in memory is gone, and what it had written is too."""
    store_texts(engine, [(1, "a", REPORT), (2, "b", REPORT), (3, "c", REPORT)])
    follower.follow(1, NOW)
    event.listen(engine, "commit", _fail)
    with pytest.raises(OSError, match="no room"):
        follower.follow(1, NOW)
    event.remove(engine, "commit", _fail)
    assert groups(engine) == []
    follower.follow(1, NOW)
    SqlStoryFollower(engine).follow(9, NOW)
    assert groups(engine) == [[1, 2, 3]]


def _fail(*_: object) -> None:
    raise OSError("no room left on the disk")


def test_other_rules_join_other_articles(engine: Engine):
    half = f"{cut(REPORT, 0, 100)} {prose('own part', 100)}"
    store_texts(engine, [(1, "a", REPORT), (2, "b", half)])
    SqlStoryFollower(engine, StoryRules(thresholds=Thresholds(containment=0.7))).follow(9, NOW)
    assert groups(engine) == []


def test_copies_are_found_in_buckets_that_were_written_meanwhile(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    """With a round of eight articles instead of thousands, each bucket is written many times."""
    monkeypatch.setattr(story_index, "ROUND", 8)
    texts = [prose(f"text {number}", 150) for number in range(12)]
    store_texts(engine, [(number, f"o{number}", text) for number, text in enumerate(texts, 1)])
    follower = SqlStoryFollower(engine)
    while not follower.follow(4, NOW).is_current:
        pass
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(story_fresh)).scalar_one() <= 12
        assert connection.execute(select(func.count()).select_from(story_postings)).scalar_one() > 100
    store_texts(engine, [(100 + number, f"p{number}", text) for number, text in enumerate(texts, 1)])
    SqlStoryFollower(engine).follow(10, NOW)  # another process goes on
    while not follower.follow(4, NOW).is_current:
        pass
    assert groups(engine) == [[number, 100 + number] for number in range(1, 13)]
    revise(engine, 3, ANOTHER)
    follower.follow(9, NOW)
    store_texts(engine, [(200, "q", texts[2]), (201, "r", ANOTHER)])
    follower.follow(9, NOW)
    assert [3, 201] in groups(engine)
    assert [103, 200] in groups(engine)
