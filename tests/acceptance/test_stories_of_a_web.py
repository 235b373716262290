"""Outlets of a local web republish each other's articles: stories and origins as the web itself knows them."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from tests.newsweb.catalogue import RSS, write_catalogue
from tests.newsweb.process import wait_until

OPTIONS = (
    "--outlets=5", "--articles=9", "--syndication=0.4", "--edits=0", "--removals=0", "--crawl-delay=0", "--history=1",
    "--feed-items=50",
)  # fmt: skip


@pytest.fixture(scope="module")
def web(newsweb):
    return newsweb(*OPTIONS)


@pytest.fixture(scope="module")
def groups(web):
    """What was published by several outlets: (its first outlet, its addresses)."""
    truth = web.truth()
    found = defaultdict(set)
    for article in truth.values():
        found[article["group"]].add(article["url"])
    return [(truth[group]["outlet"], urls) for group, urls in found.items() if len(urls) > 1]


@pytest.fixture(scope="module")
def service(web, presswatch, tmp_path_factory):
    """A service that has crawled the web once and worked out its stories by command, with its page open."""
    service = presswatch(write_catalogue(tmp_path_factory.mktemp("catalogue"), web.outlets, mixes=[RSS]))
    done = service.run("crawl")
    assert done.returncode == 0, done.stdout + done.stderr
    done = service.run("stories", "rebuild")
    assert "origins: 45 of 45 articles" in done.stdout, done.stdout + done.stderr
    service.start("web")
    assert wait_until(service.is_ready, 60)
    return service


@pytest.fixture(scope="module")
def stories(service):
    """All stories as the API tells them."""
    listed = json.loads(service.get("/api/v1/stories?limit=200")[1])["items"]
    return [json.loads(service.get(f"/api/v1/stories/{story['id']}")[1]) for story in listed]


def urls_of(story) -> set[str]:
    return {each["url"] for each in (story["measure"], *story["copies"])}


def test_each_republished_article_is_one_story(groups, stories):
    assert len(groups) > 5
    assert sorted(map(sorted, map(urls_of, stories))) == sorted(sorted(urls) for _, urls in groups)


def test_each_story_s_origin_is_its_first_outlet_and_says_why(groups, stories):
    first = {url: outlet for outlet, urls in groups for url in urls}
    for story in stories:
        assert story["origin"]["name"] == first[story["measure"]["url"]]
        assert story["claims"]


def test_the_page_and_the_feed_tell_the_same(service, stories):
    story = stories[0]
    origin, copy = story["origin"]["name"], story["copies"][0]
    assert f"<bdi>{origin}</bdi></a>" in service.get(f"/stories/{story['id']}")[1]
    assert f"<bdi>{origin}</bdi></a>" in service.get(f"/articles/{copy['article_id']}")[1]
    items = json.loads(service.get("/feeds/latest.json?limit=200")[1])["items"]
    told = next(item["_presswatch"]["story"] for item in items if item["url"] == copy["url"])
    assert told["origin"] == {"name": origin, "url": story["measure"]["url"]}
