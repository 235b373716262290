"""Whose text a story is, from what its articles claim."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from storage.origins.deciding import Teller, origin_of
from storage.records import ClaimRank, OriginClaim, Party

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
JPOST, TRACK, BLOG = (Party(key=f"outlet:{key}", name=key) for key in ("jpost", "track", "blog"))
REUTERS, AP = (Party(key=f"agency:{key}", name=key) for key in ("reuters", "ap"))
GAZETTE = Party(key="name:gazette", name="Gazette")


def claim(article: int, party: Party, rank: int = 2, *, own: bool = False) -> OriginClaim:
    rule = "canonical" if rank == 1 else "byline"
    return OriginClaim(
        article_id=article, revision=1, rank=ClaimRank(rank), rule=rule, value=party.name, party=party, is_own=own
    )


def teller(article: int, party: Party, *claims: tuple, hours: int | None = None, within: dict | None = None) -> Teller:
    return Teller(
        article_id=article,
        party=party,
        first_seen_at=BEGIN + timedelta(hours=article if hours is None else hours),
        claims=tuple(claim(article, *each[:2], own=len(each) > 2) for each in claims),
        contained_in=within,
    )


# the tellers, whose text it is, the rank, its article, and who is claimed besides
STORIES = {
    "a credit line names the other outlet": (
        [teller(1, JPOST), teller(2, TRACK, (JPOST, 2))], "outlet:jpost", 2, 1, [],
    ),
    "the reprint came in first": (
        [teller(1, TRACK, (JPOST, 2)), teller(2, JPOST)], "outlet:jpost", 2, 2, [],
    ),
    "an agency that is not collected": (
        [teller(1, JPOST, (REUTERS, 2)), teller(2, TRACK)], "agency:reuters", 2, None, [],
    ),
    "what is declared comes before what is named, and both are told": (
        [teller(1, JPOST), teller(2, TRACK, (JPOST, 1), (AP, 2))], "outlet:jpost", 1, 1, ["agency:ap"],
    ),
    "a reprint of a reprint leads to the first": (
        [teller(1, BLOG, (TRACK, 1)), teller(2, TRACK, (JPOST, 2)), teller(3, JPOST)], "outlet:jpost", 1, 3, [],
    ),
    "an outlet is named that itself names an agency": (
        [teller(1, TRACK, (JPOST, 1)), teller(2, JPOST, (REUTERS, 2))], "agency:reuters", 1, None, [],
    ),
    "an outlet that signs beside an agency is not passed over": (
        [teller(1, TRACK, (JPOST, 2)), teller(2, JPOST, (JPOST, 2, "own"), (REUTERS, 2))], "outlet:jpost", 2, 2,
        ["agency:reuters"],
    ),
    "two that name each other: the stronger claim wins": (
        [teller(1, TRACK, (JPOST, 1)), teller(2, JPOST, (TRACK, 2))], "outlet:jpost", 1, 2, ["outlet:track"],
    ),
    "two outlets against one": (
        [teller(1, JPOST, (AP, 2)), teller(2, TRACK, (REUTERS, 2)), teller(3, BLOG, (REUTERS, 2))],
        "agency:reuters", 2, None, ["agency:ap"],
    ),
    "a bare name loses to one that is known": (
        [teller(1, JPOST, (GAZETTE, 2)), teller(2, TRACK, (GAZETTE, 2)), teller(3, BLOG, (AP, 2))],
        "agency:ap", 2, None, ["name:gazette", "name:gazette"],
    ),
    "a bare name is better than nothing": (
        [teller(1, JPOST), teller(2, TRACK, (GAZETTE, 2))], "name:gazette", 2, None, [],
    ),
    "an outlet that names itself": (
        [teller(1, TRACK), teller(2, JPOST, (JPOST, 2, "own"))], "outlet:jpost", 2, 2, [],
    ),
    "what another outlet says comes before what one says of itself": (
        [teller(1, TRACK, (TRACK, 2, "own"), (JPOST, 2)), teller(2, JPOST)], "outlet:jpost", 2, 2, [],
    ),
    "contained in an earlier text of an agency": (
        [teller(1, REUTERS), teller(2, TRACK, within={1: 0.9})], "agency:reuters", 3, 1, [],
    ),
    "an agency that came later says nothing": (
        [teller(1, TRACK, within={2: 0.9}), teller(2, REUTERS)], "outlet:track", 4, 1, [],
    ),
    "a passage in an agency's text says nothing": (
        [teller(1, REUTERS), teller(2, TRACK, within={1: 0.2})], "agency:reuters", 4, 1, [],
    ),
    "nobody says anything: seen first": (
        [teller(1, JPOST, hours=5), teller(2, TRACK, hours=3)], "outlet:track", 4, 2, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_origins(name: str):
    tellers, party, rank, article, disputed = STORIES[name]
    origin = origin_of(tellers)
    assert (origin.party.key, origin.rank, origin.article_id) == (party, rank, article)
    assert [each.party.key for each in origin.disputed] == disputed
    assert origin.is_seen_first == (rank == 4)
    assert bool(origin.claims) == (rank != 4)


@pytest.mark.parametrize("name", STORIES)
def test_the_order_of_articles_and_claims_makes_no_difference(name: str):
    tellers = STORIES[name][0]
    assert len({repr(origin_of(order)) for order in itertools.permutations(tellers)}) == 1


def test_the_agency_s_own_share_is_told():
    (told,) = origin_of([teller(1, REUTERS), teller(2, TRACK, within={1: 0.9})]).claims
    assert told.evidence == "90% of its words are in article 1, seen earlier"
