"""Presswatch beside other news crawlers on the local news web, in one run: articles, manners, pace, cost.

    python tests/benchmarks/bench_rivals.py [--environments FOLDER] [--only presswatch,fundus] [--outlets 40] [--slow 8]

Each crawls the same outlets, whose articles lie in real pages, once and from nothing, on the same two cores, which the web
shares too: Presswatch, trafilatura's own command, Fundus, newspaper4k and news-please, each at its best setting
(`rival_crawls.py`). The last two get `--slow` outlets only; their pace is judged by those. None of them is a dependency:
each is installed into an environment of its own that is thrown away with the run, or taken from `--environments`, and one
that cannot be had is named with the command that installs it. What was fetched and which rules were broken, the web's own
log says. Ends with a line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.acceptance.environment import PRESSWATCH, environment, store_file  # noqa: E402
from tests.acceptance.stored import Stored  # noqa: E402
from tests.benchmarks.bench_crawl import SHARED, warm  # noqa: E402
from tests.benchmarks.process_tree import Cost, measure  # noqa: E402
from tests.benchmarks.rival_environments import environment_of  # noqa: E402
from tests.newsweb.catalogue import RSS, write_catalogue  # noqa: E402
from tests.newsweb.check import judge  # noqa: E402
from tests.newsweb.process import RunningNewsweb  # noqa: E402

RIVALS = ("trafilatura", "fundus", "newspaper4k", "news-please")
SLOW = frozenset({"newspaper4k", "news-please"})
BY_NAME = frozenset({"trafilatura"})  # takes no outlet that is an address only


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """What one crawler made of its outlets."""

    cost: Cost
    found: AbstractSet[str]  # keys of articles of which it has a text
    judged: Mapping[str, Any]
    outlets: int  # the first so many were its own

    @property
    def articles(self) -> int:
        """How many those are."""
        return len(self.found)

    @property
    def a_second(self) -> float:
        """Articles a second of wall time, the start of its processes included."""
        return self.articles / self.cost.wall_s

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds an article, of all its processes."""
        return 1000 * self.cost.cpu_s / max(1, self.articles)

    def found_of(self, outlets: int) -> int:
        """How many of the articles of the first so many outlets."""
        return sum(int(key.partition("-")[0]) <= outlets for key in self.found)

    @property
    def broken(self) -> int:
        """Requests that robots.txt forbids, and outlets of which something else was asked for first."""
        return int(self.judged["disallowed_fetches"] + self.judged["outlets_robots_not_first"])


def crawl(name: str, python: Path, web: RunningNewsweb, folder: Path, options: argparse.Namespace) -> Crawl:
    """Has one crawl its outlets."""
    place = folder / name
    place.mkdir(parents=True)
    outlets = web.outlets[: options.slow if name in SLOW else options.outlets]
    before = len(web.log())
    timeout_s, log = options.timeout_s, place / "log.txt"
    if name == "presswatch":
        env = environment(place / "data", write_catalogue(place / "catalogue", outlets, mixes=[RSS]))
        cost = measure([str(PRESSWATCH), "crawl"], env=env, cwd=ROOT, log=log, stdin=None, timeout_s=timeout_s)
        urls = [article.url for article in Stored(store_file(place / "data")).articles()]
    else:
        feeds, out = place / "feeds.txt", place / "articles.jsonl"
        feeds.write_text("".join(f"{outlet['base']}/feed.xml\n" for outlet in outlets))
        command = [str(python), "-W", "ignore", str(ROOT / "tests/benchmarks/rival_crawls.py"), name, str(out)]
        env = {**os.environ, "PYTHONPATH": ""}
        cost = measure(command, env=env, cwd=place, log=log, stdin=feeds, timeout_s=timeout_s)
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
        urls = [json.loads(line)["url"] for line in lines]
    if cost.exit_code:
        print(f"{name} ended with {cost.exit_code}; its last words:\n{log.read_text(errors='replace')[-1500:]}")
    numbers = {outlet["index"] for outlet in outlets}
    truth = {key: record for key, record in web.truth().items() if record["outlet_index"] in numbers}
    known = {url: key for key, record in truth.items() for url in (record["url"], *record["variants"].values())}
    return Crawl(
        cost=cost,
        found={known[url] for url in urls if url in known},
        judged=judge(truth, web.log()[before:]),
        outlets=len(outlets),
    )


