"""How well ours and other extractors read labelled pages: one run, each at its best, a table and one line of JSON.

`make bench-extract` measures ours (with and without five other pages of the site known, "+past") and trafilatura here, and newspaper4k,
readability-lxml, goose3, news-please and Fundus in an environment of their own, which is made for the run and deleted
after it; one that cannot be installed is left out and named. They take turns page by page: what else the machine does
slows all of them alike. `--every 10` takes every tenth page. The pages are those of the folder PRESSWATCH_SHARED
(default ../shared).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.rival_environments import environment_of

ROOT = Path(__file__).resolve().parents[2]
HERE = ("presswatch", "presswatch+past", "trafilatura")
RIVALS = ("newspaper4k", "readability-lxml", "goose3", "news-please", "fundus")
RUN_WITHIN_S = 1800

# (corpus, column, bar, whether more is better)
BARS = (
    ("fundus", "wordF1", 97.5, True),
    ("fundus", "title", 90.0, True),
    ("fundus", "authEx", 90.0, True),
    ("fundus", "authF1", 94.0, True),
    ("fundus", "date", 99.0, True),
    ("traf-eval", "snipF1", 93.0, True),
    ("traf-eval", "leak", 7.0, False),
    ("traf-eval", "title", 80.0, True),
    ("traf-eval", "authF1", 70.0, True),
    ("traf-eval", "invent", 15.0, False),
    ("traf-eval", "date", 90.0, True),
    ("aeb", "sh4F1", 97.5, True),
    ("fundus-eval", "wordF1", 98.0, True),
    ("daniel", "wordF1", 92.0, True),
    ("postlight", "title", 90.0, True),
    ("postlight", "authF1", 65.0, True),
    ("postlight", "date", 82.0, True),
    ("htmldate", "date", 92.0, True),
    ("mc2020", "date", 90.0, True),
    ("pooled", "at99", 65.0, True),
    ("pooled", "under80", 1.5, False),
    ("pooled", "lang", 98.5, True),
)

CPU_BAR = 0.6  # of trafilatura's

Figures = dict[str, dict[str, float]]  # by corpus and column


def main() -> int:
    """Measures, prints the table and one line of JSON; exit code 1 when a bar is missed, 2 without pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="take every Nth page")
    parser.add_argument("--only", default="", help="names of extractors, with commas between")
    options = parser.parse_args()
    pages = Path(os.environ.get("PRESSWATCH_SHARED", ROOT.parent / "shared")) / "pages"
    if not (pages / "score.py").is_file():
        print(f"bench-extract: {pages} is absent; set PRESSWATCH_SHARED to the folder of test data", file=sys.stderr)
        return 2
    wanted = [name for name in (*HERE, *RIVALS) if not options.only or name in options.only.split(",")]
    readers: dict[str, _Reader] = {}
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
        for name in wanted:
            python = Path(sys.executable) if name in HERE else environment_of(name, Path(folder))
            if python:
                readers[name] = _Reader(python, pages, name, options.every, Path(folder) / f"{name}.log")
        results = _in_turns(readers)
    for name in wanted:
        if name not in results:
            print(f"bench-extract: {name} was left out", file=sys.stderr)
    _show(results)
    report = _report(results)
    print(json.dumps(report))
    return 0 if all(figure["holds"] for figure in report.values()) else 1


class _Reader:
    """An extractor in a process of its own, that reads a page whenever it is asked to."""

    def __init__(self, python: Path, pages: Path, name: str, every: int, log: Path) -> None:
        script = ROOT / "tests" / "benchmarks" / "rivals.py"
        self._log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [str(python), "-W", "ignore", str(script), str(pages / "score.py"), str(pages), name, str(every)],
                env={**os.environ, "PYTHONPATH": str(ROOT) if name in HERE else ""},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
        self._rows: list[dict[str, Any]] = []

    def read_one(self) -> bool:
        """Reads the next page; False when it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it has read the last one, or died: what it still says is below
        for line in self._process.stdout:
            if line == "{}\n":
                return True
            if line.startswith('{"corpus"'):
                self._rows.append(json.loads(line))
        return False

    def kill(self) -> None:
        """Ends it, wherever it is."""
        self._process.kill()

    def figures(self) -> Figures | None:
        """What it told, by corpus; None where it did not come to its end."""
        self._process.wait()
        if not self._rows or self._rows[-1]["corpus"] != "pooled":
            print(
                f"bench-extract: {self._log.stem}: {self._log.read_text().strip().splitlines()[-1:]}", file=sys.stderr
            )
            return None
        return {row["corpus"]: {name: value for name, value in row.items() if name != "corpus"} for row in self._rows}


def _in_turns(readers: Mapping[str, _Reader]) -> dict[str, Figures]:
    """Has each read a page after the other; what died or hangs is left out."""
    going = dict(readers)
    timers = [threading.Timer(RUN_WITHIN_S * len(readers), reader.kill) for reader in readers.values()]
    for timer in timers:
        timer.start()
    while going:
        going = {name: reader for name, reader in going.items() if reader.read_one()}
    for timer in timers:
        timer.cancel()
    told = {name: reader.figures() for name, reader in readers.items()}
    return {name: figures for name, figures in told.items() if figures is not None}


def _show(results: dict[str, Figures]) -> None:
    table = Table(title="Labelled pages, per cent")
    for heading in ("set", "figure", "bar", *results):
        table.add_column(heading)
    for corpus, column, bar, is_more in BARS:
        cells = [_cell(figures.get(corpus, {}).get(column)) for figures in results.values()]
        table.add_row(corpus, column, f"{'≥' if is_more else '≤'} {bar:g}", *cells)
    speeds = [_cell(_cpu_ms(figures)) for figures in results.values()]
    table.add_row("all", "CPU ms a page", f"≤ {CPU_BAR:g} of trafilatura's", *speeds)
    Console(width=40 + 16 * max(4, len(results))).print(table)


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _cpu_ms(figures: Figures) -> float:
    counted = [row for corpus, row in figures.items() if corpus != "pooled"]
    return sum(row["ms"] * row["pages"] for row in counted) / max(1, sum(row["pages"] for row in counted))


def _report(results: dict[str, Figures]) -> dict[str, dict[str, float | bool]]:
    ours = results.get("presswatch", {})
    report: dict[str, dict[str, float | bool]] = {}
    for corpus, column, bar, is_more in BARS:
        value = ours.get(corpus, {}).get(column)
        if value is not None:
            holds = value >= bar if is_more else value <= bar
            report[f"{corpus} {column}"] = {"value": value, "bar": bar, "holds": holds}
    if ours and "trafilatura" in results:
        mine, theirs = _cpu_ms(ours), _cpu_ms(results["trafilatura"])
        share = round(mine / theirs, 2)
        report["cpu of trafilatura's"] = {"value": share, "bar": CPU_BAR, "holds": share <= CPU_BAR}
    return report


if __name__ == "__main__":
    sys.exit(main())
