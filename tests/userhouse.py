"""A house with users: a store served with one of each role, a clock that moves on request, and who asks as whom."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime
from typing import Any

from control.settings import Settings
from control.watching import explainer_from
from storage.records import Role
from storage.sql.audit import SqlAuditLog
from storage.sql.users import SqlUserBook
from tests.pressroom import NOW, Pressroom
from tests.visitor import access_of
from tests.watching import WatchStore
from tests.webserver import Answer, Site


class Clock:
    """Tells the time that it was set to."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


class House:
    """A pressroom with a user of each role, served; the clock moves on request."""

    def __init__(self, room: Pressroom) -> None:
        self.room, self.clock = room, Clock()
        self.users, self.audit = SqlUserBook(room.engine), SqlAuditLog(room.engine)
        for role in Role:
            self.users.add(name=f"the {role.value}", role=role, token=token_of(role), now=NOW)
        room.watchlists = WatchStore(room).watchlists
        room.watchlists.add(name="harbour", query="harbour", token="w" * 20, now=NOW)

    def settings(self, **limits: Any) -> dict[str, Any]:
        return {
            "clock": self.clock,
            "access": access_of(self.room, self.clock, **limits),
            "explainer": explainer_from(Settings(), WatchStore(self.room)),
            "allowed_hosts": ["127.0.0.1", "press.example"],
        }


def token_of(role: Role) -> str:
    return f"presswatch_of_the_{role.value}"


def bearer(role: Role) -> dict[str, str]:
    return {"authorization": f"Bearer {token_of(role)}"}


def basic(name: str, token: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()}


def added(site: Site, **headers: str) -> Answer:
    """Asks the API for a watchlist, of a name of its own each time."""
    body = json.dumps({"name": secrets.token_hex(8), "query": "harbour"}).encode()
    return site.ask("/api/v1/watchlists", "POST", body, content_type="application/json", **headers)
