"""How long the page of a search takes at a million articles, and that of an article, on both databases.

    scripts/with-services python -m tests.benchmarks.bench_search [--articles 1000000] [--databases sqlite postgres] [--folder DIR]

The archive is made up (`search_archive`); the searches are the hundred of `search_queries.txt`, each asked over HTTP as
a browser asks: passages, counts, facets and histogram with it. Each is asked thrice in shuffled order; its middle time
counts. With --folder, the SQLite archive is kept there and used again; --url names a PostgreSQL archive that is kept.
Ends with a line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench_workers import database  # noqa: E402
from tests.benchmarks.search_archive import fill, size_of  # noqa: E402
from tests.pressroom import pressroom  # noqa: E402
from tests.webserver import Site, serving  # noqa: E402

QUERIES = (Path(__file__).parent / "search_queries.txt").read_text(encoding="utf-8").splitlines()[1:]
BARS_MS = {"sqlite": 600, "postgres": 300}
ARTICLE_BAR_MS, ROUNDS, ARTICLES_ASKED = 50, 3, 50


def timed_ms(site: Site, target: str) -> float:
    begun = time.perf_counter()
    answer = site.ask(target)
    taken = 1000 * (time.perf_counter() - begun)
    if answer.status != 200:
        raise SystemExit(f"{target} was answered with {answer.status}: {answer.text[-300:]}")
    return taken


def measure(url: str, count: int, kind: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, pressroom(url, Path(folder)) as room:
        if size_of(room.engine) < count:
            fill(room.engine, count)
        with serving(room) as site:
            timed_ms(site, "/search?q=warm")
            targets = {query: f"/search?q={quote(query)}" for query in QUERIES}
            asked = list(QUERIES) * ROUNDS
            random.Random(5).shuffle(asked)
            taken: dict[str, list[float]] = {query: [] for query in QUERIES}
            for query in asked:
                taken[query].append(timed_ms(site, targets[query]))
            middle = {query: statistics.median(times) for query, times in taken.items()}
            ranked = sorted(timed_ms(site, f"{target}&order=rank") for target in targets.values())
            ids = random.Random(6).sample(range(1, count + 1), ARTICLES_ASKED)
            pages = sorted(timed_ms(site, f"/articles/{number}") for number in ids)
    in_order = sorted(middle.values())
    slowest = sorted(middle.items(), key=lambda pair: -pair[1])[:12]
    print(f"{kind}, {count:,} articles; milliseconds a page of 30 with counts")
    for query, ms in slowest:
        print(f"  {ms:8.0f}  {query}")
    bar = BARS_MS[kind]
    within = sum(ms <= bar for ms in in_order)
    print(
        f"  half within {in_order[49]:.0f}, 95 of 100 within {in_order[94]:.0f}, the slowest {in_order[-1]:.0f}; {within} within {bar}"
    )
    print(f"  by rank: half within {ranked[49]:.0f}, 95 of 100 within {ranked[94]:.0f}")
    print(
        f"  an article's page: half within {pages[len(pages) // 2]:.0f}, the slowest of {len(pages)} {pages[-1]:.0f}",
        flush=True,
    )
    return {
        f"search_p95_ms_{kind}": {"value": round(in_order[94], 1), "bar": bar, "holds": in_order[94] <= bar},
        f"article_p95_ms_{kind}": {
            "value": round(pages[int(len(pages) * 0.95)], 1),
            "bar": ARTICLE_BAR_MS,
            "holds": pages[int(len(pages) * 0.95)] <= ARTICLE_BAR_MS,
        },
    }


@contextlib.contextmanager
def archive(kind: str, options: argparse.Namespace) -> Iterator[str]:
    """Where the archive is, or is to be made."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as room:
            folder = Path(options.folder or room)
            yield f"sqlite:///{folder}/search-{options.articles}.sqlite3"
    elif options.url:
        yield options.url
    else:
        with database() as url:
            yield url


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--databases", nargs="+", choices=tuple(BARS_MS), default=tuple(BARS_MS))
    parser.add_argument("--folder")
    parser.add_argument("--url")
    options = parser.parse_args()
    figures: dict[str, object] = {}
    for kind in options.databases:
        with archive(kind, options) as url:
            figures |= measure(url, options.articles, kind)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
