"""Patterns of many alternatives, asked only of texts that hold a piece of one of them: most lines hold none."""

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick

_QUANTIFIER = re.compile(r"[?*+]\??|\{(\d*)[^}]*\}\??")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_OPENING = re.compile(r"\((?:\?(?P<kind><?[=!]|[a-zA-Z-]*:|P<\w+>))?")
_MANDATORY = frozenset({"+", "+?"})


class Sifted:
    """A pattern that is searched for only where one of the texts stands without which it cannot match."""

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern)
        self.fragments = fragments_of(pattern)
        self._finder = None if "" in self.fragments else AhoCorasick(sorted(self.fragments))

    def search(self, text: str) -> re.Match[str] | None:
        """As the pattern's own."""
        if self._finder is not None and not self._finder.find_matches_as_indexes(text):
            return None
        return self.pattern.search(text)


def fragments_of(pattern: str) -> frozenset[str]:
    """Texts of which one at least stands in whatever a pattern matches that heeds case; among them the empty text
    where nothing is sure.
    """
    found, end = _alternatives(pattern, 0)
    return frozenset(found) if end == len(pattern) else frozenset({""})


def _alternatives(pattern: str, start: int) -> tuple[set[str], int]:
    """The fragments of the alternatives from a place on, and where they end: at a closing bracket or the end."""
    found: set[str] = set()
    while True:
        needed, start = _sequence(pattern, start)
        found |= needed
        if start >= len(pattern) or pattern[start] != "|":
            return found, start
        start += 1


def _sequence(pattern: str, start: int) -> tuple[set[str], int]:
    """The best fragments of one alternative: those of which the shortest is the longest."""
    choices: list[set[str]] = [{""}]
    run = ""
    while start < len(pattern) and pattern[start] not in "|)":
        literal, needed, start = _atom(pattern, start)
        if quantifier := _QUANTIFIER.match(pattern, start):
            start = quantifier.end()
            is_sure = quantifier[0] in _MANDATORY or int(quantifier[1] or 0) > 0
            literal, needed = "", needed if is_sure else {""}
        if literal:
            run += literal
            continue
        choices += [{run}, needed]
        run = ""
    return max([*choices, {run}], key=lambda texts: min(map(len, texts))), start


def _atom(pattern: str, start: int) -> tuple[str, set[str], int]:
    """One sign that stands for itself, or what a group needs, and where the atom ends."""
    sign = pattern[start]
    if sign == "(" and (opening := _OPENING.match(pattern, start)):
        needed, end = _alternatives(pattern, opening.end())
        is_text = opening["kind"] is None or opening["kind"][-1] not in "=!"
        return "", needed if is_text else {""}, end + 1
    if sign == "[" and (letters := _CLASS.match(pattern, start)):
        return "", {""}, letters.end()
    if sign == "\\":
        escaped = pattern[start + 1]
        return "" if escaped.isalnum() else escaped, {""}, start + 2
    return "" if sign in ".^$" else sign, {""}, start + 1
