"""Which hubs are asked at one look, and where their redirects may lead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.spiders.subscriber import one_a_domain, why_not_followed
from storage.records import HubMode, Subscription, SubscriptionState


def subscription(number: int, hub: str) -> Subscription:
    return Subscription(
        id=number,
        source_id=number,
        outlet_key="jpost",
        source_url="https://jpost.example/feed",
        hub=hub,
        topic="https://jpost.example/feed",
        path="",
        secret="",
        state=SubscriptionState.NAMED,
        asked_mode=None,
        asked_at=None,
        due_at=datetime(2026, 3, 1, tzinfo=UTC),
        failures=0,
        detail=None,
        lease_until=None,
        pushed_at=None,
        proved_at=None,
        refused=0,
        refused_at=None,
        refused_why=None,
    )


def test_a_hub_with_many_feeds_keeps_no_other_hub_waiting():
    hubs = ["https://hub.example.org/"] * 3 + ["https://push.example.org/", "https://hub.example.net/"]
    due = [(subscription(number, hub), HubMode.SUBSCRIBE) for number, hub in enumerate(hubs)]
    assert [found.id for found, _ in one_a_domain(due)] == [0, 4]


@pytest.mark.parametrize(
    ("hub", "url", "is_followed"),
    [
        ("https://hub.example.org/", "https://www.example.org/hub", True),
        ("http://hub.example.org/", "https://hub.example.org/", True),
        ("http://hub.example.org/", "http://hub.example.org/new", True),
        ("https://hub.example.org/", "http://hub.example.org/", False),
        ("https://hub.example.org/", "https://hub.example.net/", False),
    ],
)
def test_no_redirect_of_a_hub_takes_the_secret_elsewhere_or_into_the_open(hub: str, url: str, is_followed: bool):
    assert (why_not_followed(url, hub) is None) is is_followed
