"""feedparser's own expectations hold of what our reader hands to it, where they hold of the document as it came.

Each of its test documents says what must be true of the result. Our reader undoes codings, puts the document into
UTF-8, and takes entries out of their frame and puts them back: none of that may change what feedparser reads. What
feedparser calls the encoding is UTF-8 then.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

import feedparser
import pytest

from crawler.discovery.entries import split
from crawler.discovery.feeds import prepared
from crawler.discovery.inflate import inflate

_OF_ENCODING = re.compile(r"\bencoding == (u?'[^']*')")


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[tuple[str, bytes, dict[str, str]]]:
    """Expectation, document and headers of each that holds with feedparser alone."""
    if not (shared / "feeds" / "index.jsonl").exists():
        pytest.skip(f"{shared / 'feeds'} holds no index.jsonl")
    return [case for case in _cases(shared / "feeds") if holds(*case)]


def _cases(folder: Path) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["source"] == "feedparser" and row.get("expect"):
            headers = {name.lower(): value for name, value in (row.get("headers") or {}).items()}
            yield row["expect"], (folder / row["file"]).read_bytes(), headers


def holds(expected: str, body: bytes, headers: Mapping[str, str]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = feedparser.parse(BytesIO(body), response_headers=dict(headers))
        try:
            return bool(eval(expected, {"datetime": dt, "feedparser": feedparser}, found))
        except (AttributeError, KeyError, IndexError, TypeError, NameError):
            return False


def as_read(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    plain, damage = inflate(body)
    assert damage is None
    document, content_type, is_cut = prepared(plain, headers.get("content-type"))
    assert not is_cut
    return document, {**headers, **({"content-type": content_type} if content_type else {})}


def test_what_our_reader_prepares_is_read_as_it_came(cases: list[tuple[str, bytes, dict[str, str]]]):
    failed = []
    for expected, body, headers in cases:
        document, as_sent = as_read(body, headers)
        wanted = expected if as_sent == headers else _OF_ENCODING.sub("encoding.lower() == 'utf-8'", expected)
        if not holds(wanted, document, as_sent):
            failed.append(expected)
    assert failed == []


def test_entries_taken_out_of_their_frame_and_put_back_are_read_the_same(
    cases: list[tuple[str, bytes, dict[str, str]]],
):
    failed, tried = [], 0
    for expected, body, headers in cases:
        document, as_sent = as_read(body, headers)
        parts = split(document)
        if parts is not None and holds(expected, document, as_sent):
            tried += 1
            failed += [] if holds(expected, parts.only(parts.entries), as_sent) else [expected]
    assert failed == []
    assert tried > len(cases) / 3
