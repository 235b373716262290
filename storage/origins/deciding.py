"""The origin of a story, from what its articles claim: the same whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from storage.records import ClaimRank, OriginClaim, Party, StoryOrigin

_BYLINE = "byline"
#: So much of a text must be in an agency's earlier one for it to be the agency's.
CONTAINED_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """One article of a story, with all that it claims."""

    article_id: int
    party: Party  # its outlet, as a party
    first_seen_at: datetime
    claims: tuple[OriginClaim, ...] = ()
    revision: int = 1
    contained_in: Mapping[int, float] | None = None  # share of its words in other articles of the story, by id


def origin_of(tellers: Sequence[Teller]) -> StoryOrigin:
    """The origin of a story of at least one article.

    Order: what an article declares of another place, or names, the lower rank first; where the named outlet's own
    article in the story names another in turn, that one (a reprint of a reprint). Then what outlets say of
    themselves; then the agency in whose earlier text another's is contained; then who was seen first, which is
    called so. Of claims of one rank a bare name that nobody is known by loses, those of more outlets win, then those
    whose article is in the story, then who was seen first, then whom an article names first ("dpa/AFP").
    """
    tellers = sorted(tellers, key=_age)
    contained = [claim for teller in tellers for claim in _contained(teller, tellers)]
    every = [claim for teller in tellers for claim in teller.claims] + contained
    by_others = [claim for claim in every if not claim.is_own]
    told = [claim for claim in by_others if claim.rank <= ClaimRank.NAMED]
    own = [claim for claim in every if claim.is_own]
    for claims in (told, own, contained):
        if claims:
            return _chosen(claims, tellers, every)
    first = tellers[0]
    return StoryOrigin(party=first.party, rank=ClaimRank.SEEN_FIRST, article_id=first.article_id)


def _age(teller: Teller) -> tuple[datetime, str, int]:
    return teller.first_seen_at, teller.party.key, teller.article_id


def _contained(teller: Teller, tellers: Iterable[Teller]) -> Iterable[OriginClaim]:
    """Claims that a text is in an earlier one of an agency."""
    if teller.party.is_agency:
        return
    for other in tellers:
        share = (teller.contained_in or {}).get(other.article_id, 0.0)
        if other.party.is_agency and other.first_seen_at < teller.first_seen_at and share >= CONTAINED_SHARE:
            yield OriginClaim(
                article_id=teller.article_id,
                revision=teller.revision,
                rank=ClaimRank.CONTAINED,
                rule="contained in an earlier text of an agency",
                value=other.party.name,
                party=other.party,
                evidence=f"{share:.0%} of its words are in article {other.article_id}, seen earlier",
            )


def _chosen(claims: Sequence[OriginClaim], tellers: Sequence[Teller], every: Sequence[OriginClaim]) -> StoryOrigin:
    outlet_of = {teller.article_id: teller.party.key for teller in tellers}
    said: dict[str, list[OriginClaim]] = {}
    for teller in tellers:
        said.setdefault(teller.party.key, []).extend(teller.claims)
    leads = {id(claim): _followed(claim, outlet_of, said) for claim in every}
    support: dict[str, list[OriginClaim]] = {}
    for claim in claims:
        support.setdefault(leads[id(claim)].key, []).append(claim)
    parties = {party.key: party for party in leads.values()}
    places = {teller.party.key: number for number, teller in reversed(list(enumerate(tellers)))}
    places_of = {id(claim): place for teller in tellers for place, claim in enumerate(teller.claims)}

    def worth(key: str) -> tuple[int, bool, int, int, int, str]:
        backing = support[key]
        outlets = {outlet_of[claim.article_id] for claim in backing}
        seen = places.get(key, len(tellers))
        named = min(places_of.get(id(claim), 0) for claim in backing)
        return min(c.rank for c in backing), key.startswith("name:"), -len(outlets), seen, named, key

    best = min(support, key=worth)
    backing = sorted(support[best], key=_strength)
    named_there = {claim.article_id for claim in backing}
    others = [
        claim
        for claim in every
        if claim.party.key != best
        and not (claim.is_own and claim.article_id in named_there)
        and leads[id(claim)].key != best
    ]
    return StoryOrigin(
        party=_fullest(parties[best], tellers),
        rank=backing[0].rank,
        article_id=next((teller.article_id for teller in tellers if teller.party.key == best), None),
        claims=tuple(backing),
        disputed=tuple(sorted(others, key=_strength)),
    )


def _strength(claim: OriginClaim) -> tuple[int, bool, str, str, int]:
    return claim.rank, claim.is_own, claim.party.key, claim.rule, claim.article_id


def _followed(claim: OriginClaim, outlet_of: Mapping[int, str], said: Mapping[str, Sequence[OriginClaim]]) -> Party:
    """Where a claim leads: its party, or whom that party's own article in the story names, and so on. A byline that
    names the outlet beside an agency leads no further: both wrote it. `said` are the claims of each party's articles.
    """
    party, passed = claim.party, {outlet_of.get(claim.article_id), claim.party.key}
    while True:
        own = said.get(party.key, ())
        further = [each for each in own if not each.is_own and each.rank <= ClaimRank.NAMED]
        best = min(further, key=_strength, default=None)
        if best is None or best.party.key in passed or (best.rule == _BYLINE and any(each.is_own for each in own)):
            return party
        party = best.party
        passed.add(party.key)


def _fullest(party: Party, tellers: Sequence[Teller]) -> Party:
    """The party with its address, where another way of naming it knows one."""
    known = next((teller.party for teller in tellers if teller.party.key == party.key), party)
    return replace(party, url=party.url or known.url)
