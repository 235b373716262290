"""How the web application is served."""

from __future__ import annotations

from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI


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
