"""What schemathesis makes of the API's own description: no answer that it does not tell of, and no failure (5xx).

`make soak-api` takes ten minutes, or as many as SOAK_API_MINUTES says. Every other run tries the examples alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readingroom import ReadingRoom, reading_room

MINUTES = float(os.environ.get("PRESSWATCH_TEST_SOAK_API_MINUTES", "10"))
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
#: A stream ends when it is told to, and what is looked up had better be there at times.
SETTINGS = """
[[operations]]
include-name = "GET /api/v1/events/stream"
parameters = { for_s = 0 }
"""
#: The examples of a description name what a store of the day may not have.
SUMMARY = re.compile(r"(\d+) generated, (\d+) passed")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path) as room:
        yield room


def schemathesis(room: ReadingRoom, folder: Path, *options: str, minutes: float) -> str:
    """Its report; fails the test where it found anything."""
    settings = folder / "schemathesis.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    command = Path(sys.executable).with_name("schemathesis")
    run = subprocess.run(
        [
            command, "--config-file", settings, "run", f"{room.site.url}/api/openapi.json",
            "--checks", CHECKS, "--request-timeout", "60", "--continue-on-failure", "--no-shrink", *options,
        ],
        cwd=folder, capture_output=True, text=True, timeout=60 * minutes + 300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_every_operation_answers_its_example_as_described(room: ReadingRoom, tmp_path: Path):
    report = schemathesis(room, tmp_path, "--phases", "examples", minutes=1)
    generated, passed = map(int, SUMMARY.search(report).groups())
    assert generated == passed >= len(room.site.ask("/api/openapi.json").json["paths"])


@pytest.mark.soak
@pytest.mark.timeout(60 * MINUTES + 400)
def test_nothing_that_is_sent_is_answered_with_a_failure_or_as_nobody_said(room: ReadingRoom, tmp_path: Path):
    report = schemathesis(room, tmp_path, "--max-time", str(round(60 * MINUTES)), minutes=MINUTES)
    print(report)
    generated, passed = map(int, SUMMARY.search(report).groups())
    assert generated == passed > 100
