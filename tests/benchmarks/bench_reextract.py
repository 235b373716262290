"""Re-extraction beside the bare extraction loop on the same pages: pages a second, CPU a page, cores busy.

    python -m tests.benchmarks.bench_reextract [--rounds 3] [--pages 3000]

Real pages lie in the archive of a SQLite store, of one outlet, and were read by a former extractor. Both begin as
processes of their own and take turns; what they need to start is in their time. Ends with a line of JSON.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import itertools
import json
import os
import pickle
import statistics
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from control.opening import open_from
from control.settings import Settings
from crawler.discovery.urls import fingerprint
from storage.records import Candidate, Capture, Extraction, Verdict, VisitOutcome, VisitReport
from tests.benchmarks.process_tree import Cost, measure
from tests.conftest import ROOT
from tests.stores import lay_store

SHARED = Path(os.environ.get("PRESSWATCH_SHARED", ROOT.parent / "shared"))
BASE = "https://archive.example"
AT = datetime(2026, 3, 14, 12, tzinfo=UTC)
PRESSWATCH = (sys.executable, "-m", "control")
LEAST_RATE, LEAST_BUSY = 0.9, 0.9
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Scene:
    folder: Path
    pages: int
    cores: int

    @property
    def env(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
        place = str(self.folder)
        return {
            **env,
            "PRESSWATCH_DATA_DIR": place,
            "PRESSWATCH_CATALOGUE": f"{place}/outlets",
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *command: str) -> Cost:
        log = self.folder / "log"
        cost = measure(command, env=self.env, cwd=ROOT, log=log, stdin=None, timeout_s=3_600)
        if cost.exit_code:
            sys.exit(log.read_text(encoding="utf-8")[-2_000:])
        return cost


def real_pages() -> list[bytes]:
    files = sorted((SHARED / "pages").glob("*/*.html.gz"))
    if not files:
        sys.exit(f"there are no pages in {SHARED / 'pages'}; set PRESSWATCH_SHARED to the folder of shared data")
    return [gzip.decompress(file.read_bytes()) for file in files]


def prepare(folder: Path, count: int) -> Scene:
    """Fills a store with so many pages; real ones come again under other addresses where there are not enough."""
    (folder / "outlets").mkdir()
    feed = f'[[source]]\nkind = "feed"\nurl = "{BASE}/feed"\n'
    (folder / "outlets" / "archive.toml").write_text(f'name = "Archive"\nhome = "{BASE}/"\n{feed}', encoding="utf-8")
    lay_store(folder)
    scene = Scene(folder, count, os.cpu_count() or 1)
    scene.run(*PRESSWATCH, "outlets", "list")
    pages = [
        (f"{BASE}/2026/03/14/story-{n}-of-the-archive", html)
        for n, html in zip(range(count), itertools.cycle(real_pages()), strict=False)
    ]
    (folder / "pages.pickle").write_bytes(pickle.dumps(pages))
    store = open_from(Settings(data_dir=folder))
    (source,) = store.crawl.sources_of(["archive"])
    for start in range(0, count, _BATCH):
        part = dict(pages[start : start + _BATCH])
        found = tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in part)
        report = VisitReport(
            source_id=source.id, started_at=AT, finished_at=AT, outcome=VisitOutcome.READ, next_due_at=AT, status=200,
            bytes_received=1, listed=len(found), candidates=found,
        )  # fmt: skip
        _, pending = store.crawl.record_visit(report)
        verdicts = []
        for each in pending:
            url, body = each.candidate.url, part[each.candidate.url]
            capture = Capture(
                url=url, final_url=url, fetched_at=AT, status=200, headers=(("Content-Type", "text/html"),), body=body,
                digest=hashlib.sha256(body).hexdigest(),
            )  # fmt: skip
            former = Extraction(title="A headline", body=f"A text of {url}.", extractor="presswatch-0")
            ref = store.bodies.put(capture)
            verdicts.append(Verdict(pending=each, at=AT, extraction=former, capture=capture, body_ref=ref))
        store.crawl.record_verdicts(verdicts)
    store.close()
    return scene


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--pages", type=int, default=3_000)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
        scene = prepare(Path(folder), chosen.pages)
        bare, ours = [], []
        loop = (sys.executable, "-m", "tests.benchmarks.bare_extraction", f"{folder}/pages.pickle", str(scene.cores))
        for _ in range(chosen.rounds):
            bare.append(scene.run(*loop))
            ours.append(scene.run(*PRESSWATCH, "reextract", "--outlet", "archive", "--json"))
    tell(scene, bare, ours)


def tell(scene: Scene, bare: list[Cost], ours: list[Cost]) -> None:
    print(f"{scene.pages} pages, {scene.cores} cores, {len(bare)} rounds in turn; median\n")
    print(f"{'':14} {'pages/s':>8} {'CPU ms a page':>14} {'cores busy':>11} {'memory MB':>10}")
    for name, costs in (("bare loop", bare), ("reextract", ours)):
        rate = statistics.median(scene.pages / cost.wall_s for cost in costs)
        cpu = statistics.median(1000 * cost.cpu_s / scene.pages for cost in costs)
        memory = max(cost.peak_mb for cost in costs)
        print(f"{name:14} {rate:8.1f} {cpu:14.1f} {busy(scene, costs):11.0%} {memory:10.0f}")
    rate = statistics.median(one.wall_s / other.wall_s for one, other in zip(bare, ours, strict=True))
    cpu = statistics.median(one.cpu_s / other.cpu_s for one, other in zip(bare, ours, strict=True))
    share = busy(scene, ours)
    figures = {
        "rate_beside_bare_loop": {"value": round(rate, 3), "bar": LEAST_RATE, "holds": rate >= LEAST_RATE},
        "cpu_of_bare_loop_a_page_by_ours": {"value": round(cpu, 3), "bar": LEAST_RATE, "holds": cpu >= LEAST_RATE},
        "cores_busy": {"value": round(share, 3), "bar": LEAST_BUSY, "holds": share >= LEAST_BUSY},
    }
    print(json.dumps(figures))


def busy(scene: Scene, costs: list[Cost]) -> float:
    return statistics.median(cost.cpu_s / (cost.wall_s * scene.cores) for cost in costs)


if __name__ == "__main__":
    main()
