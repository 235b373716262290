"""The case that Presswatch was made for: an analysis and its reprint, each at its outlet."""

from __future__ import annotations

import gzip
import json
from datetime import datetime

import pytest

from tests.newsweb.catalogue import RSS, write_catalogue

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
def stored(case, expected, newsweb, presswatch, tmp_path_factory):
    """Both articles as stored, by outlet."""
    pages = tmp_path_factory.mktemp("pages")
    with (pages / "reprint.jsonl").open("w", encoding="utf-8") as records:
        for name in OUTLETS:
            (pages / f"{name}.html.gz").write_bytes(gzip.compress((case / f"{name}.html").read_bytes()))
            record = {
                "id": name,
                "corpus": "reprint",
                "site": name,
                "url": expected[name]["url"],
                "html": f"{name}.html.gz",
            }
            records.write(json.dumps(record) + "\n")
    web = newsweb("--real-pages", str(pages))
    service = presswatch(write_catalogue(tmp_path_factory.mktemp("catalogue"), web.outlets, mixes=[RSS]))
    done = service.run("crawl")
    assert done.returncode == 0, done.stdout + done.stderr
    outlets = {outlet["base"]: outlet["name"] for outlet in web.outlets}
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
