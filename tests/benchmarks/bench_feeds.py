"""What it costs to read a feed that is polled: CPU beside feedparser, over polls most of which bring nothing new.

Each real feed of ten entries or more is replayed: in three polls of ten an entry or two are new on top, and as many
are gone at the end; in the others only a date outside of them changes. feedparser reads the whole each time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import feedparser

from crawler.discovery.entries import Split, split
from crawler.discovery.read import discover
from storage.records import Outlet, SourceKind

OUTLET = Outlet(key="gazette", name="Gazette", home_url="https://gazette.example/")
URL = "https://gazette.example/feed"
BAR = 0.1
#: Feeds of news outlets come first; what follows are test feeds of parsers, many of them damaged on purpose.
_REAL = "news_raw"
_LEAST_ENTRIES = 10
_MOST_BYTES = 1_000_000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--polls", type=int, default=60, help="polls of each feed")
    asked.add_argument("--feeds", type=int, default=40, help="how many feeds, at most")
    options = asked.parse_args()
    shared = Path(os.environ.get("PRESSWATCH_SHARED", "../shared"))
    if not (shared / "feeds" / "index.jsonl").exists():
        print(f"{shared / 'feeds'} is not there; PRESSWATCH_SHARED names the folder of shared data")
        return
    rows = [cost(name, parts, options.polls) for name, parts in feeds(shared, options.feeds)]
    rows.sort(key=lambda row: row[2] / row[3])
    print(f"{'feed':50} {'entries':>7} {'ours ms':>8} {'feedparser ms':>13} {'share':>6}")
    for name, entries, ours, theirs in rows:
        print(f"{name[-50:]:50} {entries:7} {ours * 1e3:8.2f} {theirs * 1e3:13.2f} {ours / theirs:6.3f}")
    share = sum(row[2] for row in rows) / sum(row[3] for row in rows)
    print(f"{len(rows)} feeds, a poll on the mean: {share:.3f} of feedparser's CPU")
    figure = {"value": round(share, 4), "bar": BAR, "holds": share <= BAR}
    print(json.dumps({"cpu_of_a_poll_x_feedparser": figure}))


def feeds(shared: Path, most: int) -> Iterator[tuple[str, Split]]:
    """Real feeds whose entries a scan can tell apart, as the service's own does."""
    count = 0
    rows = map(json.loads, (shared / "feeds" / "index.jsonl").read_text(encoding="utf-8").splitlines())
    for row in sorted(rows, key=lambda row: row["source"] != _REAL):
        path = shared / "feeds" / row["file"]
        if count == most or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            continue
        parts = split(path.read_bytes())
        if parts is not None and len(parts.entries) >= _LEAST_ENTRIES:
            count += 1
            yield row["file"], parts


def cost(name: str, parts: Split, polls: int) -> tuple[str, int, float, float]:
    """(name, entries of a poll, our CPU seconds a poll, feedparser's)."""
    window, number = list(parts.entries), 0
    marks: bytes | None = None
    ours = theirs = 0.0
    parsed = 0
    for poll in range(polls):
        for _ in range((1 if poll % 2 else 2) if poll % 10 in (2, 5, 9) else 0):
            number += 1
            window = [_new(window[-1], number), *window[:-1]]
        body = parts.only([b"<!-- built %d -->" % poll, *window])
        begun = time.process_time()
        found = discover(SourceKind.FEED, body, url=URL, content_type=None, outlet=OUTLET, marks=marks)
        ours += time.process_time() - begun
        marks = found.marks
        if poll % 10 == 0:  # it costs the same each time
            begun = time.process_time()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                feedparser.parse(BytesIO(body))
            theirs += time.process_time() - begun
            parsed += 1
    return name, len(window), ours / polls, theirs / parsed


def _new(entry: bytes, number: int) -> bytes:
    """Another entry like this one, with a title of its own."""
    return re.sub(rb"</title>", b" %d</title>" % number, entry, count=1)


if __name__ == "__main__":
    main()
