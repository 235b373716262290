"""Lines and sentences that say where a text was published first, and those that only look so."""

from __future__ import annotations

import pytest

from storage.origins.crediting import credited_in, credits_somebody
from storage.records import Evidence
from tests.unit.storage.origins.press import BOOK, MIDDLE, claimed

CREDITS = {
    "This article was first published by The Jerusalem Post.": ["outlet:jpost"],
    "This story originally appeared on JPost and is republished here with permission.": ["outlet:jpost"],
    "Republished with permission from The Jerusalem Post": ["outlet:jpost"],
    "The post A bridge opens appeared first on The Jerusalem Post.": ["outlet:jpost"],
    "Read the original article at jpost.com": ["outlet:jpost"],
    "Cross-posted from JPost.": ["outlet:jpost"],
    "© Reuters": ["agency:reuters"],
    "(c) Reuters": ["agency:reuters"],
    "(Quelle: APA/dpa)": ["agency:apa", "agency:dpa"],
    "Dieser Text ist zuerst in der Jerusalem Post erschienen.": ["outlet:jpost"],
    "Cet article a été publié initialement par Reuters.": ["agency:reuters"],
    "Publicado originalmente en The Jerusalem Post": ["outlet:jpost"],
    "نُشر هذا المقال أولاً في الأهرام.": ["outlet:ahram"],
    "نقلاً عن رويترز": ["agency:reuters"],
    "این مطلب نخستین بار در بی‌بی‌سی فارسی منتشر شده است.": ["outlet:bbc-persian"],
    "המאמר פורסם לראשונה ברויטרס.": ["agency:reuters"],
    "Впервые опубликовано на сайте Рейтер.": ["agency:reuters"],
}


@pytest.mark.parametrize("line", CREDITS)
def test_who_is_credited(line: str):
    assert credits_somebody(line)
    assert [party.key for party in credited_in(line, BOOK)] == CREDITS[line]
    found = [party for _, rule, party in claimed(body=f"{MIDDLE}\n\n{line}") if rule == "crediting line"]
    assert found == CREDITS[line]


@pytest.mark.parametrize(
    "line",
    [
        "The findings were published in The Jerusalem Post on Monday.",
        "He told The Jerusalem Post that the bridge would stand.",
        "Associated Press writer Jane Roe contributed to this report.",
        "This story was written with files from Reuters.",
        "Mit Material von dpa",
        "Dieser Artikel enthält Links. Mehr dazu in unseren Regeln.",
        "This article tells of a bridge over the river, and of trend and petra.",
        "Avec AFP",
    ],
)
def test_who_is_not(line: str):
    assert [party for _, _, party in claimed(body=f"{MIDDLE}\n\n{line}")] == []


def test_a_last_line_that_is_only_a_name_credits():
    assert claimed(body=f"{MIDDLE}\n\nJPost") == [(2, "crediting line", "outlet:jpost")]


def test_a_name_in_the_middle_of_the_text_does_not():
    assert claimed(body=f"{MIDDLE}\n\n© Reuters\n\n{MIDDLE}") == []


def test_lines_that_were_cut_off_the_text_count():
    ending = Evidence(field="ending", rule="cut off the text", value="Quelle: JPost\ndpa")
    assert [party for _, _, party in claimed(evidence=(ending,))] == ["outlet:jpost", "agency:dpa"]


def test_bylines_as_they_stand_count():
    byline = Evidence(field="byline", rule="byline element", value="Jane Roe, The Jerusalem Post")
    assert claimed(authors=("Jane Roe",), evidence=(byline,)) == [(2, "byline", "outlet:jpost")]
    lost = Evidence(field="authors", rule="none", value="", lost=(("byline element", "By BBC News"),))
    assert claimed(evidence=(lost,)) == [(2, "byline", "outlet:bbc")]
