"""Lines that an outlet repeats, learned from its own past."""

from __future__ import annotations

import pytest

from crawler.extract.article import extract_article
from crawler.extract.repeats import lines_of, repeated_in, without_repeated
from storage.records import RepeatedLines
from storage.sql.mapping import content_digest

HEAD = "The Daily Example is Exampleland's oldest paper, printed since 1890."
NUMBERS = ("one", "two", "three", "four", "five", "six")
FOOT = "Write to our readers' desk with what you have seen and heard."


def article(number: int, *, top: str = HEAD, foot: str = FOOT) -> list[str]:
    name = "".join("abcdefghij"[int(digit)] for digit in str(number))  # digits are folded away
    return [top, *(f"Reporter {name} says at length what town {line} did." for line in "abcdef"), foot]


def past(count: int) -> list[tuple[int, ...]]:
    return [lines_of(article(number)) for number in range(count)]


@pytest.mark.parametrize("known", [2, 5, 40, 199, 1000])
def test_what_all_articles_share_is_dropped_at_any_number_known(known: int):
    kept, dropped = without_repeated(article(7), repeated_in(past(known)[::-1]))
    assert dropped == [HEAD, FOOT]
    assert kept == article(7)[1:-1]


def test_nothing_is_dropped_while_nothing_or_one_article_is_known():
    for known in (0, 1):
        assert without_repeated(article(50), repeated_in(past(known))) == (article(50), [])


def test_an_article_printed_again_keeps_its_words():
    known = repeated_in([lines_of(article(3)), lines_of(article(3)), *past(3)])
    kept, _ = without_repeated(article(3), known)
    assert kept == article(3)[1:-1]


def test_the_background_of_a_running_story_stays_in_the_midst_of_the_text():
    background = "The war began in the spring, when the two neighbours fell out over water."
    pages = [[*article(number)[:4], background, *article(number)[4:], "Ends.", FOOT] for number in range(40)]
    seldom = [page if number % 8 == 0 else article(number) for number, page in enumerate(pages)]
    kept, dropped = without_repeated(pages[3], repeated_in(map(lines_of, seldom)))
    assert background in kept
    assert FOOT in dropped


def test_a_line_that_came_back_by_chance_among_many_stays():
    pages = [article(number, foot="He would not say more about it on Monday.") if number in (3, 90) else article(number)
             for number in range(200)]  # fmt: skip
    kept, _ = without_repeated(pages[3], repeated_in(map(lines_of, pages)))
    assert kept[-1] == "He would not say more about it on Monday."


def test_case_marks_and_the_values_of_digits_do_not_matter():
    pages = [[*article(number), f"Seen by {number + 10} readers today!"] for number in range(6)]
    kept, _ = without_repeated([*article(8), "SEEN BY 77 READERS TODAY"], repeated_in(map(lines_of, pages)))
    assert "SEEN BY 77 READERS TODAY" not in kept


def test_it_never_takes_most_of_a_text():
    pages = [[HEAD, FOOT, f"And {word}."] for word in ("one", "two", "three")]
    known = RepeatedLines(edges=frozenset(m & ~1 for page in pages for m in lines_of(page)))
    assert without_repeated(pages[0], known) == (pages[0], [])


def test_lines_of_nothing_are_none():
    assert lines_of([]) == ()
    assert lines_of(["", "Short.", "x" * 5000]) == ()


def page(number: int, credit: str) -> bytes:
    paragraphs = "".join(
        f"<p>Number {NUMBERS[number]} of the {word} reports tells at some length what "
        f"the {word} people of the town said about it when they were asked by {chr(97 + number) * 4}.</p>"
        for word in ("first", "second", "third", "fourth")
    )
    text = f"<html><head><title>Report {NUMBERS[number]} of the day</title></head><body><article><h1>Report {NUMBERS[number]} of the day</h1>"
    return f"{text}{paragraphs}<p>{credit}</p><p>{FOOT}</p></article></body></html>".encode()


def test_a_credit_line_is_told_although_it_is_repeated_and_stands_before_the_furniture():
    known = repeated_in(
        extract_article(page(number, "The Jerusalem Post"), url=f"https://example.org/{number}").lines
        for number in range(5)
    )
    found = extract_article(page(5, "The Jerusalem Post"), url="https://example.org/5", repeated=known)
    assert found.credit == "The Jerusalem Post"
    assert FOOT not in found.body
    (evidence,) = [e for e in found.evidence if e.field == "repeated"]
    assert evidence.lost == (("line of other articles", FOOT),)
    assert found.lines  # as found, so that what is dropped stays known


def test_what_was_learned_meanwhile_is_no_revision():
    html, url = page(5, "The Jerusalem Post"), "https://example.org/5"
    known = repeated_in(extract_article(page(n, ""), url=f"https://example.org/{n}").lines for n in range(5))
    before, after = extract_article(html, url=url), extract_article(html, url=url, repeated=known)
    assert before.body != after.body
    assert content_digest(before) == content_digest(after)
