"""Whatever is asked, the answer is never a failure of ours."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, quote_from_bytes

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.records import Evidence
from storage.sql.subscriptions import SqlSubscriptionBook
from tests.pressroom import DOZEN, fill, pressroom
from tests.webserver import serving

PATHS = [
    "/", "/outlets", "/feeds/latest.rss", "/feeds/latest.atom", "/feeds/latest.json", "/api/v1/articles",
    "/api/v1/articles/lookup", "/api/v1/search", "/api/v1/explain", "/api/v1/events", "/api/v1/status",
    "/api/v1/outlets/gazette/visits", "/articles/{}", "/outlets/{}", "/api/v1/articles/{}", "/api/v1/outlets/{}",
    "/feeds/latest.{}", "/static/{}", "/{}", "/websub/{}",
]  # fmt: skip
NAMES = ["q", "outlet", "language", "within", "before", "before_id", "limit", "since", "until", "after_id", "url"]

NASTY = st.sampled_from(
    [
        "\x00", "a\x00b", "-1", "0", "1", str(2**31), str(2**63 - 1), str(2**63), "9" * 5000, "1e9", "NaN", "٣", "½",
        '"', '""', '" "', "*", "**", "a*b*", "NEAR(a b)", "a OR b", "(", "AND", "-a", "a:b", "{a}", "^a", "+", "%",
        "'; DROP TABLE articles; --", "../../etc/passwd", "..\\..\\x", "\ud7ff\ue000\uffff", "😀" * 50, "\u202e",
        "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "2026-02-30T00:00:00Z", "2026-03-14T15:00:00Z",
        "http://", "http://[", "https://[::1", "http://a b/", "https://xn--/", "//x", "https://gazette.example/2026",
        "javascript:alert(1)", "data:,x", "a" * 3999, "\u0130", "ß*", "\u200c", "َ",
    ]
)  # fmt: skip
VALUES = st.one_of(
    NASTY.map(lambda text: quote(text, safe="")),
    st.text(max_size=40).map(lambda text: quote(text.encode("utf-8", "replace"), safe="")),
    st.binary(max_size=20).map(quote_from_bytes),
    st.integers().map(str),
)


@pytest.fixture
def site(tmp_path, database_url):
    with pressroom(database_url, tmp_path) as room:
        fill(room)
        with serving(room, pushes=SqlSubscriptionBook(room.engine)) as site:
            yield site


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(PATHS),
    part=VALUES,
    parameters=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4),
    method=st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS"]),
)
def test_no_request_makes_it_fail(site, path, part, parameters, method):
    query = "&".join(f"{name}={value}" for name, value in parameters)
    target = path.format(part.replace("/", "%2F"))[:20000] + (f"?{query}" if query else "")
    answer = site.ask(target, method)
    assert answer.status < 500
    assert b"Traceback" not in answer.body


HEADERS = {
    "a tag of quotes": {"if_none_match": '""""",,,W/"'},
    "a date far off": {"if_modified_since": "Fri, 31 Dec 9999 23:59:59 GMT"},
    "a date with an odd zone": {"if_modified_since": "Sat, 09 May 2020 15:31:07 +9999"},
    "a date that is none": {"if_modified_since": "\xff"},
    "a range": {"range": "bytes=0-10,20-,-5"},
    "a strange accept": {"accept": "*/*;q=x,,"},
    "a host with a space": {"host": "local host"},
    "a host with an open bracket": {"host": "[::1"},
    "a host with a port that is none": {"host": "localhost:port"},
}


def test_no_header_makes_it_fail(site):
    for target in ("/", "/feeds/latest.rss", "/api/v1/articles", "/static/style.css"):
        for what, headers in HEADERS.items():
            assert site.ask(target, **headers).status < 500, what


def test_no_callback_of_a_hub_that_is_made_up_makes_it_fail(site):
    for path in ("a%00b", "%00" * 20, "x" * 32):
        asked = f"/websub/{path}?hub.mode=subscribe&hub.topic=%00&hub.challenge=x&hub.lease_seconds=" + "9" * 5000
        for method in ("GET", "POST"):
            assert site.ask(asked, method).status == 404


ODD = {
    "a NUL": "a\x00b",
    "control characters": "\x01\x08\x0b\x1b[31m\x7f\x9f",
    "half a surrogate pair": "a\ud800b\udfff",
    "no characters of Unicode": "\ufffe\uffff",
    "text that turns direction": "\u202eabc\u2066",
    "only white space": " \n\t\u00a0 ",
    "a very long word": "x" * 20_000,
    "the end of a CDATA section": "]]>",
}


def test_no_article_makes_it_fail(tmp_path, database_url):
    with pressroom(database_url, tmp_path) as room:
        room.open_outlets()
        ids = [
            room.publish(
                replace(
                    DOZEN[1],
                    url=f"https://gazette.example/odd/{i}",
                    title=odd,
                    body=odd,
                    authors=(odd,),
                    credit=odd,
                    evidence=(Evidence(field="title", rule="json-ld", value=odd, lost=(("title", odd),)),),
                )
            )
            for i, odd in enumerate(ODD.values())
        ]
        with serving(room) as site:
            for target in (
                "/",
                "/feeds/latest.rss",
                "/feeds/latest.atom",
                "/feeds/latest.json",
                "/api/v1/articles",
                "/api/v1/events",
            ):
                answer = site.ask(target)
                assert answer.status == 200, target
                answer.text  # noqa: B018 - it is UTF-8
            for name, number in zip(ODD, ids, strict=True):
                assert site.ask(f"/articles/{number}").status == 200, name
                assert site.ask(f"/api/v1/articles/{number}").status == 200, name
            assert feedparser.parse(site.ask("/feeds/latest.atom").body).bozo is False
