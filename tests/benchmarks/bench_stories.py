"""Stories: which articles become one, whose text they are, what that costs, and datasketch's LSH beside it. `make bench-stories`.

Pairs are made of the real texts of PRESSWATCH_SHARED (default ../shared) with the edits that re-publishers make, and of
what looks alike but is none. Then articles go through the follower beside 10,000, 100,000 and 1,000,000 stored ones, on
SQLite and, where PRESSWATCH_TEST_POSTGRES_URL names a server, on PostgreSQL. `--pictures FOLDER` draws what
docs/stories.md shows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import uuid
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url

from storage.dedup.containment import Thresholds
from storage.sql.story_copies import StoryRules
from tests.benchmarks import bench_origins
from tests.benchmarks.story_corpus import originals
from tests.benchmarks.story_load import Cost, measure
from tests.benchmarks.story_pictures import draw
from tests.benchmarks.story_quality import Piece, Score, corpus, follow, score

ROOT = Path(__file__).resolve().parents[2]
_CONTAINMENTS = (0.2, 0.3, 0.4, 0.5, 0.6)
_CUTS = (3, 5, 10, 400)
_INSTALL_WITHIN_S, _RUN_WITHIN_S = 300, 1_800


def main() -> int:
    """Measures, prints tables and one line of JSON; exit code 1 when a bar is missed, 2 without pages."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--every", type=int, default=3, help="of pages without a labelled text, read every Nth")
    asked.add_argument("--originals", type=int, default=400, help="texts that are copied")
    asked.add_argument("--shuffles", type=int, default=20, help="orders of arrival that are tried")
    asked.add_argument("--stored", default="10000,100000,1000000", help="stored articles; empty: cost is not measured")
    asked.add_argument("--followed", type=int, default=2_000, help="articles whose cost is measured")
    asked.add_argument("--pictures", type=Path, help="folder for the pictures of docs/stories.md")
    options = asked.parse_args()
    pages = Path(os.environ.get("PRESSWATCH_SHARED", ROOT.parent / "shared")) / "pages"
    if not pages.is_dir():
        print(f"bench-stories: {pages} is absent; set PRESSWATCH_SHARED to the folder of test data", file=sys.stderr)
        return 2
    pieces = corpus(originals(pages, options.every), options.originals)
    straight = list(range(len(pieces)))
    groups, took_ms = follow(pieces, StoryRules(), straight)
    found = score(pieces, groups)
    _show(found, len(pieces), took_ms)
    report = _figures(found)
    named = bench_origins.measured()
    print("\n".join(bench_origins.lines(named)))
    report |= bench_origins.figures(named)
    report |= _rival(pieces, found, took_ms)
    report |= _shuffled(pieces, groups, options.shuffles)
    costs = _costs([int(count) for count in options.stored.split(",") if count], options.followed)
    report |= _cost_figures(costs)
    if options.pictures:
        _draw(options.pictures, pieces, costs)
    print(json.dumps(report))
    return 0 if all(figure["holds"] for figure in report.values()) else 1


def _figures(found: Score) -> dict[str, Any]:
    report = {"precision": _figure(found.precision, 0.99), "recall": _figure(found.recall, 0.98)}
    for kind, (right, total) in found.by_kind.items():
        if total:
            report[f"recall, {kind}"] = _figure(right / total, 0.95)
    return report


def _figure(value: float, bar: float, *, is_more: bool = True) -> dict[str, Any]:
    return {"value": round(value, 4), "bar": bar, "holds": value >= bar if is_more else value <= bar}


def _show(found: Score, count: int, took_ms: float) -> None:
    table = Table(title=f"{count} articles, {took_ms:.1f} ms CPU each: nearly all are copies or look like some")
    for heading in ("kind of copy", "in the story of its original", "share"):
        table.add_column(heading)
    for kind, (right, total) in found.by_kind.items():
        table.add_row(kind, f"{right} of {total}", f"{right / max(1, total):.3f}")
    table.add_row("all", "", f"{found.recall:.3f}")
    table.add_row("pairs within stories that are right", "", f"{found.precision:.4f}")
    Console(width=100).print(table)
    if found.wrong:
        print("wrong pairs:", ", ".join(f"{kind} {number}" for kind, number in found.wrong.most_common(8)))


def _shuffled(pieces: Sequence[Piece], groups: Sequence[Sequence[int]], shuffles: int) -> dict[str, Any]:
    """Whether other orders of arrival, in batches of other sizes, give the same stories."""
    dice = random.Random(20)
    part = dice.sample(range(len(pieces)), min(len(pieces), 700)) if shuffles else []
    some = [pieces[place] for place in part]
    same, expected = 0, None
    for number in range(shuffles):
        order = dice.sample(range(len(some)), len(some))
        got, _ = follow(some, StoryRules(), order, batch=(1, 7, 50, 200)[number % 4])
        expected = got if expected is None else expected
        same += got == expected
    if shuffles:
        print(f"{same} of {shuffles} orders of arrival give the same stories")
    return {"same stories in other orders": _figure(same, shuffles)} if shuffles else {}


# ------------------------------------------------------------------------------------ the rival


