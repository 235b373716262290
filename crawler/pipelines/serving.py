"""The child's end of the process pool: answers tasks until the parent is gone. See `crawler.pipelines.pool`."""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import resource
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

LENGTH = struct.Struct("!Q")
WARM = b"w"
#: Larger than the list of a sitemap at its cap; an answer past it would grow the worker itself.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
#: What a child may allocate, the 0.3 GiB included that it has at the start; a sitemap at its cap takes 0.1 GiB.
_ADDRESS_SPACE_BYTES = 1024**3
_MAX_SENTENCE_CHARS = 1000
#: Objects that may be new before cycles are looked for: of a page there are some thousand, and hardly a cycle.
_COLLECTED_AFTER = 20_000
#: Where memory runs out, the kernel ends a child before the worker, and before anybody else's process.
_OOM_SCORE = "800"


def serve(module_name: str, connection: socket.socket, timeout_s: float) -> None:
    """The child: answers tasks until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # a kernel without it
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    connection.setblocking(True)
    module = importlib.import_module(module_name)
    gc.set_threshold(_COLLECTED_AFTER)
    stream = connection.makefile("rwb")
    stream.write(WARM)
    stream.flush()
    while True:
        header = stream.read(LENGTH.size)
        if len(header) < LENGTH.size:
            os._exit(0)
        name, args = pickle.loads(stream.read(LENGTH.unpack(header)[0]))  # noqa: S301 (our own parent)
        # Should the parent die while this page hangs, the alarm ends the process all the same.
        signal.alarm(int(timeout_s) + 5)
        message = _call(module, name, args)
        signal.alarm(0)
        stream.write(LENGTH.pack(len(message)) + message)
        stream.flush()


def _call(module: ModuleType, name: str, args: tuple[Any, ...]) -> bytes:
    """The answer as it is sent: whether the function succeeded, and its value or the error's sentence."""
    try:
        message = pickle.dumps((True, getattr(module, name)(*args)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        os._exit(137)  # its heap is of no more use
    except RecursionError as error:
        return _failure(f"nested too deeply: {error}")
    except Exception as error:  # noqa: BLE001 (here a job begins: whatever it raises becomes its recorded reason)
        return _failure(f"{type(error).__name__}: {error}")
    if len(message) > MAX_ANSWER_BYTES:
        return _failure(f"its result has {len(message)} bytes; the cap is {MAX_ANSWER_BYTES}")
    return message


def _failure(sentence: str) -> bytes:
    return pickle.dumps((False, sentence[:_MAX_SENTENCE_CHARS]), pickle.HIGHEST_PROTOCOL)
