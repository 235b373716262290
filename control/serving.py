"""How the web application is served."""

from __future__ import annotations

from collections.abc import Sequence
from types import FrameType

import uvicorn
from fastapi import FastAPI

from delivery.api.streams import Streams


class Server(uvicorn.Server):
    """Ends live streams as soon as it is asked to stop: it would wait for them, and then break them off."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What uvicorn does at SIGTERM and SIGINT."""
        self._streams.end()
        super().handle_exit(sig, frame)


def server_config(app: FastAPI, trusted_proxies: Sequence[str] = ()) -> uvicorn.Config:
    """A server of its own for each process.

    Who may say for whom it asks, and over what, decides whom limits and the audit log take the reader for; uvicorn
    by itself would believe everybody on this machine.
    """
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=3,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
    )
