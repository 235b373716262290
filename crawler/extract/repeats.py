"""Lines that an outlet repeats over its articles: they are its furniture, not the article's words.

What is known of an outlet's past is kept by the store (`storage.sql.repeats`) as marks, 64-bit numbers: one a line
of each of its newest articles. This module makes the marks of a page and drops the lines that are known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from itertools import islice, takewhile

from crawler.extract.title import key
from storage.records import RepeatedLines

#: Articles of an outlet whose lines are looked at: its newest ones.
WINDOW = 200
_MIN_ARTICLES = 2  # besides the page at hand, where it is the third
_EDGE_SHARE = 0.05  # of the articles looked at: a line at the ends
_ANYWHERE_SHARE = 0.3  # the same, in the midst of the text: a running story repeats its background there
_OF_ITS_PLACES = 0.7  # a line at the ends is at the ends in most of its articles
_MIN_CHARS = 12  # of a folded line: shorter ones come back by chance
_MAX_CHARS = 1500
_MAX_LINES = 400
_TOP_LINES = 3
_END_LINES = 6
_MAX_DROPPED = 0.75  # of the text: more would be the article itself
_SAME_SHARE = 0.8  # of an article's lines that another has too: it is the same article, printed again
_DIGIT = re.compile(r"\d")


def lines_of(paragraphs: Sequence[str]) -> tuple[int, ...]:
    """Marks of the distinct lines of a body, in order: what the store keeps of an article.

    A mark is a signed 64-bit number of the line with case, punctuation, white space and the values of digits folded
    away; its lowest bit says whether the line stands at either end of the text. Lines of fewer than 12 or more than
    1,500 characters have none.
    """
    lines = [line for paragraph in paragraphs for line in paragraph.split("\n")]
    marks: dict[int, bool] = {}
    for index, line in enumerate(lines[:_MAX_LINES]):
        if mark := mark_of(line):
            is_edge = index < _TOP_LINES or index >= len(lines) - _END_LINES
            marks[mark] = marks.get(mark, False) or is_edge
    return tuple(mark | is_edge for mark, is_edge in marks.items())


def mark_of(line: str) -> int:
    """The mark of one line with the lowest bit 0; 0 for a line that has none."""
    folded = _DIGIT.sub("0", key(line[: _MAX_CHARS + 1]))
    if not _MIN_CHARS <= len(folded) <= _MAX_CHARS:
        return 0
    digest = blake2b(folded.encode("utf-8", "ignore"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) & ~1


def repeated_in(past: Iterable[Collection[int]]) -> RepeatedLines:
    """What repeats over articles, each given by its marks, newest first; the newest 200 are looked at.

    At an end of the text: a line in at least 2 of them and 5%, mostly at the ends. Anywhere: in at least 2 and 30%.
    An article that shares most of its lines with a newer one is the same, printed again, and is not counted.
    """
    everywhere: Counter[int] = Counter()
    at_ends: Counter[int] = Counter()
    articles = _distinct(islice(past, WINDOW))
    for marks in articles:
        everywhere.update(marks.keys())
        at_ends.update(mark for mark, is_edge in marks.items() if is_edge)
    edge_from, anywhere_from = (max(_MIN_ARTICLES, share * len(articles)) for share in (_EDGE_SHARE, _ANYWHERE_SHARE))
    return RepeatedLines(
        edges=frozenset(m for m, n in at_ends.items() if n >= edge_from and n >= _OF_ITS_PLACES * everywhere[m]),
        anywhere=frozenset(m for m, n in everywhere.items() if n >= anywhere_from),
    )


def _distinct(past: Iterable[Collection[int]]) -> list[dict[int, bool]]:
    """Articles, each by its marks and whether they are at an end, without those that another repeats."""
    distinct: list[dict[int, bool]] = []
    for marks in past:
        article = {mark & ~1: bool(mark & 1) for mark in marks}
        same = _SAME_SHARE * len(article)
        if not any(len(article.keys() & other.keys()) > same for other in distinct):
            distinct.append(article)
    return distinct


def without_repeated(
    paragraphs: Sequence[str], known: RepeatedLines, spared: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """(kept, dropped): the paragraphs without known lines; lines in `spared` (a credit line) are no such lines.

    At either end runs of known lines go, elsewhere those that are known from anywhere. Nothing goes when it would
    be more than three quarters of the text.
    """
    if not known.edges and not known.anywhere:
        return list(paragraphs), []
    both = known.edges | known.anywhere
    is_edge = [_all_known(p, both) and p not in spared for p in paragraphs]
    head = len(list(takewhile(bool, is_edge)))
    tail = len(list(takewhile(bool, reversed(is_edge))))
    kept: list[str] = []
    dropped: list[str] = []
    for index, paragraph in enumerate(paragraphs):
        is_at_end = index < head or index >= len(paragraphs) - tail
        goes = is_at_end or (_all_known(paragraph, known.anywhere) and paragraph not in spared)
        (dropped if goes else kept).append(paragraph)
    if sum(map(len, dropped)) > _MAX_DROPPED * sum(map(len, paragraphs)):
        return list(paragraphs), []
    return kept, dropped


def _all_known(paragraph: str, known: Collection[int]) -> bool:
    """Whether all lines of a paragraph that have marks are known, and one has."""
    marks = [mark for line in paragraph.split("\n") if (mark := mark_of(line))]
    return bool(marks) and all(mark in known for mark in marks)
