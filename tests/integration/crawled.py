"""Crawls hostile outlets in a process of its own, and tells what came of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from control.opening import open_from
from control.settings import Settings
from storage.records import Outlet, OutletSource, SourceKind
from tests import commands
from tests.integration.hostileweb import HostileOutlet
from tests.stores import lay_store


def allowed(webs: Mapping[int, HostileOutlet]) -> str:
    """The networks of all outlets but the trap, as a setting."""
    return ",".join(f"127.0.0.{number}/32" for number in webs if number > 1)


def load(folder: Path, outlets: Iterable[Outlet]) -> None:
    """Makes a store in the folder, and monitors these outlets."""
    settings = Settings(data_dir=folder)
    lay_store(folder)
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
    run = commands.run if module == "hostile_crawl" else commands.run_anew
    done = run(",".join(keys), env=env, module=f"tests.integration.{module}", timeout_s=timeout_s)
    with (folder / "crawl.log").open("a", encoding="utf-8") as log:
        log.write(done.stderr)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])
