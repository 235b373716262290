"""Which words of a changed sentence went, and which came."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\S+\s*")
_MAX_WORDS = 300  # a longer sentence is shown without marks: the comparison would cost its square

Pieces = list[tuple[str, bool]]  # (text, whether it differs), in order


def marked(old: str, new: str) -> tuple[Pieces, Pieces]:
    """Both sentences in pieces, those that only one of them has marked."""
    ours, theirs = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(ours), len(theirs)) > _MAX_WORDS:
        return [(old, False)], [(new, False)]
    matcher = SequenceMatcher(None, [word.strip() for word in ours], [word.strip() for word in theirs], autojunk=False)
    gone: Pieces = []
    come: Pieces = []
    for kind, a, b, c, d in matcher.get_opcodes():
        is_changed = kind != "equal"
        gone += [("".join(ours[a:b]), is_changed)] if b > a else []
        come += [("".join(theirs[c:d]), is_changed)] if d > c else []
    return gone, come
