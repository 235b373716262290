"""A newsweb in a process of its own, for tests and benchmarks."""

from __future__ import annotations

import json
import re
import select
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never reached by proxy


class RunningNewsweb:
    """Serves from construction until `stop`; `folder` takes the ground truth and the access log.

    `options` are those of `newsweb serve`, without --port, --truth and --log. Raises RuntimeError when it does not start.
    """

    def __init__(self, folder: Path, *options: str, port: int = 0, start_s: float = 60):
        folder.mkdir(parents=True, exist_ok=True)
        self.truth_file, self.log_file = folder / "truth.jsonl", folder / "access.jsonl"
        command = [sys.executable, "-m", "tests.newsweb", "serve", "--port", str(port)]
        command += ["--truth", str(self.truth_file), "--log", str(self.log_file), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.port = self._port(start_s)
        self.outlets: list[dict[str, Any]] = self._control("outlets")
        self.bases: list[str] = [outlet["base"] for outlet in self.outlets]

    def _port(self, start_s: float) -> int:
        """Reads the line that tells the port; it comes once all is served."""
        ready, _, _ = select.select([self.process.stdout], [], [], start_s)
        line = self.process.stdout.readline() if ready else ""
        match = re.search(r":(\d+)\)$", line.strip())
        if match is None:
            self.stop()
            raise RuntimeError(f"newsweb did not start within {start_s:g} s; it said {line!r}")
        return int(match[1])

    def _control(self, page: str, *, post: bool = False) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_newsweb/{page}", method="POST" if post else "GET"
        )
        if (code := self.process.poll()) is not None:
            raise RuntimeError(
                f"newsweb has ended with {code}, so its outlets answer nobody; did something else end it?"
            )
        with _DIRECT.open(request, timeout=10) as answer:
            return json.load(answer)

    def status(self) -> dict[str, Any]:
        """Simulated time (`now`, seconds since 1970) and how many articles are `published`; writes out the access log."""
        return self._control("status")

    def advance(self, seconds: float) -> None:
        """Skips ahead in simulated time."""
        self._control(f"advance?seconds={seconds:g}", post=True)

    def truth(self) -> dict[str, dict[str, Any]]:
        """What a perfect crawler would know, by article key."""
        with self.truth_file.open(encoding="utf-8") as lines:
            return {record["key"]: record for record in map(json.loads, lines)}

    def log(self) -> list[dict[str, Any]]:
        """All requests answered so far, in the order of their ends."""
        self.status()
        with self.log_file.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]

    def stop(self) -> None:
        """Ends it; the truth and the log stay."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def wait_until(condition: Any, timeout_s: float, every_s: float = 0.2) -> bool:
    """Whether a condition came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True
