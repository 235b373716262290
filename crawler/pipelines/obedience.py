"""Which opt-outs an operator obeys, and what follows. Decides only."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from storage.records import OptOut

#: What PRESSWATCH_OBEY_OPT_OUTS may name.
NOARCHIVE = "noarchive"
CHOICES = (NOARCHIVE, "noindex", "noai", "tdm")


def keeps_page(opt_outs: Iterable[OptOut], obeyed: Collection[str]) -> bool:
    """Whether the page as it came may be kept beside what was read of it."""
    return NOARCHIVE not in obeyed or all(_kind(each.name) != NOARCHIVE for each in opt_outs)


def forbidden_by(opt_outs: Iterable[OptOut], obeyed: Collection[str]) -> OptOut | None:
    """The first opt-out that keeps an article from being stored at all; None where none does."""
    kinds = set(obeyed) - {NOARCHIVE}
    return next((each for each in opt_outs if _kind(each.name) in kinds), None)


def _kind(name: str) -> str | None:
    """Which choice an opt-out belongs to; None for those that nobody can choose (nosnippet, noimageai)."""
    if name in {NOARCHIVE, "noindex", "noai"}:
        return name
    subject, _, answer = name.partition("=")
    words = set(re.split("-", subject))
    if subject == "tdm-reservation" or (answer and "tdm" in words):
        return "tdm"
    if answer and words & {"ai", "genai"}:
        return "noai"
    return "noindex" if answer and subject == "search" else None
