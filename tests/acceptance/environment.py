"""The environment in which a Presswatch under test runs: private data, loopback allowed, no delay."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRESSWATCH = Path(sys.executable).with_name("presswatch")


def store_file(data: Path) -> Path:
    """Where the store of a data folder lies."""
    return data / "presswatch.sqlite3"


def environment(data: Path, catalogue: Path, **settings: str) -> Mapping[str, str]:
    """Environment variables for one Presswatch; `settings` are given in lower case and without the prefix."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    ours = {
        "data_dir": str(data),
        "catalogue": str(catalogue),
        "allow_networks": "127.0.0.0/8",
        "contact": "https://example.org/bot",
        "delay_s": "0",
    }
    return inherited | {f"PRESSWATCH_{name.upper()}": value for name, value in (ours | settings).items()}
