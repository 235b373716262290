"""A small press for these tests: two outlets, the shipped agencies, and articles of few words."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.outlets.agencies import read_agencies, shipped_agencies
from crawler.sites import site_of
from storage.origins.claims import Told, claims_of
from storage.origins.names import Namebook
from storage.records import Outlet, Revision

AGENCIES = read_agencies([shipped_agencies()])
JPOST = Outlet(
    key="jpost", name="The Jerusalem Post", home_url="https://www.jpost.com/", aliases=("JPost", "Jerusalem Post Staff")
)
TRACK = Outlet(key="track-persia", name="Track Persia", home_url="https://www.trackpersia.com/")
AHRAM = Outlet(key="ahram", name="الأهرام", home_url="https://gate.ahram.org.eg/", aliases=("Al-Ahram",))
BBC = Outlet(key="bbc", name="BBC News", home_url="https://www.bbc.com/news", aliases=("BBC",))
BBC_PERSIAN = Outlet(key="bbc-persian", name="بی‌بی‌سی فارسی", home_url="https://www.bbc.com/persian")
TASNIM = Outlet(key="tasnim", name="خبرگزاری تسنیم", home_url="https://www.tasnimnews.com/")
BOOK = Namebook((JPOST, TRACK, AHRAM, BBC, BBC_PERSIAN, TASNIM), AGENCIES, site_of)
MIDDLE = "\n\n".join(f"Paragraph {n} tells of the bridge over the river and of nothing else." for n in range(5))


def revision(body: str = MIDDLE, **fields) -> Revision:
    values = {
        "id": 1, "article_id": 1, "number": 1, "seen_at": datetime(2026, 5, 1, tzinfo=UTC), "capture_id": None,
        "title": "A bridge", "authors": (), "body": body, "published": None, "modified": None, "language": None,
        "credit": None, "section": None, "lead_image": None, "evidence": (), "extractor": "test",
    }  # fmt: skip
    return Revision(**(values | fields))


def claimed(outlet: str = "track-persia", url: str = "https://www.trackpersia.com/a-bridge/", **fields):
    """(rank, rule, party) of each claim of one article."""
    told = Told(article_id=1, outlet_key=outlet, url=url, revision=revision(**fields))
    return [(claim.rank.value, claim.rule, claim.party.key) for claim in claims_of(told, BOOK)]
