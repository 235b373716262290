"""A web of a few pages on loopback, for what the news web never does: pages that move, die, or list nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(kw_only=True)
class SmallWeb:
    """`pages` are (status, content type or place to go to, text), by path; they may change while it runs."""

    base: str
    pages: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answered: list[tuple[str, int]] = field(default_factory=list)  # (path, status)
    etags: dict[str, str] = field(default_factory=dict)  # by path; what is asked about by them is "not modified"
    delays_s: dict[str, float] = field(default_factory=dict)  # before an answer, by path
    under_way: int = 0
    at_once: int = 0  # the most that were under way together


@contextmanager
def small_web(address: str, pages: Mapping[str, tuple[int, str, str]]) -> Iterator[SmallWeb]:
    """Serves the pages at an address of loopback on a free port; {base} in a text is where it is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            web.asked.append(self.path)
            web.under_way += 1
            web.at_once = max(web.at_once, web.under_way)
            time.sleep(web.delays_s.get(self.path, 0))
            web.under_way -= 1
            status, what, text = web.pages.get(self.path, (404, "text/plain", "nothing here"))
            body = text.replace("{base}", web.base).encode()
            etag = web.etags.get(self.path) if status == 200 else None
            if etag is not None and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            web.answered.append((self.path, status))
            self.send_response(status)
            if etag is not None:
                self.send_header("ETag", etag)
            self.send_header("Location" if 300 <= status < 400 else "Content-Type", what)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Says nothing."""

    server = ThreadingHTTPServer((address, 0), Handler)
    web = SmallWeb(base=f"http://{address}:{server.server_port}", pages=dict(pages))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def rss(*paths: str) -> tuple[int, str, str]:
    """A feed that lists these articles of its own site."""
    items = "".join(f"<item><title>News of {path}</title><link>{{base}}{path}</link></item>" for path in paths)
    return 200, "application/rss+xml", f'<rss version="2.0"><channel><title>Small Post</title>{items}</channel></rss>'


def html(body: str, head: str = "") -> tuple[int, str, str]:
    """A page."""
    return (
        200,
        "text/html; charset=utf-8",
        f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>",
    )
