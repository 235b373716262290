"""Which subscriptions hubs are asked for at one look."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.spiders.subscriber import one_a_domain
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
