"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages, feeds and suites; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("PRESSWATCH_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; set PRESSWATCH_SHARED to the folder of shared test data")
    return folder
