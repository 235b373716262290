"""Origin claims are kept with their evidence, and tell whose text an article or a story is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from storage.records import Agency, ClaimRank, Copy, Extraction, Outlet, Story, StoryArticle
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import writing
from storage.sql.origins import Claimant, SqlOriginBook
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import HOUR, NOW, extraction, listed, outlet, verdict

AGENCIES = (Agency(key="reuters", name="Reuters", aliases=("رويترز",), domains=("reuters.example",)),)
JPOST_URL, TRACK_URL = "https://jpost.example/a", "https://track.example/a"


@pytest.fixture
def origins(engine: Engine) -> SqlOriginBook:
    return SqlOriginBook(engine, AGENCIES, domain_of)


@pytest.fixture
def claimant() -> Claimant:
    return Claimant(AGENCIES, domain_of)


@pytest.fixture
def store(engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, claimant: Claimant):
    """Stores an article of an outlet, or a revision of it, notes its claims and returns its id."""

    def stored(url: str, text: Extraction, *, key: str = "jpost", at=NOW) -> int:
        (pending,) = listed(crawl, book, url, key=key)
        (done,) = crawl.record_verdicts([verdict(pending, text, at=at)])
        assert done.article_id is not None
        with writing(engine) as connection:
            claimant.note(connection, [done.article_id], at)
        return done.article_id

    return stored


def story(*articles: tuple[int, str, int], copies: Sequence[Copy] = ()) -> Story:
    """Of (article id, outlet key, hours after NOW at which it was seen)."""
    members = tuple(
        StoryArticle(
            article_id=number,
            outlet_key=key,
            outlet_name=f"The {key}",
            url=f"https://{key}.example/a",
            title="Iran withdraws",
            published=None,
            first_seen_at=NOW + hours * HOUR,
            language="en",
            words=100,
        )
        for number, key, hours in articles
    )
    return Story(id=7, created_at=NOW, updated_at=NOW, articles=members, copies=tuple(copies))


def test_a_claim_is_kept_with_its_evidence(store, origins: SqlOriginBook):
    number = store(JPOST_URL, extraction("LONDON (Reuters) - Iran withdrew.\n\nHezbollah stayed."))
    (claim,) = origins.claims([number])[number]
    assert (claim.rank, claim.rule, claim.party.key, claim.party.name) == (
        ClaimRank.NAMED, "dateline", "agency:reuters", "Reuters",
    )  # fmt: skip
    assert claim.evidence == "LONDON (Reuters) - Iran withdrew."
    assert claim.revision == 1


def test_a_claim_that_is_read_again_stays_as_it_was(engine: Engine, store, claimant: Claimant, origins: SqlOriginBook):
    number = store(JPOST_URL, extraction("LONDON (Reuters) - Iran withdrew."))
    before = origins.claims([number])
    with writing(engine) as connection:
        claimant.note(connection, [number], NOW + HOUR)
    assert origins.claims([number]) == before


def test_a_credit_line_names_the_other_outlet_whichever_came_first(store, book: SqlOutletBook, origins: SqlOriginBook):
    book.load([outlet("jpost"), outlet("track")], "added", NOW)
    own = store(JPOST_URL, extraction())
    copy = store(TRACK_URL, extraction(credit="The jpost"), key="track")
    for hours in ((0, 48), (48, 0)):
        asked = story((own, "jpost", hours[0]), (copy, "track", hours[1]))
        origin = origins.origins([asked])[asked.id]
        assert (origin.party.key, origin.party.name, origin.rank) == ("outlet:jpost", "The jpost", ClaimRank.NAMED)
        assert origin.article_id == own
        assert [claim.value for claim in origin.claims] == ["The jpost"]


def test_claims_that_disagree_are_both_told(store, book: SqlOutletBook, origins: SqlOriginBook):
    book.load([outlet("jpost"), outlet("track"), outlet("blog")], "added", NOW)
    own = store(JPOST_URL, extraction())
    copy = store(TRACK_URL, extraction(origins=(("canonical", JPOST_URL),), desks=("رويترز",)), key="track")
    asked = story((own, "jpost", 0), (copy, "track", 1))
    origin = origins.origins([asked])[asked.id]
    assert (origin.party.key, origin.rank) == ("outlet:jpost", ClaimRank.DECLARED)
    assert [claim.party.key for claim in origin.disputed] == ["agency:reuters"]


def test_an_outlet_at_an_agency_s_domain_is_the_agency(store, book: SqlOutletBook, origins: SqlOriginBook):
    book.load([outlet("reuters"), outlet("track")], "added", NOW)
    wire = store("https://reuters.example/a", extraction(), key="reuters")
    copy = store(TRACK_URL, extraction(), key="track")
    contained = [Copy(article_id=wire, other_id=copy, of_article=0.5, of_other=0.9, words=50)]
    asked = story((wire, "reuters", 0), (copy, "track", 1), copies=contained)
    origin = origins.origins([asked])[asked.id]
    assert (origin.party.key, origin.rank, origin.article_id) == ("agency:reuters", ClaimRank.CONTAINED, wire)


def test_where_nobody_says_anything_the_first_was_seen_first(store, book: SqlOutletBook, origins: SqlOriginBook):
    book.load([outlet("jpost"), outlet("track")], "added", NOW)
    own, copy = store(JPOST_URL, extraction()), store(TRACK_URL, extraction(), key="track")
    asked = story((own, "jpost", 5), (copy, "track", 1))
    origin = origins.origins([asked])[asked.id]
    assert (origin.party.key, origin.is_seen_first, origin.article_id) == ("outlet:track", True, copy)


def test_an_article_alone_tells_its_origin_or_nothing(store, origins: SqlOriginBook):
    told = store(JPOST_URL, extraction("LONDON (Reuters) - Iran withdrew."))
    silent = store("https://jpost.example/b", extraction(desks=("The jpost",)))
    origin = origins.origin_of(told)
    assert origin is not None
    assert origin.party.key == "agency:reuters"
    assert origins.origin_of(silent) is None
    assert origins.origin_of(10_000) is None


def test_a_name_that_is_known_later_counts_as_known_once_it_is_read_again(
    engine: Engine, store, book: SqlOutletBook, claimant: Claimant, origins: SqlOriginBook
):
    number = store(JPOST_URL, extraction(credit="The Daily Example"))
    assert [claim.party.key for claim in origins.claims([number])[number]] == ["name:dailyexample"]
    known = Outlet(key="daily", name="Daily Example", home_url="https://daily.example/")
    book.load([known], "added", NOW + timedelta(minutes=1))
    told: list[tuple[int, int]] = []
    assert claimant.note_all(engine, NOW, lambda done, total: told.append((done, total))) == 1
    assert told == [(1, 1)]
    assert [claim.party.key for claim in origins.claims([number])[number]] == ["outlet:daily"]


def test_what_a_page_says_is_kept_whatever_it_is(store, origins: SqlOriginBook):
    hostile = extraction(credit="<script>\x00\ud800" + "x" * 5_000, origins=(("canonical", "https://[" + "y" * 9_000),))
    number = store(JPOST_URL, hostile)
    assert len(origins.claims([number]).get(number, ())) <= 1
