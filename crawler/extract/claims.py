"""What one place of a page says about who wrote the article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.extract.persons import key, signers_in

BYLINE_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A byline as it was found: by what rule, its text, the persons in it and the desks."""

    rule: str
    text: str
    names: tuple[str, ...]
    desks: tuple[str, ...] = ()


def claims_of(rule: str, texts: Sequence[str], outlet_names: Sequence[str]) -> list[Claim]:
    """One claim of texts that the page marks up as the author's; none of no texts."""
    if not texts:
        return []
    names: dict[str, str] = {}
    desks: dict[str, str] = {}
    for text in texts:
        signers = signers_in(text, outlet_names, is_marked=True)
        for name in signers.persons:
            names.setdefault(key(name), name)
        for desk in signers.desks:
            desks.setdefault(key(desk), desk)
    return [Claim(rule=rule, text=", ".join(texts), names=tuple(names.values()), desks=tuple(desks.values()))]
