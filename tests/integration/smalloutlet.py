"""One outlet on loopback in a data folder of its own, and the `presswatch` command run on it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from crawler.outlets.catalogue import write_outlet
from storage.records import Outlet, OutletSource, SourceKind
from tests import commands
from tests.stores import lay_store


class SmallOutlet:
    """The outlet `small` at `base`; `paths` are its sources, feeds unless they are called sitemap."""

    def __init__(self, folder: Path, base: str, *paths: str, **environment: str) -> None:
        self.folder = folder
        self.base = base
        self.key = "small"
        outlet = Outlet(
            key=self.key,
            name="Small Post",
            home_url=f"{base}/",
            sources=tuple(
                OutletSource(kind=SourceKind.SITEMAP if "sitemap" in path else SourceKind.FEED, url=base + path)
                for path in paths or ("/feed",)
            ),
        )
        lay_store(folder / "data")
        (folder / "catalogue").mkdir(exist_ok=True)
        (folder / "catalogue" / "small.toml").write_text(write_outlet(outlet))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
        self.environment = {
            **kept,
            "PRESSWATCH_DATA_DIR": str(folder / "data"),
            "PRESSWATCH_CATALOGUE": str(folder / "catalogue"),
            "PRESSWATCH_ALLOW_NETWORKS": f"{urlsplit(base).hostname}/32",
            "PRESSWATCH_DELAY_S": "0",
            "PRESSWATCH_EXTRACT_PROCESSES": "1",
            "PRESSWATCH_CONTACT": "https://example.org/bot",
            **environment,
        }

    def run(self, *words: str) -> str:
        """What a command prints; it must end well."""
        done = self.try_to(*words)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def try_to(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command, however it ends."""
        return commands.run(*words, env=self.environment)

    def start(self, *words: str) -> commands.Started:
        """A command that is left running."""
        return commands.start(*words, env=self.environment)

    def let_leases_run_out(self) -> None:
        """Half a minute passes for the domains that a dead process held."""
        with closing(sqlite3.connect(self.folder / "data" / "presswatch.sqlite3")) as store, store:
            store.execute("UPDATE domain_leases SET expires_at = 0")

    def crawl(self) -> dict[str, int]:
        """Visits the outlet once; returns how many candidates ended how."""
        done = self.try_to("crawl", self.key, "--json")  # exit status 1 says that a source failed
        assert done.stdout, done.stderr
        return json.loads(done.stdout)["candidates"]
