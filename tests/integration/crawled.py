"""Crawls hostile outlets in a process of its own, and tells what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from control.opening import open_from, upgrade_store
from control.settings import Settings
from storage.records import Outlet, OutletSource, SourceKind
from tests.conftest import ROOT
from tests.integration.hostileweb import HostileOutlet


def allowed(webs: Mapping[int, HostileOutlet]) -> str:
    """The networks of all outlets but the trap, as a setting."""
    return ",".join(f"127.0.0.{number}/32" for number in webs if number > 1)


def load(folder: Path, outlets: Iterable[Outlet]) -> None:
    """Makes a store in the folder, and monitors these outlets."""
    settings = Settings(data_dir=folder)
    upgrade_store(settings)
    store = open_from(settings)
    store.outlets.load(outlets, "shipped", datetime.now(UTC))
    store.close()


def outlet_at(web: HostileOutlet, key: str, paths: Iterable[str], **more: Any) -> Outlet:
    """An outlet whose sources are at these paths; what is called a sitemap is one."""
    sources = tuple(
        OutletSource(kind=SourceKind.SITEMAP if "sitemap" in path else SourceKind.FEED, url=web.base + path)
        for path in paths
    )
    return Outlet(key=key, name=key.title(), home_url=f"{web.base}/", sources=sources, **more)


def crawl(
    folder: Path, keys: Iterable[str], *, timeout_s: float = 150, module: str = "hostile_crawl", **settings: str
) -> dict[str, Any]:
    """One crawl of these outlets; the JSON that `tests.integration.hostile_crawl` prints. Settings as variables."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    env |= {"PRESSWATCH_DATA_DIR": str(folder), "PRESSWATCH_DELAY_S": "0", **settings}
    log = folder / "crawl.log"
    with log.open("ab") as errors:
        done = subprocess.run(
            [sys.executable, "-m", f"tests.integration.{module}", ",".join(keys)],
            env=env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            timeout=timeout_s,
            check=False,
        )
    assert done.returncode == 0, log.read_text(errors="replace")[-4000:]
    return json.loads(done.stdout.splitlines()[-1])
