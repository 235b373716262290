"""An S3 server of a test's own (moto's), which it stops and starts again at its old address."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from tests.acceptance.harness import free_port

SECRET = "a-secret-that-nobody-may-read"
TOKEN = "a-token-that-nobody-may-read"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "presswatch-tests",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": TOKEN,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_START_S = 60


class BucketServer:
    """The server. What it keeps is gone when it stops."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._port = free_port()
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)], stdout=out, stderr=out
            )
        give_up = time.monotonic() + _START_S
        while time.monotonic() < give_up:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
                return
            time.sleep(0.05)
        raise AssertionError(f"the S3 server did not start: {self.log.read_text()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @cached_property
    def client(self) -> Any:
        """What another program sees of it."""
        return boto3.session.Session().client("s3", endpoint_url=self.endpoint)


@contextlib.contextmanager
def cutting_off(endpoint: str | None, times: int) -> Iterator[tuple[str, list[int]]]:
    """The address of what passes all on to the server, but cuts so many of its answers off in the middle; and which."""
    cuts: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_pass_on, args=(listener, urlsplit(endpoint).port, cuts, times), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", cuts


def _pass_on(listener: socket.socket, port: int | None, cuts: list[int], times: int) -> None:
    """One request a connection, all of it in one piece."""
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            with client, socket.create_connection(("127.0.0.1", port or 0)) as server:
                server.sendall(client.recv(65_536).replace(b"Connection: keep-alive", b"Connection: close"))
                server.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda server=server: server.recv(65_536), b""))
                if len(cuts) < times:
                    answer = answer[: len(answer) // 2]
                    cuts.append(len(answer))
                client.sendall(answer)
