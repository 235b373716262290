"""Private Redis and PostgreSQL servers on free loopback ports, gone when their `with` block ends."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_START_S = 30
_STOP_S = 20
_ATTEMPTS = 3  # a free port may be taken by another process before the server binds it


class DoesNotStart(Exception):
    """A server did not start; the message holds its last words."""


@contextmanager
def redis(program: Path, folder: Path) -> Iterator[str]:
    """A Redis (or Valkey) without persistence; yields its URL."""
    _room(folder)
    password = secrets.token_urlsafe(16)

    def start(port: int) -> subprocess.Popen[bytes]:
        # Settings go through a file so that no other user reads the password off the process list.
        settings = folder / "redis.conf"
        settings.write_text(
            f'bind 127.0.0.1\nport {port}\ndir {folder}\nsave ""\nappendonly no\nrequirepass {password}\n'
        )
        _give(settings)
        return _spawn([str(program), str(settings)], folder, signal.SIGTERM)

    with _started("Redis", start, folder, signal.SIGTERM) as port:
        yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextmanager
def postgres(programs: Path, folder: Path, max_log: str = "1GB") -> Iterator[str]:
    """A PostgreSQL in a new cluster, run as an ordinary user because it refuses root; yields its URL.

    `max_log`: about how much its write-ahead log may take, as its own setting says it.

    It skips fsync: a test that kills our processes loses nothing by that, and tests run several times faster.
    """
    _room(folder)
    password = secrets.token_urlsafe(16)
    secret = folder / "password"
    secret.write_text(password)
    _give(secret)
    data = folder / "data"
    made = subprocess.run(
        [str(programs / "initdb"), "-D", str(data), "-U", "presswatch", "--pwfile", str(secret),
         "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        **_as_ordinary_user(),
    )  # fmt: skip
    if made.returncode:
        raise DoesNotStart(f"initdb failed: {made.stdout[-500:].strip()}")

    def start(port: int) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 100,
            "max_wal_size": max_log,
        }  # fmt: skip
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return _spawn([str(programs / "postgres"), "-D", str(data), *options], folder, signal.SIGINT)

    # SIGINT is PostgreSQL's "fast" shutdown: it ends open connections instead of waiting for them.
    with _started("PostgreSQL", start, folder, signal.SIGINT) as port:
        _await_postgres(data)
        yield f"postgresql://presswatch:{password}@127.0.0.1:{port}/postgres"


@contextmanager
def _started(name: str, start, folder: Path, stop_signal: signal.Signals) -> Iterator[int]:  # noqa: ANN001 - a local closure
    for attempt in range(1, _ATTEMPTS + 1):
        port = _free_port()
        process = start(port)
        try:
            if _answers(process, port):
                yield port
                return
        finally:
            _stop(process, stop_signal)
        if attempt == _ATTEMPTS:
            words = (folder / "log").read_text(errors="replace")[-500:].strip()
            raise DoesNotStart(f"{name} did not start {attempt} times. Its last words: {words}")


def _spawn(command: list[str], folder: Path, stop_signal: signal.Signals) -> subprocess.Popen[bytes]:
    """Starts a server that ends with us, even when we are killed, and that Ctrl-C does not reach before us."""
    dies_with_us = (
        ["setpriv", "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--"] if shutil.which("setpriv") else []
    )
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*dies_with_us, *command],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            **_as_ordinary_user(),
        )  # fmt: skip


def _stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    process.send_signal(stop_signal)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False


def _await_postgres(data: Path) -> None:
    """Waits until recovery is over: line 8 of postmaster.pid says "ready", where pg_ctl looks too."""
    until = time.monotonic() + _START_S
    while "ready" not in _lines(data / "postmaster.pid")[7:8]:
        if time.monotonic() > until:
            raise DoesNotStart(f"PostgreSQL took more than {_START_S} s to accept connections")
        time.sleep(0.05)


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text().splitlines()]
    except OSError:
        return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _room(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    _give(folder)


def _give(path: Path) -> None:
    path.chmod(0o700 if path.is_dir() else 0o600)
    if (user := _ordinary_user()) is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def _as_ordinary_user() -> dict[str, Any]:
    """Arguments that make `subprocess` change the user."""
    user = _ordinary_user()
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _ordinary_user() -> pwd.struct_passwd | None:
    """Whom servers run as: ourselves (None) unless we are root, then `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names.get("nobody")
    if user is None:
        raise DoesNotStart("we are root and this system has neither a user postgres nor a user nobody to run as")
    return user