def _rival(pieces: Sequence[Piece], ours: Score, took_ms: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
        rows = _datasketch(pieces, Path(folder))
    if not rows:
        print("bench-stories: datasketch was left out", file=sys.stderr)
        return {}
    scored = [(row, _score_of(pieces, row["pairs"])) for row in rows]
    best, theirs = max(scored, key=lambda each: _f1(each[1]))
    table = Table(title="Beside datasketch's MinHash-LSH, at its best threshold")
    for heading in ("", "Presswatch", f"datasketch at {best['threshold']:g}"):
        table.add_column(heading)
    for name, one, other in (
        ("precision", f"{ours.precision:.4f}", f"{theirs.precision:.4f}"),
        ("recall", f"{ours.recall:.4f}", f"{theirs.recall:.4f}"),
        ("F1", f"{_f1(ours):.4f}", f"{_f1(theirs):.4f}"),
        ("CPU ms an article", f"{took_ms:.2f}", f"{best['ms']:.2f}"),
        ("bytes an article", "see below, on disk", f"{best['bytes']:.0f} in memory"),
    ):
        table.add_row(name, one, other)
    Console(width=100).print(table)
    return {"F1 beside datasketch's": _figure(_f1(ours), round(_f1(theirs), 4))}


def _f1(found: Score) -> float:
    return 2 * found.precision * found.recall / max(1e-9, found.precision + found.recall)


def _score_of(pieces: Sequence[Piece], pairs: Sequence[Sequence[int]]) -> Score:
    above = list(range(len(pieces)))

    def of(place: int) -> int:
        while above[place] != place:
            above[place] = place = above[above[place]]
        return place

    for one, other in pairs:
        above[of(one)] = of(other)
    groups: dict[int, list[int]] = {}
    for place in range(len(pieces)):
        groups.setdefault(of(place), []).append(place)
    return score(pieces, [group for group in groups.values() if len(group) > 1])


def _datasketch(pieces: Sequence[Piece], folder: Path) -> list[dict[str, Any]]:
    texts = folder / "texts.json"
    texts.write_text(json.dumps([piece.body for piece in pieces]), encoding="utf-8")
    venv.create(folder / "rival", with_pip=True)
    python = folder / "rival" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "datasketch"]
    run = [str(python), str(ROOT / "tests" / "benchmarks" / "story_rival.py"), str(texts)]
    try:
        done = subprocess.run(install, capture_output=True, text=True, timeout=_INSTALL_WITHIN_S, check=False)
        if done.returncode:
            return []
        done = subprocess.run(run, capture_output=True, text=True, timeout=_RUN_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        return []
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


# ------------------------------------------------------------------------------------- the cost


def _costs(stored: Sequence[int], followed: int) -> list[Cost]:
    costs = []
    for count in stored:
        with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
            costs.append(measure(f"sqlite:///{folder}/stories.sqlite3", count, followed))
        if server := os.environ.get("PRESSWATCH_TEST_POSTGRES_URL"):
            with _database(server) as url:
                costs.append(measure(url, count, followed))
    if costs:
        table = Table(title="Cost of an article beside stored ones")
        for heading in ("database", "stored", "CPU ms", "of it server", "bytes of index"):
            table.add_column(heading)
        for cost in costs:
            whole = cost.client_ms + cost.server_ms
            table.add_row(
                cost.database, f"{cost.stored:,}", f"{whole:.2f}", f"{cost.server_ms:.2f}", f"{cost.index_bytes:.0f}"
            )
        Console(width=100).print(table)
    return costs


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"presswatch_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _cost_figures(costs: Sequence[Cost]) -> dict[str, Any]:
    report = {}
    for cost in costs:
        name = f"{cost.database}, {cost.stored} stored"
        report[f"CPU ms an article, {name}"] = _figure(cost.client_ms + cost.server_ms, 3, is_more=False)
        if cost.stored >= 1_000_000:
            report[f"bytes of index an article, {name}"] = _figure(cost.index_bytes, 400, is_more=False)
    return report


# --------------------------------------------------------------------------------- the pictures


def _draw(folder: Path, pieces: Sequence[Piece], costs: Sequence[Cost]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    order = list(range(len(pieces)))
    rules = StoryRules()
    by_containment = {}
    for value in _CONTAINMENTS:
        own = max(value, rules.thresholds.own_containment)
        limits = Thresholds(containment=value, own_containment=own)
        by_containment[f"{value:g}"] = score(pieces, follow(pieces, replace(rules, thresholds=limits), order)[0])
    _draw_scores(folder / "stories-containment.svg", "Share of words that must be shared", by_containment)
    by_cut = {}
    for cut in _CUTS:
        name = "never" if cut == max(_CUTS) else str(cut)
        by_cut[name] = score(pieces, follow(pieces, replace(rules, boilerplate_from=cut), order)[0])
    _draw_scores(
        folder / "stories-boilerplate.svg", "Articles of an outlet from which a passage is boilerplate", by_cut
    )
    lines = {
        database: [(f"{c.stored:,}", c.client_ms + c.server_ms) for c in costs if c.database == database]
        for database in sorted({cost.database for cost in costs})
    }
    if lines:
        top = max(3.5, *(value for line in lines.values() for _, value in line))
        draw(folder / "stories-cost.svg", "CPU of an article, ms", "stored articles", lines, top=top, bar=3)


def _draw_scores(path: Path, below: str, scores: Mapping[str, Score]) -> None:
    lines = {
        "precision": [(name, each.precision) for name, each in scores.items()],
        "recall": [(name, each.recall) for name, each in scores.items()],
        "recall, worst kind": [(name, _worst(each)) for name, each in scores.items()],
    }
    draw(path, "Pairs of articles in one story", below, lines, top=1.0, bar=0.98)


def _worst(found: Score) -> float:
    return min(right / total for right, total in found.by_kind.values() if total)


if __name__ == "__main__":
    sys.exit(main())
