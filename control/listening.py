"""The port that the page listens on."""

from __future__ import annotations

import errno
import socket
import time

from control.settings import BadSettings, Settings

_LOOK_EVERY_S = 0.1


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the address of the page. Raises BadSettings when that cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except (OSError, TypeError) as error:  # TypeError: a name that no host can have
        listener.close()
        is_taken = isinstance(error, OSError) and error.errno in {errno.EADDRINUSE, errno.EACCES}
        remedy = "PRESSWATCH_PORT to a free port" if is_taken else "PRESSWATCH_HOST to an address of this machine"
        why = error.strerror if isinstance(error, OSError) else error
        raise BadSettings(f"cannot listen on {settings.host}:{settings.port}: {why}; set {remedy}") from error
    return listener


def await_port(settings: Settings, patience_s: float = 2.0) -> None:
    """Waits until the page's port is free: a service that was killed holds it for a moment. Raises BadSettings."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            listen(settings).close()
        except BadSettings:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_LOOK_EVERY_S)
        else:
            return
