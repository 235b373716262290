"""Real pages as outlets: each site of a collection of labelled pages on an address of its own.

The folder holds `<corpus>.jsonl`, a record a page with `id`, `url`, `html` (a path to the gzipped page, relative to
the folder), `site` and labels (`title`, `authors`, `date`, `body`, ...; null where there is none).
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.newsweb.chunks import Chunk
from tests.newsweb.world import address_of, base_address

PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/[A-Za-z0-9._~-]{12,}/?")  # one that nobody needs to rewrite
FORMS = {"amp", "m", "mobile", "print"}  # path parts that tell another form of a page

Site = tuple[str, list[dict]]  # its name and the records of its pages


@dataclass(eq=False)
class RealPage:
    """One page of the collection at its stable address."""

    key: str
    path: str
    file: Path
    label: dict

    def chunks(self) -> list[Chunk]:
        """Its bytes."""
        return [Chunk(gzip.decompress(self.file.read_bytes()))]


class RealOutlet:
    """A site of the collection."""

    crawl_delay, faults, validators = None, frozenset(), "none"

    def __init__(self, options: argparse.Namespace, index: int, site: Site):
        self.index, (self.name, records) = index, site
        self.address = address_of(index)
        self.host = f"real-{index}.{options.suffix}"
        self.base = base_address(options, self.address, self.host)
        self.pages: list[RealPage] = []
        self._by_path: dict[str, RealPage] = {}
        for number, record in enumerate(records, 1):
            path = original_path(record)
            if path is None or path in self._by_path:
                path = f"/story/{re.sub(r'[^a-z0-9]+', '-', record['id'].lower()).strip('-')[:60]}-{number}.html"
            page = RealPage(f"{index}-{number}", path, options.real_pages / record["html"], record)
            self.pages.append(page)
            self._by_path[path] = page

    def at(self, path: str) -> RealPage | None:
        """The page at a path, or None."""
        return self._by_path.get(path)

    def allows(self, path: str, agent: str) -> bool:
        """Real pages are open to all."""
        return True


def original_path(record: dict) -> str | None:
    """The path a page had, if it had one that survives any rewriting of URLs unharmed; else None."""
    parts = urlsplit((record["url"] or "").partition("web.archive.org/web/")[2] or record["url"] or "")
    if parts.query or not PLAIN_PATH.fullmatch(parts.path) or FORMS & set(parts.path.lower().split("/")):
        return None
    return parts.path


def load_sites(folder: Path, corpora: str, every: int = 1) -> list[Site]:
    """The records of a folder by site, in the order of the alphabet, of each `every`-th site.

    `corpora` names some collections, comma-separated, or none for all.
    """
    names = corpora.split(",") if corpora else sorted(path.stem for path in folder.glob("*.jsonl"))
    sites: dict[str, list[dict]] = defaultdict(list)
    for name in names:
        with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                sites[record["site"]].append(record)
    if not sites:
        raise SystemExit(f"newsweb: no pages in {folder}; name a folder that holds CORPUS.jsonl files")
    return sorted(sites.items())[::every]


def describe(outlet: RealOutlet) -> list[dict]:
    """The ground truth of an outlet, a record a page."""
    wanted = ("id", "corpus", "site", "title", "authors", "date", "language", "body", "body_optional")
    return [
        {
            "key": page.key,
            "outlet": outlet.name,
            "outlet_index": outlet.index,
            "address": outlet.address,
            "host": outlet.host,
            "url": outlet.base + page.path,
            "original_url": page.label["url"],
            "variants": {},
            "faults": [],
            "crawl_delay": None,
            "published_ts": 0,
            "removed_at": None,
            "revisions": [{}],
        }
        | {field: page.label.get(field) for field in wanted}
        for page in outlet.pages
    ]


def feed(outlet: RealOutlet) -> str:
    """An RSS feed of addresses alone: no title, day or author that would give the answer away."""
    items = "".join(
        f"<item><link>{html.escape(outlet.base + page.path)}</link><guid isPermaLink='false'>{page.key}</guid>"
        "<description>A page.</description></item>\n"
        for page in outlet.pages
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n<rss version='2.0'><channel>"
        f"<title>{html.escape(outlet.name)}</title><link>{outlet.base}/</link><description>Real pages</description>\n{items}</channel></rss>\n"
    )


def listed_in_sitemap(outlet: RealOutlet) -> str:
    """A sitemap of the same addresses."""
    urls = "".join(f"<url><loc>{html.escape(outlet.base + page.path)}</loc></url>\n" for page in outlet.pages)
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>\n{urls}</urlset>\n"


def front_page(outlet: RealOutlet) -> str:
    """Links to all pages."""
    links = "".join(f"<li><a href='{html.escape(page.path)}'>{page.key}</a></li>" for page in outlet.pages)
    return (
        f"<!DOCTYPE html>\n<html><head><meta charset='utf-8'><title>{html.escape(outlet.name)}</title>"
        f"<link rel='alternate' type='application/rss+xml' href='/feed.xml'></head><body><ul>{links}</ul></body></html>"
    )
