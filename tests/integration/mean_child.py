"""The children's module, with pages that hang, abort, eat memory or raise when they say so."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from typing import Any

from crawler.pipelines import child
from crawler.pipelines.child import warm

__all__ = ["read_page", "read_source", "warm"]


def read_source(kind: Any, body: child.Body, *args: Any) -> Any:
    if b"PLEASE ABORT" in body.raw:
        os.abort()
    return child.read_source(kind, body, *args)


def read_page(body: child.Body, *args: Any) -> Any:
    if b"PLEASE HANG" in body.raw:
        time.sleep(600)
    if b"PLEASE ABORT" in body.raw:
        os.abort()
    if b"PLEASE BE-KILLED" in body.raw:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"PLEASE CRASH" in body.raw:
        ctypes.string_at(0)
    if b"PLEASE EAT" in body.raw:
        eaten = []
        while True:
            eaten.append(bytearray(100_000_000))
    if b"PLEASE RAISE" in body.raw:
        raise LookupError("as it was asked to")
    return child.read_page(body, *args)
