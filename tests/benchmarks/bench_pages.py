"""What the page of 1,000 outlets, and that of one of them, cost the server: CPU of the query and of the whole answer.

`python tests/benchmarks/bench_pages.py [OUTLETS]`; ends with one line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from storage.records import OutletSource, SourceKind, VisitOutcome, VisitReport
from storage.sql.engine import writing
from storage.sql.schema import articles
from storage.sql.tallies import NewArticle, count_new
from tests.pressroom import NOW, Pressroom, outlet, pressroom
from tests.webserver import serving

SOURCES, ARTICLES, DAYS, BAR_MS = 3, 200, 28, 200
REPEATS = 9


def fill(room: Pressroom, count: int) -> None:
    """Outlets of three sources, a tenth of them ill, with 200 articles each over four weeks."""
    made = []
    for number in range(count):
        urls = [f"https://o{number}.example/feed{each}.xml" for each in range(SOURCES)]
        found = tuple(OutletSource(kind=SourceKind.FEED, url=url) for url in urls)
        made.append(replace(outlet(f"o{number}", f"Outlet {number}", f"o{number}.example", "en", "GB"), sources=found))
    room.book.load(made, "shipped", NOW - timedelta(days=DAYS))
    chance, rows = random.Random(1), []
    for number in range(count):
        for each in range(ARTICLES):
            at = NOW - timedelta(minutes=chance.randrange(DAYS * 1440))
            row = {"key": len(rows), "outlet_key": f"o{number}", "url": f"https://o{number}.example/{each}"}
            rows.append(row | {"first_seen_at": at, "updated_at": at, "language": "en", "revision_count": 1})
    with writing(room.engine) as connection:
        connection.execute(insert(articles), rows)
        count_new(
            connection, [NewArticle(outlet_key=row["outlet_key"], at=row["first_seen_at"], delay=None) for row in rows]
        )
    for number in range(count):
        for source in room.crawl.sources_of([f"o{number}"]):
            outcome = VisitOutcome.READ if number % 10 else VisitOutcome.FAILED
            due = NOW + timedelta(minutes=15)
            seen = VisitReport(
                source_id=source.id, started_at=NOW, finished_at=NOW, outcome=outcome, next_due_at=due, detail="503"
            )
            room.crawl.record_visit(seen)


def cpu_ms(act: Callable[[], object]) -> float:
    """The median of some runs, after one that warms up."""
    act()
    spent = []
    for _ in range(REPEATS):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return 1000 * sorted(spent)[REPEATS // 2]


def main(count: int) -> None:
    with TemporaryDirectory() as folder, pressroom(f"sqlite:///{folder}/store.sqlite3", Path(folder)) as room:
        fill(room, count)
        query = cpu_ms(lambda: room.library.outlet_lines(NOW, DAYS))
        with serving(room) as site:  # in this process, so its CPU is counted too, and that of asking
            page, one = (cpu_ms(lambda: site.ask(target)) for target in ("/outlets", "/outlets/o7"))  # noqa: B023
            size = len(site.ask("/outlets").body)
    print(f"{count} outlets, {count * SOURCES} sources, {count * ARTICLES} articles")
    print(f"query of all outlets  {query:6.0f} ms of CPU")
    print(f"page of all outlets   {page:6.0f} ms of CPU, {size / 1024:.0f} KiB")
    print(f"page of one of them   {one:6.0f} ms of CPU")
    told = {"outlets_page_cpu_ms": {"value": round(page), "bar": BAR_MS, "holds": page < BAR_MS}}
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
