"""Where a crawl's CPU time goes: by process, by stage, and what the courier adds for the same articles."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.process_tree import Cost

_HERE = Path(__file__).resolve().parent
#: What each generation of processes of `presswatch crawl` does.
PROCESSES = ("worker: fetching, archive, store", "fork server: loads the libraries once", "extraction processes")


def sampled(env: Mapping[str, str], samples: Path) -> dict[str, str]:
    """The environment in which each Python process notes its stages into a folder."""
    samples.mkdir(parents=True, exist_ok=True)
    path = ":".join(filter(None, (str(_HERE / "sampled"), env.get("PYTHONPATH"))))
    return {**env, "PYTHONPATH": path, "SAMPLES": str(samples)}


def stages(samples: Path, articles: int) -> dict[str, dict[str, float]]:
    """CPU milliseconds an article by role (worker, child) and stage, the greatest first."""
    found: dict[str, Counter[str]] = {}
    for file in samples.glob("*.json"):
        found.setdefault(file.name.partition("-")[0], Counter()).update(json.loads(file.read_text()))
    return {
        role: {stage: 1000 * seconds / max(1, articles) for stage, seconds in spent.most_common()}
        for role, spent in sorted(found.items())
    }


def courier_cpu_ms(env: Mapping[str, str], articles: int) -> float:
    """CPU milliseconds an article of the courier, which follows in a process of its own: signatures and stories."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.courier_share"],
        env=dict(env),
        cwd=_HERE.parents[1],
        check=True,
        capture_output=True,
        text=True,
    )
    return 1000 * float(answer.stdout.splitlines()[-1]) / max(1, articles)


def table(cost: Cost, by_role: Mapping[str, Mapping[str, float]], courier_ms: float, articles: int) -> str:
    """For people."""
    lines = ["", f"CPU ms an article by process ({articles} articles)"]
    for generation, name in enumerate(PROCESSES):
        lines.append(f"  {1000 * cost.by_generation.get(generation, 0.0) / max(1, articles):6.2f}  {name}")
    lines.append(f"  {courier_ms:6.2f}  courier, beside the crawl: signatures, stories")
    for role, spent in by_role.items():
        lines.append(f"CPU ms an article by stage: {role} ({sum(spent.values()):.2f}, as sampled)")
        lines += [f"  {each:6.2f}  {stage}" for stage, each in spent.items()]
    return "\n".join(lines)
