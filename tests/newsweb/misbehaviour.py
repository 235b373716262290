"""Replies that stand in for a page where an outlet's faults call for them."""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from urllib.parse import quote, unquote

from aiohttp import web

from tests.newsweb.articles import Article
from tests.newsweb.chunks import Chunk
from tests.newsweb.replies import Reply, redirect
from tests.newsweb.routes import Routes
from tests.newsweb.world import Outlet

CONSENT_FORM = (
    "<html><title>Your privacy</title><form action='/consent'><p>We value your privacy. Please "
    "accept cookies to go on reading.</p><button>Accept</button></form></html>"
)


class Misbehaviour:
    """Remembers how often each article was asked for and how fast each client asks."""

    def __init__(self, options: argparse.Namespace, routes: Routes):
        self.options, self.routes = options, routes
        self.tries: Counter[str] = Counter()
        self.recent: dict[tuple[int, str], list[float]] = defaultdict(list)
        self.bomb = [Chunk(b"<p>" + b"0" * ((1 << 20) - 3), 9)] * 256

    def struck(self, article: Article | None) -> bool:
        """Whether an article is among those that its outlet's faults strike."""
        return article is not None and article.luck < self.options.fault_share

    def is_unreachable(self, article: Article) -> bool:
        """Whether no polite client with sane limits ever gets this article."""
        faults = article.outlet.faults
        if faults & {"closed", "robots500"}:
            return True
        if "errors" in faults and self.struck(article) and article.luck < 3:
            return True
        return bool(faults & {"loops", "huge", "bomb"}) and self.struck(article)

    def stand_in(self, outlet: Outlet, request: web.BaseRequest, path: str) -> Reply | None:
        """A reply that stands in for the page, if a fault of the outlet calls for one."""
        if not outlet.faults or path == "/robots.txt":
            return None
        article = self.routes.article_at(outlet, path)
        return (
            self._throttled(outlet, request, article)
            or self._consent(outlet, request, path, article)
            or (self._broken(outlet.faults, path, article) if self.struck(article) else None)
        )

    def _throttled(self, outlet: Outlet, request: web.BaseRequest, article: Article | None) -> Reply | None:
        if "throttle" not in outlet.faults:
            return None
        now, recent = time.monotonic(), self.recent[outlet.index, request.remote or ""]
        recent[:] = [moment for moment in recent if moment > now - 1] + [now]
        if len(recent) <= 2:
            return None
        return Reply([Chunk("slow down")], 429, headers={"Retry-After": "2"}, **_about(article))

    @staticmethod
    def _consent(outlet: Outlet, request: web.BaseRequest, path: str, article: Article | None) -> Reply | None:
        if "consent=1" in request.headers.get("Cookie", ""):
            return None
        if path.startswith("/consent"):
            return redirect(unquote(path.partition("return=")[2]) or "/", 302, kind="consent")
        if "cookiewall" in outlet.faults and not path.endswith((".xml", ".json")):
            return redirect(f"/consent?return={quote(path, safe='')}", 302, **_about(article))
        if "softwall" in outlet.faults and article:
            return Reply([Chunk(CONSENT_FORM)], **_about(article))
        return None

    def _broken(self, faults: frozenset[str], path: str, article: Article) -> Reply | None:
        self.tries[article.key] += 1
        tries, about, reply = self.tries[article.key], _about(article), None
        if "errors" in faults and (tries <= 1 + article.luck % 2 or article.luck < 3):
            reply = Reply([Chunk("<h1>Internal Server Error</h1>")], 500, **about)
        elif "busy" in faults and tries == 1:
            reply = Reply([Chunk("<h1>Busy</h1>")], 503, headers={"Retry-After": "3"}, **about)
        elif "loops" in faults:
            mark = "&" if "?" in path else "?"
            reply = redirect(article.url if "session=" in path else f"{path}{mark}session={tries}", 302, **about)
        elif "huge" in faults:
            filler = Chunk(b"<p>" + b"lorem ipsum " * 5461 + b"</p>\n")
            reply = Reply([filler] * 1024, **about)
        elif "bomb" in faults:
            reply = Reply(self.bomb, **about)
        return reply


def _about(article: Article | None) -> dict:
    return {"kind": "article" if article else "other", "article": article}
