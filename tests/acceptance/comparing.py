"""Compares what is stored with what a news web offered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.acceptance.stored import StoredArticle
from tests.newsweb.process import RunningNewsweb

Truth = Mapping[str, Mapping[str, Any]]


def keys_by_url(truth: Truth) -> dict[str, str]:
    """The article that each URL leads to, canonical or not."""
    return {url: key for key, record in truth.items() for url in (record["url"], *record["variants"].values())}


def by_key(articles: Iterable[StoredArticle], truth: Truth) -> dict[str, list[StoredArticle]]:
    """The stored articles of each key of the truth; those that are no article of it under ""."""
    keys, found = keys_by_url(truth), defaultdict(list)
    for article in articles:
        found[keys.get(article.url, "")].append(article)
    return found


def reachable(web: RunningNewsweb, truth: Truth, now: float) -> set[str]:
    """Articles published by `now`, never removed, and not beyond any polite client's reach."""
    lost = {key for outlet in web.outlets for key in outlet["unreachable"]}
    return {
        key
        for key, record in truth.items()
        if record["published_ts"] <= now and not record["removed_at"] and key not in lost
    }


def not_stored_once(web: RunningNewsweb, truth: Truth, articles: Iterable[StoredArticle], now: float) -> dict[str, int]:
    """Articles that should be stored exactly once and are not, with how often they are; empty when all is well.

    Removed articles may be there or not, but not twice. An article that the web never offered counts under "".
    """
    found, wanted = by_key(articles, truth), reachable(web, truth, now)
    missing = {key: 0 for key in wanted if key not in found}
    too_many = {key: len(stored) for key, stored in found.items() if len(stored) > (key != "")}
    return missing | too_many
