"""What the children of a pool under test are asked to do."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path


def double(number: int) -> int:
    return 2 * number


def nap(seconds: float) -> str:
    time.sleep(seconds)
    return "rested"


def pid() -> int:
    return os.getpid()


def fail() -> None:
    raise LookupError("nothing there")


def fail_at_length() -> None:
    raise ValueError("x" * 10_000_000)


def abort() -> None:
    os.abort()


def exit_quietly() -> None:
    os._exit(0)


def die_the_first_time(mark: str) -> str:
    """Dies of no fault of its own the first time that it runs."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "answered"


def note_and_die(mark: str) -> None:
    with Path(mark).open("a") as file:
        file.write("x")
    os._exit(3)


def run_out_of_memory() -> None:
    raise MemoryError


def eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(200_000_000))


def huge() -> bytes:
    return b"x" * 80 * 1024 * 1024


def large() -> int:
    return b"x" * 8 * 1024 * 1024


def not_to_be_pickled():
    return lambda: None


def deep() -> list:
    nested: list = []
    for _ in range(200_000):
        nested = [nested]
    return nested


def recurse() -> None:
    recurse()


def shout() -> None:
    sys.stdout.write("x" * 100_000)
    sys.stdout.flush()
