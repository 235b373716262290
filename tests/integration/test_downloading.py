"""What holds of each download, whatever the host clocks and middlewares do."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT
from tests.integration.smallweb import SmallWeb, html, small_web


def downloaded(web: SmallWeb, *paths: str, within_s: float) -> list[str]:
    command = [sys.executable, "-m", "tests.integration.downloading", web.base, *paths, str(within_s)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines()


def test_a_host_that_answers_is_asked_nothing_else_meanwhile():
    """Without the clocks, which see to it first."""
    with small_web("127.0.0.52", {"/a": html("A"), "/b": html("B")}) as web:
        web.delays_s.update({"/a": 0.5, "/b": 0.5})
        assert downloaded(web, "/a", "/b", within_s=30) == ["200 tester", "200 tester"]
        assert web.at_once == 1


def test_an_answer_that_takes_too_long_is_given_up():
    with small_web("127.0.0.52", {"/slow": html("slow"), "/b": html("B")}) as web:
        web.delays_s["/slow"] = 3.0
        assert downloaded(web, "/slow", "/b", within_s=1) == ["DownloadTimeoutError", "200 tester"]
