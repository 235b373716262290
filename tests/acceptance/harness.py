"""Starts, kills and stops real Presswatch processes, each Presswatch with a data folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests import commands
from tests.acceptance.environment import PRESSWATCH, ROOT, environment, store_file
from tests.acceptance.stored import Stored
from tests.newsweb.process import wait_until

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never reached by proxy


class Running:
    """One started process, in a session of its own; what it says goes to a file."""

    def __init__(self, command: list[str], env: Mapping[str, str], log: Path):
        self.log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                env=dict(env),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the process, and of the session that it leads."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """`kill -9` of this process alone; what it started has to notice by itself."""
        self._process.kill()
        self._process.wait()

    def kill_all(self) -> None:
        """`kill -9` of this process and all that it started, at once."""
        for pid in [self._process.pid, *descendants(self._process.pid)]:
            with contextlib.suppress(OSError):  # it may have ended meanwhile
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, timeout_s: float = 20) -> int:
        """Asks it to end, as Ctrl-C or a service manager does; returns its exit code. Raises TimeoutExpired."""
        if self.is_alive:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout_s)

    def words(self) -> str:
        """The end of what it said, for a failing test to show."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:]


class Presswatch:
    """A Presswatch under test: its settings, its processes, its store. Ends all of them on exit.

    `settings` are Presswatch's own, in lower case and without the prefix: `interval_s="2"`.
    """

    def __init__(self, folder: Path, catalogue: Path, **settings: str):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.env = dict(environment(folder / "data", catalogue, host="127.0.0.1", port=str(self.port), **settings))
        self.stored = Stored(store_file(folder / "data"))
        self._running: list[Running] = []

    def start(self, *command: str) -> Running:
        """Starts `presswatch COMMAND...`."""
        running = Running([str(PRESSWATCH), *command], self.env, self.folder / f"{command[0]}.log")
        self._running.append(running)
        return running

    def up(self, timeout_s: float = 60) -> Running:
        """Starts the whole service and waits until its page answers. Raises RuntimeError when it does not."""
        running = self.start("up")
        if not wait_until(lambda: self.is_ready() or not running.is_alive, timeout_s) or not running.is_alive:
            raise RuntimeError(f"the service was not ready within {timeout_s:g} s; it said:\n{running.words()}")
        return running

    def run(self, *command: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs `presswatch COMMAND...` to its end. Raises TimeoutExpired."""
        return commands.run(*command, env=self.env, timeout_s=timeout_s)

    def is_ready(self) -> bool:
        """Whether the web process answers and reaches its store."""
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page of the service. Raises OSError where nothing answers."""
        try:
            with _DIRECT.open(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def close(self) -> None:
        """Kills whatever still runs."""
        for running in self._running:
            running.kill_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(pid: int) -> list[int]:
    """All processes that a process started, and those that they started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it may have ended meanwhile
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found += (born := children.get(waiting.pop(), []))
        waiting += born
    return found
