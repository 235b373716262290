"""Literals that a regular expression, or a condition of an XPath, cannot hold without."""

from __future__ import annotations

import re
from collections.abc import Iterator

_GROUP = re.compile(r"\((\?[:!=])?((?:[^()]|\([^()]*\))*)\)([?*])?")
_VARIABLE = re.compile(r"\[[^\]]*\][?*+]?|[^\\][?*]|[\^$.+]|\\[a-zA-Z]")
_ATTRIBUTES = r"@[a-z-]+(?:\s*\|\s*@[a-z-]+)*"
# What conditions are made of, with "or" between: what an attribute matches, holds, begins with or is; that it is there.
_TERM = re.compile(
    rf"re:test\(\s*{_ATTRIBUTES}\s*,\s*'(?P<pattern>[^']*)'\s*(?:,\s*'i'\s*)?\)"
    rf"|(?:contains|starts-with)\(\s*(?:translate\(\s*{_ATTRIBUTES}\s*,\s*'\w+'\s*,\s*'\w+'\s*\)|{_ATTRIBUTES})"
    rf"\s*,\s*'(?P<held>[^']*)'\s*\)"
    rf"|@[a-z-]+\s*=\s*'(?P<same>[^']*)'"
    rf"|@(?P<name>[a-z-]+)"
)


def literals_of_condition(condition: str) -> frozenset[str]:
    """Texts in small letters of which one at least stands in the names and values of each element that holds.

    The empty text where the condition is made of something else than is known here: it tells nothing.
    """
    if _TERM.sub("", condition).replace("or", "").strip():
        return frozenset({""})
    found: set[str] = set()
    for term in _TERM.finditer(condition):
        plain = term["held"] or term["same"] or term["name"]
        found.update([plain] if plain else literals_of_pattern(term["pattern"]))
    return frozenset(text.lower() for text in found)


def literals_of_pattern(pattern: str) -> Iterator[str]:
    """For each alternative of a simple regular expression the longest text that its matches hold."""
    for alternative in _alternatives(pattern):
        group = _GROUP.search(alternative)
        if group is None:
            yield max(_VARIABLE.sub("\0", alternative).replace("\\", "").split("\0"), key=len)
            continue
        is_ahead, may_lack = group[1] in ("?!", "?="), group[3] is not None
        inner = [] if is_ahead else _alternatives(group[2])
        for choice in [*inner, *([""] if is_ahead or may_lack else [])]:
            yield from literals_of_pattern(alternative[: group.start()] + choice + alternative[group.end() :])


def _alternatives(pattern: str) -> list[str]:
    """What stands between the bars of a pattern that stand in no group."""
    parts, depth = [""], 0
    for sign in re.findall(r"\\.|.", pattern, re.DOTALL):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
