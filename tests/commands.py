"""Commands as processes of their own, without the second that Python takes to load them.

One process for each of pytest's has loaded Presswatch already, and forks (`tests.forkserver`). What is started this
way runs the same code with its own environment, folder and standard files; only what modules do when they are
imported has been done before. Tests of the service's own processes start those as a user does.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO

from tests.conftest import ROOT
from tests.forkserver import NUMBER


class Started:
    """A program that runs; to be waited for."""

    def __init__(self, connection: socket.socket, words: Sequence[str]) -> None:
        self._connection = connection
        self._words = words
        self.pid: int = NUMBER.unpack(connection.recv(NUMBER.size, socket.MSG_WAITALL))[0]
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout_s: float) -> int:
        """Its exit status, negative when a signal ended it. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._connection.settimeout(max(timeout_s, 0.001))
            try:
                answer = self._connection.recv(NUMBER.size, socket.MSG_WAITALL)
            except TimeoutError:
                raise subprocess.TimeoutExpired(list(self._words), timeout_s) from None
            self._connection.close()
            (self.returncode,) = NUMBER.unpack(answer)
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Sends a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """`kill -9`."""
        self.send_signal(signal.SIGKILL)


def start(
    *words: str,
    env: Mapping[str, str],
    module: str = "control",
    cwd: Path = ROOT,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    stderr: IO[bytes] | None = None,
    is_apart: bool = False,
) -> Started:
    """Starts `presswatch WORDS...`, or another module; a file that is not given is /dev/null.

    `is_apart`: in a session of its own, as what is to be killed with all that it started.
    """
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_server())
    told = {"module": module, "words": words, "environment": dict(env), "folder": str(cwd), "apart": is_apart}
    with Path(os.devnull).open("r+b") as nothing:
        files = [(file or nothing).fileno() for file in (stdin, stdout, stderr)]
        message = json.dumps(told).encode() + b"\n"
        sent = socket.send_fds(connection, [message], files)
        connection.sendall(message[sent:])
        return Started(connection, words)


def run(
    *words: str,
    env: Mapping[str, str],
    module: str = "control",
    cwd: Path = ROOT,
    stdin: str = "",
    timeout_s: float = 90,
) -> subprocess.CompletedProcess[str]:
    """Runs `presswatch WORDS...`, or another module, to its end. Raises subprocess.TimeoutExpired."""
    with ExitStack() as stack:
        given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(stdin.encode())
        given.seek(0)
        process = start(*words, env=env, module=module, cwd=cwd, stdin=given, stdout=out, stderr=err)
        try:
            status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(list(words), status, *said)


def run_anew(
    *words: str, env: Mapping[str, str], module: str, timeout_s: float = 90
) -> subprocess.CompletedProcess[str]:
    """Runs a module in a Python of its own, for what it must do before Presswatch is loaded."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        env=env, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False,
    )  # fmt: skip


@cache
def _server() -> str:
    """The socket of this process's fork server, started when it is first needed."""
    folder = tempfile.mkdtemp(prefix="presswatch-tests-")
    place = f"{folder}/forks"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.forkserver", place],
        cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    atexit.register(_end, server, Path(place))
    if server.stdout is None or server.stdout.readline() != b"ready\n":
        raise RuntimeError("the process that forks for commands did not start")
    return place


def _end(server: subprocess.Popen[bytes], place: Path) -> None:
    server.kill()
    server.wait()
    for stream in (server.stdin, server.stdout):
        if stream is not None:
            stream.close()
    place.unlink(missing_ok=True)
    place.parent.rmdir()
