"""Adapter for the shared scorer that knows up to five other pages of each outlet: its own past.

`python SHARED/pages/score.py tests.benchmarks.extract_past:fields`
"""

from __future__ import annotations

import gzip
import json
import os
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from crawler.extract.article import extract_article
from crawler.extract.repeats import repeated_in
from storage.records import RepeatedLines
from tests.benchmarks.extract import told

_SHARED = Path(os.environ.get("PRESSWATCH_SHARED", Path(__file__).resolve().parents[3] / "shared"))
_KNOWN = 5
_SHARED_HOSTS = ("wordpress.com", "blogspot.com")  # many outlets under one name


def fields(html: bytes, url: str) -> dict[str, object]:
    """What the core reads of a page when five other pages of its site have been read before."""
    return told(extract_article(html, url=url, repeated=_repeated(html, url)))


def _repeated(html: bytes, url: str) -> RepeatedLines:
    """What repeats over the first five pages of the site that are not this one."""
    others = [path for path in _pages().get(_host(url), ()) if _read(path) != html][:_KNOWN]
    return repeated_in(_lines(path, url) for path in others)


@lru_cache(maxsize=1)
def _pages() -> dict[str, list[Path]]:
    """Pages by the hosts of their sites."""
    by_site: dict[str, list[Path]] = defaultdict(list)
    site_of: dict[str, str] = {}
    for listing in sorted((_SHARED / "pages").glob("*.jsonl")):
        for gold in map(json.loads, listing.open(encoding="utf-8")):
            if gold.get("url"):
                by_site[gold["site"]].append(listing.parent / gold["html"])
                site_of[_host(gold["url"])] = gold["site"]
    return {host: by_site[site] for host, site in site_of.items() if not site.endswith(_SHARED_HOSTS)}


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


@lru_cache(maxsize=200)
def _read(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


@lru_cache(maxsize=4000)
def _lines(path: Path, url: str) -> tuple[int, ...]:
    return extract_article(_read(path), url=url).lines
