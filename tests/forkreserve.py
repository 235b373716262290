"""A fork that a program keeps in reserve, and that becomes its fork server. See `tests.forkserver`.

A program that reads pages starts the fork server of `multiprocessing`: a new Python that loads the libraries anew,
most of a second of CPU. The reserve has them loaded: it was forked before the program began, so without its threads,
and waits. It runs the very code that the new Python would run, with the same files under the same numbers.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
from collections.abc import Sequence
from multiprocessing import util

_MAX_BYTES = 1 << 20
_MAX_FILES = 8
_ABOVE = 512  # no file of the program has so high a number


def keep_in_reserve() -> None:
    """Forks the reserve, and has `multiprocessing` take it for its first fork server; a later one starts as ever."""
    ours, its = socket.socketpair()
    reserve = os.fork()
    if reserve == 0:
        ours.close()
        _wait_and_serve(its)
    its.close()
    start_anew = util.spawnv_passfds

    def start(path: str, words: Sequence[str], files: Sequence[int]) -> int:
        if "multiprocessing.forkserver" not in words[-1] or ours.fileno() < 0:
            return start_anew(path, words, files)
        with ours:
            socket.send_fds(ours, [json.dumps({"code": words[-1], "numbers": list(files)}).encode()], files)
        return reserve

    util.spawnv_passfds = start


def _wait_and_serve(told_by: socket.socket) -> None:
    """Ends when its program ends, with or without having been told what to run."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as the fork server itself
        message, files, _, _ = socket.recv_fds(told_by, _MAX_BYTES, _MAX_FILES)
        told_by.close()
        if message:
            told = json.loads(message)
            _renumber(files, told["numbers"])
            exec(told["code"], {"__name__": "__main__"})  # as `python -c` would
        status = 0
    finally:
        os._exit(status)


def _renumber(files: Sequence[int], numbers: Sequence[int]) -> None:
    """Gives files the numbers that they have in the program, in two steps as these may overlap."""
    above = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for file in files]
    for file in files:
        os.close(file)
    for file, number in zip(above, numbers, strict=True):
        os.dup2(file, number)
        os.close(file)
