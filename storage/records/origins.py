"""Where a text comes from: agencies, who is meant, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A news agency, whose texts other outlets publish; it need not be collected."""

    key: str  # short, stable, of [a-z0-9-]
    name: str
    aliases: tuple[str, ...] = ()  # other names, in all scripts: credit lines and bylines
    signs: tuple[str, ...] = ()  # short signs that mean it only in datelines, sign-offs and bylines ("AA")
    domains: tuple[str, ...] = ()  # registrable domains: an outlet there is this agency
    home_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whom a claim means.

    `key` tells the kind: "outlet:" and its key, "agency:" and its key, "site:" and a registrable domain, "name:" and
    the name evened out. An outlet that is an agency is known by the agency's key.
    """

    key: str
    name: str
    url: str | None = None  # its home page, where one is known

    @property
    def is_known(self) -> bool:
        """Whether an outlet or an agency is meant."""
        return self.key.startswith(("outlet:", "agency:"))

    @property
    def is_agency(self) -> bool:
        """Whether an agency is meant."""
        return self.key.startswith("agency:")


class ClaimRank(IntEnum):
    """How much a claim of origin is worth; the smaller, the more."""

    DECLARED = 1  # a canonical link to another site, isBasedOn, source meta, the feed's <source>
    NAMED = 2  # a credit line, a byline, a dateline, "first published in ..."
    CONTAINED = 3  # the text is in an earlier one of an agency
    SEEN_FIRST = 4  # nobody says anything: seen first, which is no origin


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginClaim:
    """One statement, on an article's page or about it, of whose text it is."""

    article_id: int
    revision: int  # number of the revision that said it first
    rank: ClaimRank
    rule: str  # "canonical", "credit line", "byline", "dateline", ...
    value: str  # as it was found: a URL or a name
    party: Party
    evidence: str = ""  # the passage that it stands in, where that is more than the value
    is_own: bool = False  # the outlet names itself


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryOrigin:
    """Whose text a story is, as far as its articles tell; `rank` SEEN_FIRST says that none of them does."""

    party: Party
    rank: ClaimRank
    article_id: int | None = None  # the party's own article in the story, where it is collected
    claims: tuple[OriginClaim, ...] = ()  # that lead there, the strongest first
    disputed: tuple[OriginClaim, ...] = ()  # that name another party, the strongest first

    @property
    def is_seen_first(self) -> bool:
        """Whether the party was only seen first."""
        return self.rank is ClaimRank.SEEN_FIRST
