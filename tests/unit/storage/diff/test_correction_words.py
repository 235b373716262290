"""Words that are looked for before a costly pattern: each match of the pattern must hold one of them."""

from __future__ import annotations

from re import _constants as codes  # type: ignore[attr-defined]  # a pattern's parts are told nowhere else
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from storage.diff import corrections


def test_whatever_the_pattern_of_corrections_matches_holds_one_of_its_words() -> None:
    assert _holds(parser.parse(corrections._SAID.pattern), corrections._SAID_WORDS)


def test_a_pattern_with_an_alternative_that_holds_none_is_found_out() -> None:
    assert not _holds(parser.parse(r"sign (?:up|\d+) (?:here|there)|log ?in"), ("here", "login"))


def _holds(parts: Any, words: tuple[str, ...]) -> bool:
    """Whether all that matches holds one of the words, by its plain letters or by what each choice holds."""
    run = ""
    for kind, what in parts:
        run = run + chr(what) if kind is codes.LITERAL else "\0"
        if any(word in run for word in words) or _part_holds(kind, what, words):
            return True
    return False


def _part_holds(kind: object, what: Any, words: tuple[str, ...]) -> bool:
    if kind is codes.BRANCH:
        return all(_holds(choice, words) for choice in what[1])
    if kind is codes.SUBPATTERN:
        return _holds(what[-1], words)
    return kind is codes.MAX_REPEAT and what[0] > 0 and _holds(what[2], words)
