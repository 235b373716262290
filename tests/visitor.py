"""Somebody who comes to the pages: a browser with its cookies, and a program with a token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from lxml import html

from delivery.access.desk import AccessDesk
from storage.sql.audit import SqlAuditLog
from storage.sql.sessions import SqlSessionBook
from storage.sql.users import SqlUserBook
from tests.pressroom import Pressroom
from tests.webserver import Answer, Site


def access_of(room: Pressroom, clock: Callable[[], datetime], **limits: Any) -> AccessDesk:
    """The desk over a pressroom's store."""
    engine = room.engine
    return AccessDesk(SqlUserBook(engine), SqlSessionBook(engine), SqlAuditLog(engine), clock=clock, **limits)


class Visitor:
    """Asks as a browser does: sends cookies back, says where a form comes from. `headers` go out with everything."""

    def __init__(self, site: Site, **headers: str) -> None:
        self.site, self.headers = site, headers
        self.cookies: dict[str, str] = {}

    def get(self, target: str, **headers: str) -> Answer:
        return self._ask(target, "GET", b"", headers)

    def send(self, target: str, page: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        """A form of that page; `fields` win over what the page gave."""
        shown = html.fromstring(self.get(page).body)
        tokens = shown.xpath("//input[@name='token']/@value")
        filled = ({"token": tokens[0]} if tokens else {}) | (fields or {})
        host = self.headers.get("host", f"127.0.0.1:{self.site.port}")
        said = {"origin": f"http://{host}", "sec_fetch_site": "same-origin"} | headers
        return self._ask(target, "POST", urlencode(filled).encode(), said, "application/x-www-form-urlencoded")

    def log_in(self, name: str, secret: str, wanted: str = "/", **headers: str) -> Answer:
        """Fills the log-in form in."""
        fields = {"name": name, "secret": secret, "next": wanted}
        return self.send("/login", "/login", fields, **headers)

    def _ask(self, target: str, method: str, body: bytes, headers: dict[str, str], kind: str | None = None) -> Answer:
        given = self.headers | headers | ({"content_type": kind} if kind else {})
        if self.cookies:
            given = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} | given
        answer = self.site.ask(target, method, body, **given)
        for line in answer.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer
