"""Redis and PostgreSQL servers of a test's own, which it stops, kills and starts again at their old address."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.harness import descendants, free_port

_START_S = 30


class OwnServer:
    """One server; `command` starts it in the foreground."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """How it is started."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it can be worked with."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **_ordinary_user()
            )
        until = time.monotonic() + _START_S
        while not self.answers():
            words = (self.folder / "log").read_text(errors="replace")[-1000:]
            assert time.monotonic() < until, f"it did not start: {words}"
            assert self._process.poll() is None, f"it ended: {words}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it in order, its clients' connections with it."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """`kill -9` of it and all its children, at once."""
        assert self._process is not None
        for pid in [self._process.pid, *descendants(self._process.pid)]:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def _end(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(30)


class OwnRedis(OwnServer):
    """A Redis or Valkey that keeps nothing on disk. `options` are lines of its configuration."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        super().__init__(folder, port)
        self.options = options

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        program = shutil.which("redis-server") or shutil.which("valkey-server") or ""
        lines = ["bind 127.0.0.1", f"port {self.port}", 'save ""', "appendonly no", *self.options]
        settings = self.folder / "redis.conf"
        settings.write_text("\n".join(lines) + "\n")
        settings.chmod(0o644)
        return [program, str(settings)]


class OwnPostgres(OwnServer):
    """A PostgreSQL as it comes: commits are durable before they are answered."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, port)
        self._programs = _postgres_programs()
        assert self._programs is not None
        made = subprocess.run(
            [self._programs / "initdb", "-D", folder / "data", "-U", "presswatch", "--auth=trust", "--no-sync"],
            cwd=folder, capture_output=True, text=True, check=False, **_ordinary_user(),
        )  # fmt: skip
        assert made.returncode == 0, made.stderr

    @property
    def url(self) -> str:
        return f"postgresql://presswatch@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self.folder / "data"), *options]

    def answers(self) -> bool:
        """Whether recovery is over: line 8 of postmaster.pid says so."""
        with contextlib.suppress(OSError):
            return (
                "ready"
                in [line.strip() for line in (self.folder / "data" / "postmaster.pid").read_text().splitlines()][7:8]
            )
        return False

    def kill(self) -> None:
        """`kill -9` of it and all its children, at once."""
        super().kill()
        (self.folder / "data" / "postmaster.pid").unlink(
            missing_ok=True
        )  # else it is read before the next one is written


@contextmanager
def own_redis(*options: str) -> Iterator[OwnRedis]:
    """A running Redis until the block ends; the test skips where there is none."""
    if not (shutil.which("redis-server") or shutil.which("valkey-server")):
        pytest.skip("no redis-server on this machine; scripts/with-services installs one")
    with _room() as folder:
        yield from _running(OwnRedis(folder, free_port(), *options))


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A running PostgreSQL until the block ends; the test skips where there is none."""
    if _postgres_programs() is None:
        pytest.skip("no PostgreSQL on this machine; scripts/with-services installs one")
    with _room() as folder:
        yield from _running(OwnPostgres(folder, free_port()))


def _running(server: Any) -> Iterator[Any]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def _room() -> Iterator[Path]:
    """A folder of the server's user. Not among pytest's, which it closes to others again and again."""
    with tempfile.TemporaryDirectory(prefix="presswatch-server-") as folder:
        if user := _ordinary_user().get("user"):
            os.chown(folder, user, -1)
        yield Path(folder)


def _ordinary_user() -> dict[str, Any]:
    """Arguments that make `subprocess` change the user where we are root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    user = next((each for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody")), None)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _postgres_programs() -> Path | None:
    found = Path(shutil.which("postgres") or "/nonexistent").resolve().parent
    if (found / "initdb").exists():
        return found
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    return max(versions, key=lambda path: float(path.parent.name), default=None)
