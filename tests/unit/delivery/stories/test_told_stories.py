"""Stories in words, and the words of a changed sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from delivery.stories.marking import marked
from delivery.stories.telling import tell
from delivery.stories.wording import change_parts, copy_words, share_words, summary, when_words
from storage.passages import compare
from storage.records import (
    ClaimRank,
    Copy,
    Moment,
    Party,
    Precision,
    Story,
    StoryArticle,
    StoryOrigin,
    Zone,
)

NOW = datetime(2020, 5, 9, 15, 31, tzinfo=UTC)


def article(number: int, name: str, seen: timedelta = timedelta(), published: timedelta | None = None) -> StoryArticle:
    told = (
        None
        if published is None
        else Moment(at=NOW + published, precision=Precision.MINUTE, rule="x", zone=Zone.STATED)
    )
    return StoryArticle(
        article_id=number, outlet_key=name.lower(), outlet_name=name, url=f"https://{number}.test/", title="A bridge",
        published=told, first_seen_at=NOW + seen, language="en", words=10,
    )  # fmt: skip


def story(*articles: StoryArticle, copies: tuple[Copy, ...] = ()) -> Story:
    return Story(id=1, created_at=NOW, updated_at=NOW, articles=articles, copies=copies)


JPOST = Party(key="outlet:jpost", name="The Jerusalem Post")
OF_JPOST = StoryOrigin(party=JPOST, rank=ClaimRank.NAMED, article_id=1)
OF_NOBODY = StoryOrigin(party=JPOST, rank=ClaimRank.SEEN_FIRST, article_id=1)
OF_AN_AGENCY = StoryOrigin(party=Party(key="agency:reuters", name="Reuters"), rank=ClaimRank.NAMED)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ONE = article(1, "The Jerusalem Post", published=timedelta())


def test_the_sentence_of_the_case_it_was_made_for():
    text = "One stands. Two stand. Three stand."
    later = article(2, "Track Persia", published=DAY + 18 * HOUR)
    told = tell(story(ONE, later), OF_JPOST, {1: text, 2: f"A caption. {text} About us."})
    assert summary(told) == (
        "Origin: The Jerusalem Post. Also at: Track Persia, two days later, 100% of the words, adds 2 sentences."
    )


def test_an_agency_that_is_not_collected_and_who_was_seen_first():
    pair = story(ONE, article(2, "Track Persia", published=HOUR))
    assert (
        summary(tell(pair, OF_AN_AGENCY))
        == "Origin: Reuters. At: The Jerusalem Post. Also at: Track Persia, one hour later."
    )
    assert summary(tell(pair, OF_NOBODY)) == "Seen first: The Jerusalem Post. Also at: Track Persia, one hour later."


WHEN = {
    "at the same time": (timedelta(seconds=20), timedelta(seconds=20)),
    "one minute later": (DAY, MINUTE),
    "40 minutes later": (DAY, 40 * MINUTE),
    "three hours before": (DAY, -3 * HOUR),
    "14 days later": (DAY, 14 * DAY),
    "seen one day later": (DAY, None),
}


@pytest.mark.parametrize("words", WHEN)
def test_when_a_copy_came(words: str):
    seen, published = WHEN[words]
    (copy,) = tell(story(ONE, article(2, "Track Persia", seen, published)), OF_JPOST).copies
    assert when_words(copy) == words


def test_a_day_without_a_time_does_not_tell_hours():
    day = Moment(at=NOW, precision=Precision.DAY, rule="x", zone=Zone.NONE)
    other = replace(article(2, "Track Persia", seen=2 * HOUR), published=day)
    assert when_words(tell(story(ONE, other), OF_JPOST).copies[0]) == "seen two hours later"


def test_shares_are_never_rounded_up_to_all():
    assert [share_words(share) for share in (1.0, 0.998, 0.654, 0.001)] == [
        "100% of the words", "99% of the words", "65% of the words", "hardly any of the words",
    ]  # fmt: skip


def test_without_texts_the_pair_s_share_is_told():
    pair = Copy(article_id=1, other_id=2, of_article=0.5, of_other=1.0, words=5)
    told = tell(story(ONE, article(2, "Track Persia", published=HOUR), copies=(pair,)), OF_JPOST)
    assert copy_words(told.copies[0]) == "Track Persia, one hour later, 50% of the words"
    assert told.copy_of(2) is told.copies[0]
    assert told.copy_of(1) is None


def test_a_copy_of_no_change_says_so():
    told = tell(story(ONE, article(2, "B")), OF_JPOST, {1: "It stands.", 2: "It stands."})
    assert change_parts(told.copies[0]) == ["changes nothing"]


def test_a_changed_sentence_is_told_by_its_words():
    (pair,) = compare("It stands. Forty ships lay outside.", "It stands. Some forty ships lay outside.").changed
    gone, come = marked(*pair)
    assert gone == [("Forty ", True), ("ships lay outside.", False)]
    assert come == [("Some forty ", True), ("ships lay outside.", False)]


def test_a_very_long_sentence_is_shown_without_marks():
    assert marked("a " * 400, "b") == ([("a " * 400, False)], [("b", False)])
