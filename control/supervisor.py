"""`presswatch up`: the four processes of the service on one machine, kept alive, and shown live."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from control.admission import demand_users
from control.listening import await_port
from control.live import LiveView
from control.opening import load_catalogue, open_from, upgrade_store
from control.settings import BadSettings, Settings
from storage.store import Store

log = structlog.get_logger(__name__)

ROLES = ("scheduler", "worker", "web", "courier")
_LOOK_EVERY_S = 0.25
_STOP_WITHIN_S = 12.0
_MAX_LOG_BYTES = 10_000_000
_CUT_LOGS_EVERY_S = 60.0
#: A process that dies is started again after this long, doubled while it keeps dying within a minute.
_FIRST_RESTART_S, _LONGEST_RESTART_S, _WELL_AFTER_S = 0.5, 30.0, 60.0


@dataclass(eq=False)
class _Process:
    role: str
    popen: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    restart_at: float = 0.0


@dataclass(eq=False)
class Supervisor:
    """Starts the processes, starts again those that die, and ends them in order."""

    settings: Settings
    roles: tuple[str, ...] = ROLES
    signals: list[int] = field(default_factory=list)
    processes: list[_Process] = field(default_factory=list)
    logs_cut_at: float = 0.0  # monotonic, the next time

    def run(self) -> int:
        """Runs until SIGINT or SIGTERM; returns the exit status. Raises BadSettings or a StorageError at the start."""
        with _only_one(self.settings.data_dir):
            began = datetime.now(UTC)
            await_port(self.settings)  # else the page would be started again and again, its reason in a log file
            upgrade_store(self.settings)
            store = open_from(self.settings)
            try:
                demand_users(self.settings, store, began)
                changed = load_catalogue(self.settings, store)
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, lambda number, _: self._on_signal(number))
                self.processes = [_Process(role) for role in self.roles]
                for process in self.processes:
                    self._start(process)
                return self._watch(store, LiveView(store, self.settings, began, changed))
            finally:
                self._kill_all()
                store.close()

    def _on_signal(self, number: int) -> None:
        self.signals.append(number)
        if len(self.signals) > 1:  # asked twice: at once
            self._kill_all()
            os._exit(128 + number)

    def _watch(self, store: Store, view: LiveView) -> int:
        with view:
            while not self.signals:
                self._cut_logs()
                self._revive(store)
                view.refresh()
                time.sleep(_LOOK_EVERY_S)
            view.say("Stopping: what is in flight is finished or handed back. Ctrl-C again stops at once.")
            self._stop_all()
            view.say("Stopped. Nothing was lost; `make run` or `presswatch up` goes on from here.")
        return 0

    def _start(self, process: _Process) -> None:
        command = [sys.executable, "-m", "control", process.role, "--name", f"{socket.gethostname()}-up-{process.role}"]
        command += ["--die-with", str(os.getpid())]
        with _log_file(self.settings.data_dir, process.role).open("ab") as out:
            process.popen = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        process.started = time.monotonic()

    def _revive(self, store: Store) -> None:
        now = time.monotonic()
        for process in self.processes:
            if process.popen is not None and process.popen.poll() is not None:
                status = process.popen.returncode
                process.popen = None
                process.deaths = 1 if now - process.started > _WELL_AFTER_S else process.deaths + 1
                self._start_later(process, now, f"status {status}")
            if process.popen is None and now >= process.restart_at:
                try:
                    self._start(process)
                except OSError as error:  # no memory for a process just now: the others go on
                    process.deaths += 1
                    self._start_later(process, now, str(error))

    def _cut_logs(self) -> None:
        now = time.monotonic()
        if now < self.logs_cut_at:
            return
        self.logs_cut_at = now + _CUT_LOGS_EVERY_S
        for process in self.processes:
            try:
                cut_log(_log_file(self.settings.data_dir, process.role))
            except OSError as error:
                log.warning("log_not_cut", process=process.role, error=str(error))

    def _start_later(self, process: _Process, now: float, why: str) -> None:
        wait = min(_FIRST_RESTART_S * 2 ** min(process.deaths - 1, 10), _LONGEST_RESTART_S)  # without end it overflows
        process.restart_at = now + wait
        log.warning("process_died", process=process.role, why=why, starts_again_in_s=wait)

    def _stop_all(self) -> None:
        running = [process.popen for process in self.processes if process.popen is not None]
        for popen in running:
            popen.terminate()
        deadline = time.monotonic() + _STOP_WITHIN_S
        for popen in running:
            try:
                popen.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process_killed", pid=popen.pid, why=f"it did not stop within {_STOP_WITHIN_S:g} s")

    def _kill_all(self) -> None:
        for process in self.processes:
            if process.popen is not None and process.popen.poll() is None:
                process.popen.kill()


def _log_file(data_dir: Path, role: str) -> Path:
    """Where a process logs."""
    path = data_dir / "logs" / f"{role}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def cut_log(path: Path, max_bytes: int = _MAX_LOG_BYTES) -> bool:
    """Keeps a log that has grown large as `.log.1` and empties it; True when it did.

    The process that writes goes on writing at the end of the same file, wherever that is now.
    """
    if not path.exists() or path.stat().st_size <= max_bytes:
        return False
    kept = path.with_suffix(".log.1")
    try:
        shutil.copyfile(path, kept)
    except OSError:  # no room for two: a full disk would stop the store as well
        kept.unlink(missing_ok=True)
    os.truncate(path, 0)
    return True


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Two services on one data folder would both believe that they are alone with a host."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        opened = (data_dir / "presswatch.lock").open("a")
    except OSError as error:
        raise BadSettings(
            f"the data folder cannot be used: {error}; set PRESSWATCH_DATA_DIR to a folder of yours"
        ) from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadSettings(
                f"Presswatch runs already on {data_dir.absolute()}; "
                "stop it first, or set PRESSWATCH_DATA_DIR to another folder"
            ) from error
        yield
