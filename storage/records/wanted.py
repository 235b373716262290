"""Which words a text must have, as full-text search can ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPhrase:
    """Words side by side, folded (`storage.folding.fold`)."""

    words: tuple[str, ...]
    is_prefix: bool = False  # the last one may go on


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAny:
    """At least one of the parts; there is at least one."""

    parts: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAll:
    """All of the parts; there is at least one."""

    parts: tuple[Wanted, ...]


Wanted: TypeAlias = WantedPhrase | WantedAny | WantedAll