def table(crawls: Mapping[str, Crawl]) -> str:
    """For people."""
    heads = f"{'crawler':12} {'with text':>9} {'fetched':>8} {'of':>6} {'requests':>9} {'rules broken':>13}"
    lines = [f"{heads} {'articles/s':>11} {'CPU ms an article':>18} {'peak MB':>8}  exit"]
    lines += [
        f"{name:12} {done.articles:9} {done.judged['articles_fetched']:8} {done.judged['articles_offered']:6} "
        f"{done.judged['requests']:9} {done.broken:13} {done.a_second:11.1f} {done.cpu_ms:18.1f} "
        f"{done.cost.peak_mb:8.0f}  {done.cost.exit_code}"
        for name, done in crawls.items()
    ]
    return "\n".join(lines)


def figures(crawls: Mapping[str, Crawl]) -> dict[str, dict[str, object]]:
    """For scripts: what each did, and whether ours is ahead of each that was there."""
    out: dict[str, dict[str, object]] = {}
    for name, done in crawls.items():
        out[f"{name}_articles_per_second"] = {"value": round(done.a_second, 1)}
        out[f"{name}_cpu_ms_per_article"] = {"value": round(done.cpu_ms, 1)}
        out[f"{name}_peak_mb"] = {"value": round(done.cost.peak_mb)}
        out[f"{name}_articles_found"] = {"value": done.articles}
        out[f"{name}_rules_broken"] = {"value": done.broken}
    ours = crawls.get("presswatch")
    if ours is None:
        return out
    out["presswatch_rules_broken"] |= {"bar": 0, "holds": ours.broken == 0}
    for name, done in crawls.items():
        if name != "presswatch":
            ratio = round(ours.a_second / max(done.a_second, 0.001), 2)
            out[f"times_{name}"] = {"value": ratio, "bar": 1, "holds": ratio > 1}
            more = ours.found_of(done.outlets) - done.articles  # of the same outlets
            out[f"more_articles_than_{name}"] = {"value": more, "bar": 0, "holds": more >= 0}
    return out


def options_given() -> argparse.Namespace:
    """What to run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outlets", type=int, default=40)
    parser.add_argument("--articles", type=int, default=50, help="of each outlet")
    parser.add_argument("--slow", type=int, default=8, help="outlets for newspaper4k and news-please")
    parser.add_argument("--only", default="", help="names of crawlers, with commas between")
    parser.add_argument("--environments", type=Path, help="folder of environments, one a rival, that are kept")
    parser.add_argument("--bodies", type=Path, default=SHARED / "pages" / "aeb", help="folder of real pages, *.html.gz")
    parser.add_argument("--timeout-s", type=float, default=900, help="of one crawl")
    return parser.parse_args()


def main() -> int:
    """Runs it all; prints the table and the line of JSON."""
    options = options_given()
    if not options.bodies.is_dir():
        print(f"{options.bodies} is absent, so nothing was measured; set PRESSWATCH_SHARED or name pages with --bodies")
        return 0
    wanted = [name for name in ("presswatch", *RIVALS) if not options.only or name in options.only.split(",")]
    crawls: dict[str, Crawl] = {}
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as scratch:
        folder = Path(scratch)
        places = options.environments or folder / "environments"
        pythons = {"presswatch": Path(sys.executable)}
        for name in wanted:
            if name not in pythons and (python := environment_of(name, places)) is not None:
                pythons[name] = python
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])  # inherited by all that is started from here on
        for names, links in ((BY_NAME, "hosts"), (frozenset(wanted) - BY_NAME, "addresses")):
            served = [name for name in wanted if name in names and name in pythons]
            crawls |= _on_one_web(served, pythons, links, folder, options) if served else {}
    print(table(crawls))
    print(json.dumps(figures(crawls)))
    return 0


def _on_one_web(
    names: Sequence[str], pythons: Mapping[str, Path], links: str, folder: Path, options: argparse.Namespace
) -> dict[str, Crawl]:
    size = ["--outlets", str(options.outlets), "--articles", str(options.articles), "--links", links]
    size += ["--feed-items", str(options.articles), "--crawl-delay", "0", "--bodies", str(options.bodies)]
    with ExitStack() as stack:
        web = stack.enter_context(RunningNewsweb(folder / f"web-{links}", *size))
        warm(web)
        return {name: crawl(name, pythons[name], web, folder, options) for name in names}


if __name__ == "__main__":
    sys.exit(main())
