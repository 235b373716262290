"""What a process that runs somebody else's code may do: connect to allowed addresses, and nothing else.

Python asks its audit hooks before each such act, whichever library it comes from, and a hook cannot be taken off. The
address is judged as it is connected to, so a name has no time to change in between.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from delivery.channels.guard import refused

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_FORBIDDEN = frozenset(
    {
        "subprocess.Popen",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "pty.spawn",
        "socket.bind",
        "ctypes.dlopen",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.mkdir",
        "os.link",
        "os.symlink",
        "os.truncate",
        "os.chmod",
        "os.chown",
    }
)
_WRITING = frozenset("wax+")


class Refused(OSError):
    """Something that a confined process may not do; the message tells what."""


class Confinement:
    """Holds from `begin` to the end of the process. `refusals` are what it kept from being done."""

    def __init__(self, is_allowed: Callable[[str], bool]) -> None:
        self._is_allowed = is_allowed
        self.refusals: list[str] = []

    def begin(self) -> None:
        """From now on."""
        sys.addaudithook(self._judge)

    def _judge(self, event: str, given: tuple[Any, ...]) -> None:
        if event in _CONNECTING:
            address = given[1]
            host = str(address[0]) if isinstance(address, tuple) else str(address)
            if not self._is_allowed(host):
                self._refuse(str(refused(host, host)))
        elif event in _FORBIDDEN:
            self._refuse(f"{event} is not allowed here")
        elif event == "open" and _is_writing(given[1], given[2]) and given[0] != os.devnull:
            self._refuse("no file is written here")

    def _refuse(self, told: str) -> None:
        self.refusals.append(told)
        raise Refused(told)


def _is_writing(mode: str | None, flags: int) -> bool:
    """`mode` is that of open(), None where a descriptor was asked for by os.open()."""
    if mode is not None:
        return bool(_WRITING & set(mode))
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
