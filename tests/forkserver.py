"""A process that has loaded Presswatch and forks for each program it is asked for. See `tests.commands`.

Asked over its Unix socket: one line of JSON (module, words, environment, folder) with three files for standard input,
output and error; it answers with the process's id, and with its exit status once it has ended.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import socket
import struct
import sys

from control.commands import ARCHIVE_COMMANDS, COMMANDS, OUTLETS_COMMANDS
from tests.forkreserve import keep_in_reserve

_LOADED = (
    *(
        place.partition(":")[0]
        for group in (COMMANDS, ARCHIVE_COMMANDS, OUTLETS_COMMANDS)
        for place, _ in group.values()
    ),
    "control.noting",
    "control.probing",
    "control.reextracting",
    "control.worker",
    "crawler.pipelines.deduplicate",
    "crawler.pipelines.read",
    "crawler.pipelines.store",
    "crawler.pipelines.warmed",
    "crawler.spiders.probe",
    "crawler.spiders.visit",
)
NUMBER = struct.Struct("!i")
_MAX_BYTES = 1 << 20


def main(place: str) -> None:
    """Answers until its parent, who holds the other end of standard input, is gone."""
    for module in _LOADED:
        __import__(module)
    gc.collect()
    gc.freeze()  # else each program's first collection would touch, and so copy, all that was loaded
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("a reactor is installed already: each program must choose its own")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen(8)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who wait for programs are nobody's to wait for
        if os.fork() == 0:
            sys.stdin.read()
            os.kill(os.getppid(), signal.SIGKILL)
            os._exit(0)
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                break
            connection.close()
    _wait_for_one(connection)


def _wait_for_one(connection: socket.socket) -> None:
    """Starts a program and tells its end; the program itself returns from here, and ends as any other."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked, files, _, _ = socket.recv_fds(connection, _MAX_BYTES, 3)
    while not asked.endswith(b"\n"):
        asked += connection.recv(_MAX_BYTES)
    told = json.loads(asked)
    pid = os.fork()
    if pid:
        for file in files:
            os.close(file)
        connection.sendall(NUMBER.pack(pid))
        _, status = os.waitpid(pid, 0)
        connection.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))
        os._exit(0)
    connection.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    if told["apart"]:
        os.setsid()
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115 (as Python itself opens them)
        for number, mode, errors in ((0, "r", "strict"), (1, "w", "strict"), (2, "w", "backslashreplace"))
    )
    keep_in_reserve()
    sys.argv = [told["module"], *told["words"]]
    runpy.run_module(told["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1])
