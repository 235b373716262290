"""All bars of speed, one bench after another, and a table of them at the end.

    python tests/benchmarks/bench_bars.py [--only crawl,polls] [--long]

Each bench is a process of its own, says what it has to say, and ends with a line of JSON, of which the figures that have a
bar are gathered. Those that take an hour or need other programs run with `--long` only, and are named otherwise. One that
ends without that line is named too. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SERVICES = str(ROOT / "scripts" / "with-services")


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench: what it measures, and how it is started from the root."""

    about: str
    arguments: Sequence[str]
    is_long: bool = False
    needs_services: bool = False

    @property
    def command(self) -> list[str]:
        """The whole command."""
        own = [sys.executable, *self.arguments]
        return [sys.executable, SERVICES, *own] if self.needs_services else own


def _file(name: str, *more: str) -> list[str]:
    return [f"tests/benchmarks/{name}.py", *more]


BENCHES: Mapping[str, Bench] = {
    "crawl": Bench("articles a second, beside a plain Scrapy spider", _file("bench_crawl")),
    "extract": Bench(
        "CPU of extraction, beside trafilatura",
        ["-m", "tests.benchmarks.bench_extract", "--only", "presswatch,trafilatura"],
    ),
    "polls": Bench("visits that find nothing new, beside a bare Scrapy loop", _file("bench_polls")),
    "store": Bench(
        "articles into the databases, beside what a crawl brings", _file("bench_store"), needs_services=True
    ),
    "seen": Bench("Redis memory of 10,000,000 URLs", _file("bench_seen", "--urls", "10000000"), is_long=True),
    "rivals": Bench("beside other crawlers, which are installed for it", _file("bench_rivals"), is_long=True),
    "growth": Bench(
        "an article beside 1,000,000 stored ones", _file("bench_growth"), is_long=True, needs_services=True
    ),
}


def run(bench: Bench) -> dict[str, Any] | None:
    """Runs a bench; what it says goes out as it comes. None where its last line is no JSON."""
    last = ""
    with subprocess.Popen(bench.command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    try:
        told: dict[str, Any] = json.loads(last)
    except ValueError:
        return None
    return told


def table(bars: Sequence[tuple[str, str, dict[str, Any]]]) -> str:
    """For people."""
    lines = [f"{'bench':8} {'figure':34} {'value':>10} {'bar':>8}  holds"]
    lines += [
        f"{name:8} {figure:34} {told['value']!s:>10} {told['bar']!s:>8}  {'yes' if told['holds'] else 'NO'}"
        for name, figure, told in bars
    ]
    return "\n".join(lines)


def main() -> int:
    """Runs them in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help=f"names with commas between, of {', '.join(BENCHES)}")
    parser.add_argument("--long", action="store_true", help="those that take long, too")
    options = parser.parse_args()
    named = options.only.split(",") if options.only else []
    if unknown := set(named) - set(BENCHES):
        parser.error(f"no bench is called {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    bars: list[tuple[str, str, dict[str, Any]]] = []
    left_out, failed = [], []
    for name, bench in BENCHES.items():
        if named and name not in named:
            continue
        if bench.is_long and not (options.long or name in named):
            left_out.append(f"make bench-{name}: {bench.about}")
            continue
        print(f"--- make bench-{name}: {bench.about}", flush=True)
        told = run(bench)
        if told is None:
            failed.append(f"make bench-{name} did not come to its end")
        bars += [(name, figure, values) for figure, values in (told or {}).items() if _has_bar(values)]
    print("\n".join(["", table(bars), *failed]))
    if left_out:
        print("\n".join(['Not run, as they take long (ARGS="--long" runs them, too):', *left_out]))
    print(json.dumps({f"{name} {figure}": values for name, figure, values in bars}))
    return 0 if not failed and all(values["holds"] for _, _, values in bars) else 1


def _has_bar(values: object) -> bool:
    return isinstance(values, dict) and {"value", "bar", "holds"} <= values.keys()


if __name__ == "__main__":
    sys.exit(main())
