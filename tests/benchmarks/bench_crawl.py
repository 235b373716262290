"""Articles a second and CPU milliseconds an article: Presswatch beside a plain Scrapy spider, in one run.

    python tests/benchmarks/bench_crawl.py [--rounds 2] [--outlets 40] [--articles 50] [--only plain|presswatch]

A local news web serves the outlets, its articles laid out in real pages. Both crawlers take turns on the same two
cores, which the web shares too, and each starts from nothing: process start, empty store and catalogue are in its time.
Then Presswatch crawls once more to be sampled: where its CPU time goes. Ends with a line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.acceptance.environment import PRESSWATCH, environment, store_file  # noqa: E402
from tests.acceptance.stored import Stored  # noqa: E402
from tests.benchmarks import crawl_stages  # noqa: E402
from tests.benchmarks.process_tree import Cost, measure  # noqa: E402
from tests.newsweb.catalogue import RSS, write_catalogue  # noqa: E402
from tests.newsweb.process import RunningNewsweb  # noqa: E402

BAR = 3.0  # times the plain spider's articles a second
SHARED = Path(os.environ.get("PRESSWATCH_SHARED", ROOT.parent / "shared"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One crawl of the whole web."""

    cost: Cost
    articles: int
    log: Path

    @property
    def articles_per_s(self) -> float:
        """Articles a second of wall time."""
        return self.articles / self.cost.wall_s

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds an article, of all processes of the crawler."""
        return 1000 * self.cost.cpu_s / max(1, self.articles)


def plain_run(web: RunningNewsweb, folder: Path, timeout_s: float) -> Run:
    """The plain spider, from the feed addresses to a file of JSON lines."""
    sources, out = folder / "sources.txt", folder / "articles.jsonl"
    sources.write_text("".join(f"{base}/feed.xml\n" for base in web.bases))
    command = [sys.executable, str(ROOT / "tests/benchmarks/plain_spider.py"), str(out)]
    log = folder / "log.txt"
    cost = measure(command, env=os.environ, cwd=ROOT, log=log, stdin=sources, timeout_s=timeout_s)
    articles = sum(bool(json.loads(line)["text"]) for line in out.open(encoding="utf-8")) if out.exists() else 0
    return Run(cost=cost, articles=articles, log=log)


def presswatch_run(web: RunningNewsweb, folder: Path, timeout_s: float, *, samples: Path | None = None) -> Run:
    """`presswatch crawl` of the same feeds, into an empty store."""
    catalogue = write_catalogue(folder / "catalogue", web.outlets, mixes=[RSS])
    env = environment(folder / "data", catalogue)
    if samples is not None:
        env = crawl_stages.sampled(env, samples)
    log = folder / "log.txt"
    cost = measure([str(PRESSWATCH), "crawl"], env=env, cwd=ROOT, log=log, stdin=None, timeout_s=timeout_s)
    return Run(cost=cost, articles=Stored(store_file(folder / "data")).article_count(), log=log)


RUNNERS: Mapping[str, Callable[..., Run]] = {"plain": plain_run, "presswatch": presswatch_run}


def show_stages(web: RunningNewsweb, folder: Path, timeout_s: float) -> dict[str, dict[str, object]]:
    """Crawls once more, sampled; prints where the time goes, and returns its figures."""
    folder.mkdir(parents=True)
    run = presswatch_run(web, folder, timeout_s, samples=folder / "samples")
    by_role = crawl_stages.stages(folder / "samples", run.articles)
    courier_ms = crawl_stages.courier_cpu_ms(environment(folder / "data", folder / "catalogue"), run.articles)
    print(crawl_stages.table(run.cost, by_role, courier_ms, run.articles))
    spent = {f"{role}: {stage}": round(each, 2) for role, found in by_role.items() for stage, each in found.items()}
    return {"cpu_ms_by_stage": {"value": spent}, "courier_cpu_ms_per_article": {"value": round(courier_ms, 2)}}


def warm(web: RunningNewsweb) -> None:
    """Has every page rendered once, so that neither crawler pays for that."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def fetch(url: str) -> None:
        parts = urlsplit(url)  # at home by any name
        headers = {"Accept-Encoding": "gzip", "Host": parts.netloc}
        request = urllib.request.Request(f"http://127.0.0.1:{web.port}{parts.path}", headers=headers)
        with contextlib.suppress(OSError), opener.open(request, timeout=30) as answer:  # some are removed: 404, 410
            answer.read()

    pages = [f"{base}/feed.xml" for base in web.bases] + [record["url"] for record in web.truth().values()]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fetch, pages))


def table(runs: Mapping[str, list[Run]]) -> str:
    """For people."""
    lines = [
        f"{'crawler':12} {'round':>5} {'articles':>9} {'wall s':>8} {'articles/s':>11} {'CPU ms an article':>18} {'peak MB':>8}  exit"
    ]
    lines += [
        f"{name:12} {number:5} {run.articles:9} {run.cost.wall_s:8.1f} {run.articles_per_s:11.1f} {run.cpu_ms:18.1f} "
        f"{run.cost.peak_mb:8.0f}  {run.cost.exit_code}"
        for name, done in runs.items()
        for number, run in enumerate(done, 1)
    ]
    return "\n".join(lines)


def figures(runs: Mapping[str, list[Run]]) -> dict[str, dict[str, object]]:
    """For scripts: medians over the rounds, and the ratio with its bar where both crawlers ran."""
    out: dict[str, dict[str, object]] = {}
    rate, cpu = {}, {}
    for name, done in runs.items():
        rate[name] = statistics.median(run.articles_per_s for run in done)
        cpu[name] = statistics.median(run.cpu_ms for run in done)
        out[f"{name}_articles_per_second"] = {"value": round(rate[name], 1)}
        out[f"{name}_cpu_ms_per_article"] = {"value": round(cpu[name], 1)}
        out[f"{name}_peak_mb"] = {"value": round(max(run.cost.peak_mb for run in done))}
        out[f"{name}_articles"] = {"value": min(run.articles for run in done)}
    if len(runs) == len(RUNNERS) and rate["plain"]:
        ratio = round(rate["presswatch"] / rate["plain"], 2)
        out["articles_per_second_ratio"] = {"value": ratio, "bar": BAR, "holds": ratio >= BAR}
        out["cpu_ms_per_article_ratio"] = {"value": round(cpu["presswatch"] / cpu["plain"], 2)}
        complete = min(run.articles for run in runs["presswatch"]) >= max(run.articles for run in runs["plain"])
        out["presswatch_stored_as_many"] = {"value": complete, "bar": True, "holds": complete}
    return out


def options() -> argparse.Namespace:
    """What to run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outlets", type=int, default=40)
    parser.add_argument("--articles", type=int, default=50, help="of each outlet")
    parser.add_argument("--rounds", type=int, default=2, help="crawls by each; medians count")
    parser.add_argument("--only", choices=sorted(RUNNERS), help="leave the other one out")
    parser.add_argument("--bodies", type=Path, default=SHARED / "pages" / "aeb", help="folder of real pages, *.html.gz")
    parser.add_argument("--timeout-s", type=float, default=600, help="of one crawl")
    parser.add_argument("--keep", type=Path, help="keep stores and logs in this folder")
    return parser.parse_args()


def crawled_a_second(folder: Path, outlets: int = 20, articles: int = 50) -> float:
    """Articles a second that a crawl of two cores stores, for benchmarks of what comes after it."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    size = ["--outlets", str(outlets), "--articles", str(articles), "--feed-items", str(articles)]
    with RunningNewsweb(folder / "web", *size, "--crawl-delay", "0", "--bodies", str(SHARED / "pages" / "aeb")) as web:
        warm(web)
        (folder / "crawl").mkdir(parents=True)
        return presswatch_run(web, folder / "crawl", 600).articles_per_s


def main() -> int:
    """Runs it all; 1 when a crawler failed or stored nothing."""
    chosen = options()
    if not chosen.bodies.is_dir():
        print(
            f"{chosen.bodies} is absent, so nothing was measured; set PRESSWATCH_SHARED or name real pages with --bodies"
        )
        return 0
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])  # inherited by all that is started here
    names = [chosen.only] if chosen.only else list(RUNNERS)
    runs: dict[str, list[Run]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as scratch:
        folder = chosen.keep or Path(scratch)
        web_options = [
            "--outlets",
            str(chosen.outlets),
            "--articles",
            str(chosen.articles),
            "--feed-items",
            str(chosen.articles),
        ]
        web_options += ["--crawl-delay", "0", "--bodies", str(chosen.bodies)]
        with RunningNewsweb(folder / "web", *web_options) as web:
            warm(web)
            for number in range(chosen.rounds):
                for name in names if number % 2 == 0 else reversed(names):  # neither is always first
                    place = folder / f"{name}-{number}"
                    place.mkdir(parents=True)
                    run = RUNNERS[name](web, place, chosen.timeout_s)
                    runs[name].append(run)
                    if run.cost.exit_code or not run.articles:
                        print(f"{name} ended with {run.cost.exit_code} and {run.articles} articles; its last words:")
                        print(run.log.read_text(errors="replace")[-2000:])
                        return 1
            print(table(runs))
            sampled = show_stages(web, folder / "sampled", chosen.timeout_s) if "presswatch" in names else {}
    print(json.dumps(figures(runs) | sampled))
    return 0


if __name__ == "__main__":
    sys.exit(main())
