"""Outlet files for Presswatch that describe the outlets of a running newsweb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.outlets.catalogue import write_outlet
from storage.records import Outlet, OutletSource, SourceKind
from tests.newsweb.world import SECTIONS

Paths = Sequence[tuple[SourceKind, str]]

RSS: Paths = [(SourceKind.FEED, "/feed.xml")]
ATOM: Paths = [(SourceKind.FEED, "/atom.xml")]
RDF: Paths = [(SourceKind.FEED, "/rdf.xml")]
JSON_FEED: Paths = [(SourceKind.FEED, "/feed.json")]
SITEMAP_INDEX: Paths = [(SourceKind.SITEMAP, "/sitemap_index.xml")]
NEWS_SITEMAP: Paths = [(SourceKind.SITEMAP, "/sitemap-news.xml")]
SECTION_PAGES: Paths = [(SourceKind.LISTING, f"/section/{section}/") for section in SECTIONS]
FRONT_PAGE: Paths = [(SourceKind.LISTING, "/")]

# What outlets offer, taken in turn: each kind alone, then several that name the same articles.
MIXES: Sequence[Paths] = (
    RSS,
    ATOM,
    RDF,
    JSON_FEED,
    SECTION_PAGES,
    SITEMAP_INDEX,
    NEWS_SITEMAP,
    [*RSS, *NEWS_SITEMAP, *FRONT_PAGE],
    [*ATOM, *JSON_FEED, *SITEMAP_INDEX],
)


def key_of(index: int) -> str:
    """The outlet key of outlet number `index` of a newsweb."""
    return f"outlet-{index:04}"


def write_catalogue(
    folder: Path,
    outlets: Iterable[Mapping[str, Any]],
    *,
    mixes: Sequence[Paths] = MIXES,
    delays_s: Mapping[int, float] | None = None,
    interval_s: int | None = None,
) -> Path:
    """Writes one TOML file an outlet (as `RunningNewsweb.outlets` describes them); returns the folder.

    `mixes` are taken in turn; `delays_s` gives outlets, by number, a delay of their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for outlet in outlets:
        index, base = outlet["index"], outlet["base"]
        described = Outlet(
            key=key_of(index),
            name=outlet["name"],
            home_url=f"{base}/",
            country="GB",
            languages=(outlet["language"],) if outlet["language"] else (),
            timezone="UTC",
            sources=tuple(OutletSource(kind=kind, url=base + path) for kind, path in mixes[(index - 1) % len(mixes)]),
            delay_s=(delays_s or {}).get(index),
            interval_s=interval_s,
        )
        (folder / f"{described.key}.toml").write_text(write_outlet(described), encoding="utf-8")
    return folder
