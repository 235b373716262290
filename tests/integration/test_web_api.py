"""The JSON API over a real SQLite store and a real socket."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote

import jsonschema_rs
import pytest

from delivery.api.examples import example_of
from tests.pressroom import DOZEN, NOW, fill, pressroom
from tests.readingroom import reading_room
from tests.watching import WatchStore
from tests.webserver import serving


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        room.ids = fill(room)
        yield room


@pytest.fixture(scope="module")
def site(room):
    with serving(room) as site:
        yield site


def test_articles_come_newest_first(site):
    items = site.ask("/api/v1/articles").json["items"]
    assert [item["url"] for item in items] == [piece.url for piece in reversed(DOZEN)]
    assert items[0]["outlet"] == {"key": "gazette", "name": "The Harbour Gazette"}
    assert items[0]["published"]["value"] == "2026-03-14T15:21:00Z"
    assert (items[0]["section"], items[0]["tags"]) == ("World", ["Harbours", "Grain"])
    assert items[0]["first_seen_at"] == "2026-03-14T15:28:00Z"
    assert items[2]["published"] == {
        "value": "2026-03-14",
        "precision": "day",
        "zone": "none",
        "rule": "byline",
    }


def test_pages_follow_one_another_without_gap_or_overlap(site):
    seen, cursor = [], ""
    while cursor is not None:
        page = site.ask(f"/api/v1/articles?limit=5{cursor}").json
        seen += [item["id"] for item in page["items"]]
        cursor = f"&before_id={page['next_before_id']}" if page["next_before_id"] else None
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 12


FILTERS = {
    "outlet": ("outlet=ledger", 2),
    "language": ("language=he", 2),
    "words": ("q=premiums", 1),
    "since": ("since=2026-03-14T15:00:00Z", 2),
    "since, told in another zone": ("since=2026-03-14T18:30:00%2B03:30", 2),
    "until": ("until=2026-03-13T00:00:00Z", 2),
}


@pytest.mark.parametrize(("query", "count"), FILTERS.values(), ids=FILTERS)
def test_a_filter_leaves_what_it_asks_for(site, query, count):
    assert len(site.ask(f"/api/v1/articles?{query}").json["items"]) == count


def test_an_article_comes_with_its_history(site, room):
    whole = site.ask(f"/api/v1/articles/{room.ids[-1]}").json
    assert [revision["number"] for revision in whole["history"]] == [2, 1]
    assert "unloaded within hours" in whole["history"][0]["text"]
    assert "unloaded within hours" not in whole["history"][1]["text"]
    assert whole["history"][0]["evidence"][1] == {
        "field": "authors",
        "rule": "json-ld",
        "value": "Anna Reed",
        "lost": [{"rule": "meta author", "value": "Gazette Newsroom"}],
    }
    assert len(whole["captures"]) == 2
    assert (whole["section"], whole["tags"]) == ("World", ["Harbours", "Grain"])
    picture = {"url": "https://gazette.example/ship.jpg", "caption": "The first ship", "credit": "Lina Haddad"}
    assert whole["history"][0]["lead_image"] == picture
    [entry] = whole["history"][0]["entries"]
    assert (entry["headline"], entry["at"]["value"]) == ("A second ship", "2026-03-14T15:28:00Z")


def test_an_article_is_found_by_any_variant_of_its_address(site, room):
    for variant in (
        "https://gazette.example/2026/03/14/reopens",
        "https://gazette.example:443/2026/03/14/reopens?utm_source=x#top",
    ):
        found = site.ask(f"/api/v1/articles/lookup?url={quote(variant, safe='')}")
        assert found.status == 200
        assert found.json["id"] == room.ids[-1]


def test_what_became_of_an_address_is_explained(site, room):
    told = site.ask(f"/api/v1/explain?url={quote(DOZEN[0].url, safe='')}").json
    assert told["ways"][0]["reason"] == "stored"
    assert told["ways"][0]["article_id"] == room.ids[0]
    assert told["ways"][0]["found"][0]["source_url"] == "https://boker.example/feed.xml"
    assert site.ask("/api/v1/explain?url=https://nowhere.example/").json["ways"] == []


def test_search_needs_words(site):
    assert len(site.ask("/api/v1/search?q=harbour+pilots&language=en").json["items"]) >= 4
    assert site.ask("/api/v1/search").status == 422


def test_outlets_tell_their_state(site):
    states = {item["key"]: item["state"] for item in site.ask("/api/v1/outlets").json["items"]}
    assert states == {"boker": "failing", "gazette": "ok", "ledger": "ok", "nahar": "ok", "ruz": "ok"}
    one = site.ask("/api/v1/outlets/boker").json
    assert one["last_failure"]["reason"] == "http-503"
    assert one["sources"][0]["failures"] == 1
    visits = site.ask("/api/v1/outlets/boker/visits?limit=2").json["items"]
    assert [visit["outcome"] for visit in visits] == ["failed", "read"]
    newer = site.ask(f"/api/v1/outlets/boker/visits?after_id={visits[1]['id']}").json["items"]
    assert newer == visits[:1]


def test_a_reader_of_events_misses_none(site):
    seen, since = [], 0
    while True:
        page = site.ask(f"/api/v1/events?since={since}&limit=4").json
        if not page["items"]:
            break
        seen += page["items"]
        since = page["next_since"]
    assert [event["seq"] for event in seen] == sorted({event["seq"] for event in seen})
    kinds = [event["kind"] for event in seen]
    assert kinds.count("article.stored") == 12
    assert kinds.count("article.revised") == 1
    assert kinds.count("source.failed") == 1
    assert page["next_since"] == since


def test_status_counts(site):
    status = site.ask("/api/v1/status").json
    assert status["articles"] == 12
    assert status["outlets"] == 5
    assert status["sources_failing"] == 1


PROBLEMS = {
    "no such article": ("/api/v1/articles/99999", 404),
    "no article at that address": ("/api/v1/articles/lookup?url=https://nowhere.example/", 404),
    "no such outlet": ("/api/v1/outlets/nobody", 404),
    "no visits of no outlet": ("/api/v1/outlets/nobody/visits", 404),
    "no such resource": ("/api/v1/nothing", 404),
    "a search that cannot be read": ("/api/v1/articles?q=%22open", 400),
    "a search without a word": ("/api/v1/search?q=+", 400),
    "a limit over the limit": ("/api/v1/articles?limit=100000", 422),
    "a limit that is no number": ("/api/v1/articles?limit=many", 422),
    "a cursor no database holds": ("/api/v1/articles?before_id=99999999999999999999999", 422),
    "a time without a zone": ("/api/v1/articles?since=2026-03-14T15:00:00", 422),
    "a time before time": ("/api/v1/articles?since=0001-01-01T00:00:00%2B14:00", 422),
    "a time after time": ("/api/v1/articles?until=9999-12-31T23:59:59-14:00", 422),
    "no time": ("/api/v1/articles?since=yesterday", 422),
    "a NUL": ("/api/v1/articles?q=%00", 422),
    "no address": ("/api/v1/explain?url=javascript:alert(1)", 422),
    "an address left out": ("/api/v1/articles/lookup", 422),
}


@pytest.mark.parametrize(("target", "status"), PROBLEMS.values(), ids=PROBLEMS)
def test_an_error_is_a_problem(site, target, status):
    answer = site.ask(target)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert bool(problem.get("errors")) is (status == 422)


PROBLEM = {"application/problem+json"}
#: What is answered in another form than JSON.
STREAMS = {
    "/api/v1/events/stream": {"text/event-stream"},
    "/api/v1/captures/{capture_id}/records": {"application/octet-stream"},
    "/api/v1/export": {"application/x-ndjson", "text/csv"},
}


def test_the_description_matches_what_is_served(site):
    described = site.ask("/api/openapi.json").json
    assert described["openapi"].startswith("3.1")
    text = json.dumps(described)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in described["components"]["schemas"]
    operations = [(path, each) for path, methods in described["paths"].items() for each in methods.values()]
    for path, operation in operations:
        assert operation["description"], path
        assert all(parameter.get("description") for parameter in operation.get("parameters", ()))
        for status, response in operation["responses"].items():
            if status == "301":
                assert list(response["headers"]) == ["Location"]
            elif status != "204":
                good = STREAMS.get(path, {"application/json"})
                is_good = status in {"200", "201"}
                assert response["content"].keys() == (good if is_good else PROBLEM)
    ids = [operation["operationId"] for _, operation in operations]
    assert len(set(ids)) == len(ids)


def test_every_answer_and_body_has_an_example_that_is_one(site):
    described = site.ask("/api/openapi.json").json
    components = {"components": described["components"]}
    for path, methods in described["paths"].items():
        for operation in methods.values():
            for response in operation["responses"].values():
                for content in response.get("content", {}).values():
                    if content["schema"] != {"type": "string"}:
                        jsonschema_rs.validate(content["schema"] | components, content["example"])
            for parameter in operation.get("parameters", ()):
                schema = parameter["schema"]
                is_told = "example" in parameter or schema.keys() & {"examples", "default", "enum"}
                assert is_told or not parameter["required"], (path, parameter["name"])
            if body := operation.get("requestBody"):
                schema = body["content"]["application/json"]["schema"] | components
                jsonschema_rs.validate(schema, example_of(schema, described["components"]["schemas"]))


def test_the_reference_names_every_operation(site):
    described = site.ask("/api/openapi.json").json
    page = site.ask("/api/docs").text
    for path, methods in described["paths"].items():
        assert all(f"{method.upper()} {path}" in page for method in methods)
    assert site.ask("/api").status == 200


def all_of(site, target: str, cursor: str, named: str = "id") -> list[object]:
    """Every item, one a page, by following the cursor."""
    seen, given = [], ""
    while given is not None:
        page = site.ask(f"{target}?limit=1{given}").json
        seen += [item[named] for item in page["items"]]
        given = f"&{cursor}={page[f'next_{cursor}']}" if page[f"next_{cursor}"] is not None else None
    return seen


def test_every_list_goes_on_by_its_cursor_without_gap_or_overlap(tmp_path):
    with reading_room(tmp_path) as reading:
        site, room = reading.site, reading.room
        for number in range(2):
            room.backfills.start("ledger", NOW - timedelta(days=99), NOW - timedelta(days=98 - number), NOW)
            WatchStore(room).watchlists.add(name=f"w{number}", query="harbour", token=f"w{number}" * 12, now=NOW)
        assert all_of(site, "/api/v1/outlets", "after", "key") == [
            item["key"] for item in site.ask("/api/v1/outlets").json["items"]
        ]
        assert all_of(site, "/api/v1/watchlists", "after_id") == [1, 2, 3]
        assert all_of(site, "/api/v1/backfills", "before_id") == [3, 2, 1]
        visits = all_of(site, "/api/v1/outlets/gazette/visits", "before_id")
        assert visits == sorted(visits, reverse=True)
        assert len(set(visits)) == len(visits) > 2
        assert len(all_of(site, f"/api/v1/articles/{reading.ids[-1]}/matches", "after_id", "name")) == 1
        assert site.ask("/api/v1/outlets?after=nobody").status == 404
