"""Literals that a regular expression, or a condition of an XPath, cannot hold without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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
_NAME = re.compile(r"@([a-z-]+)")
Terms = Mapping[str, re.Pattern[str]]  # by the attribute that they are asked of


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


def terms_of_condition(condition: str) -> Terms | None:
    """For each attribute that a condition asks for what a value of it must match for the condition to hold; None where
    the condition is made of something else than is known here.

    Where a term asks for several attributes, XPath looks at the first that is there; here each may fulfil it.
    """
    if _TERM.sub("", condition).replace("or", "").strip():
        return None
    patterns: dict[str, list[str]] = {}
    for term in _TERM.finditer(condition):
        plain = term["held"] or term["same"]
        pattern = re.escape(plain) if plain else term["pattern"] or ""
        for name in _NAME.findall(re.sub(r"'[^']*'", "", term[0])):
            patterns.setdefault(name, []).append(pattern)
    return {name: re.compile("|".join(each), re.IGNORECASE) for name, each in patterns.items()}


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
