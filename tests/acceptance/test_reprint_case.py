"""The case that Presswatch was made for: an analysis and its reprint, each at its outlet."""

from __future__ import annotations

import gzip
import json
from datetime import datetime

import pytest

from tests.newsweb.catalogue import RSS, key_of, write_catalogue

OUTLETS = ("jpost", "track-persia")


@pytest.fixture(scope="module")
def case(shared):
    folder = shared / "cases" / "reprint"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; set PRESSWATCH_SHARED to the folder of shared test data")
    return folder


@pytest.fixture(scope="module")
def expected(case):
    return json.loads((case / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def web(case, expected, newsweb, tmp_path_factory):
    """Both pages at addresses of their own."""
    pages = tmp_path_factory.mktemp("pages")
    with (pages / "reprint.jsonl").open("w", encoding="utf-8") as records:
        for name in OUTLETS:
            (pages / f"{name}.html.gz").write_bytes(gzip.compress((case / f"{name}.html").read_bytes()))
            record = {
                "id": name,
                "corpus": "reprint",
                "site": expected[name]["outlet"],
                "url": expected[name]["url"],
                "html": f"{name}.html.gz",
            }
            records.write(json.dumps(record) + "\n")
    return newsweb("--real-pages", str(pages))


@pytest.fixture(scope="module", params=[OUTLETS, OUTLETS[::-1]], ids=["the original first", "the reprint first"])
def service(request, expected, web, presswatch, tmp_path_factory):
    """A service that has crawled one outlet after the other."""
    service = presswatch(write_catalogue(tmp_path_factory.mktemp("catalogue"), web.outlets, mixes=[RSS]))
    keys = {outlet["name"]: key_of(outlet["index"]) for outlet in web.outlets}
    for name in request.param:
        done = service.run("crawl", keys[expected[name]["outlet"]])
        assert done.returncode == 0, done.stdout + done.stderr
    return service


@pytest.fixture(scope="module")
def stored(expected, service, web):
    """Both articles as stored, by outlet."""
    names = {expected[name]["outlet"]: name for name in OUTLETS}
    outlets = {outlet["base"]: names[outlet["name"]] for outlet in web.outlets}
    articles = {outlets[article.url[: article.url.index("/", 8)]]: article for article in service.stored.articles()}
    assert len(service.stored.articles()) == len(articles) == len(OUTLETS)
    return articles


@pytest.mark.parametrize("outlet", OUTLETS)
def test_both_copies_are_collected_with_title_and_author(stored, expected, outlet):
    assert stored[outlet].title == expected[outlet]["title"]
    assert stored[outlet].authors == tuple(expected[outlet]["authors"])


def test_the_original_is_dated_to_the_minute(stored, expected):
    published = stored["jpost"].published_at
    wanted = datetime.fromisoformat(expected["jpost"]["published"])
    assert published is not None
    assert published.replace(second=0) == wanted.replace(second=0)
    assert stored["jpost"].published_precision in ("minute", "second")


def test_the_reprint_is_dated_when_it_was_republished(stored, expected):
    assert stored["track-persia"].published_at == datetime.fromisoformat(expected["track-persia"]["republished"])


@pytest.mark.parametrize("outlet", OUTLETS)
def test_the_text_is_whole(stored, expected, outlet):
    body = " ".join(stored[outlet].body.split())
    assert [part for part in expected[outlet]["body"] if " ".join(part.split()) not in body] == []


@pytest.mark.parametrize("outlet", OUTLETS)
def test_neither_caption_nor_about_block_nor_links_are_in_the_text(stored, expected, outlet):
    assert [part for part in expected[outlet]["never_in_body"] if part in stored[outlet].body] == []


def test_they_are_one_story_whose_origin_is_the_original_s_outlet(service, stored):
    shown = service.run("stories", "show", "1").stdout
    assert "story 1: 2 articles" in shown
    lines = shown.splitlines()
    told = next(line for line in lines if line.startswith("Origin: "))
    assert told.startswith("Origin: The Jerusalem Post. Also at: Track Persia, two days later, 100% of the words")
    assert 'says so: credit line "The Jerusalem Post"' in shown


def test_explain_names_story_origin_and_claim(service, stored):
    told = service.run("explain", stored["track-persia"].url).stdout
    assert "Origin: The Jerusalem Post. Also at: Track Persia" in told
    assert 'names The Jerusalem Post by its credit line "The Jerusalem Post"' in told
