"""Answers requests on all addresses: finds outlet and page, sees to conditional requests, compression and
body faults, and keeps the access log."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import time
from email.utils import formatdate, parsedate_to_datetime
from typing import TextIO

from aiohttp import web

from tests.newsweb.chunks import Chunk, gzip_chunks
from tests.newsweb.clock import Clock, iso, parse_start
from tests.newsweb.faults import CANARY_PATH
from tests.newsweb.real import RealOutlet, load_sites
from tests.newsweb.replies import Reply
from tests.newsweb.templates import Template
from tests.newsweb.webs import GeneratedWeb, RealWeb
from tests.newsweb.world import Outlet, address_of


class Server:
    """Answers requests, and keeps the access log."""

    def __init__(self, news: GeneratedWeb | RealWeb, clock: Clock, log: TextIO, slow_s: float):
        self.news, self.clock, self.log, self.slow_s = news, clock, log, slow_s

    # -- the request's way through

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Entry point for every request on every address."""
        began, now = time.time(), self.clock.now()
        path = request.rel_url.raw_path_qs
        if path.startswith("/_newsweb/"):
            return self._control(request, path)
        outlet = self._outlet(request)
        if outlet is None:
            reply = Reply([Chunk("no such outlet")], 502, "text/plain", kind="offsite")
        else:
            reply = self.news.stand_in(outlet, request, path) or self.news.find(outlet, path, now)
        response, body = self._finish(outlet, request, reply)
        sent = 0
        try:
            if response is None:
                response, sent = await self._send_slowly(request, reply, body)
            else:
                sent = len(body)
        finally:
            self._record(request, outlet, path, reply, complete=response is not None, sent=sent, began=began, now=now)
        return response

    def _outlet(self, request: web.BaseRequest) -> Outlet | RealOutlet | None:
        """By Host header (or proxied URL) if it names an outlet, else by the address connected to."""
        name = (request.url.host or "").lower()
        if name in self.news.by_name:
            return self.news.by_name[name]
        local = request.transport.get_extra_info("sockname")[0] if request.transport else ""
        return self.news.by_name.get(local)

    def _control(self, request: web.BaseRequest, path: str) -> web.Response:
        """The tester's own pages, and the canary that only an XXE-prone parser asks for."""
        if path.startswith(CANARY_PATH):
            self._write({"t": time.time(), "sim": self.clock.now(), "kind": "canary", "path": path, "status": 200})
        elif path == "/_newsweb/outlets":
            return web.json_response([self.news.describe(outlet) for outlet in self.news.outlets])
        elif path.startswith("/_newsweb/advance") and request.method == "POST":
            self.clock.advance(float(request.rel_url.query["seconds"]))
        now = self.clock.now()
        self.log.flush()
        return web.json_response(
            {"now": now, "iso": iso(now), "speed": self.clock.speed, "published": self.news.published(now)}
        )

    def _finish(
        self, outlet: Outlet | RealOutlet | None, request: web.BaseRequest, reply: Reply
    ) -> tuple[web.Response | None, bytes]:
        """Conditional requests, compression and body faults. The response is None if it must be dripped."""
        headers, faults = dict(reply.headers), outlet.faults if outlet else frozenset()
        if request.rel_url.raw_path == "/consent":
            headers["Set-Cookie"] = "consent=1; Path=/"
        if outlet and reply.etag and outlet.validators in ("both", "etag"):
            headers["ETag"] = reply.etag
        if outlet and reply.modified and outlet.validators in ("both", "modified"):
            headers["Last-Modified"] = formatdate(reply.modified, usegmt=True)
        if reply.status == 200 and self._unchanged(request, headers):
            reply.status = 304
            return web.Response(status=304, headers=headers), b""
        struck = self.news.is_struck(reply.article)
        zipped = "gzip" in request.headers.get("Accept-Encoding", "") and reply.status == 200
        chunks = reply.chunks
        if "charset" in faults and reply.article and reply.status == 200:
            text = b"".join(chunk.raw for chunk in chunks).decode("utf-8")
            relabelled = struck and text.replace('charset="utf-8"', 'charset="iso-8859-1"')
            chunks = [Chunk(relabelled or text.encode("cp1252", "replace"))]
        headers["Content-Type"], headers["Vary"] = reply.content_type, "Accept-Encoding"
        if zipped:
            headers["Content-Encoding"] = "gzip"
            body = gzip_chunks(chunks)
            if "truncated" in faults and struck:
                body = body[: len(body) * 6 // 10]
        else:
            body = b"".join(chunk.raw for chunk in chunks)
        reply.headers = headers
        if request.method == "HEAD":
            headers["Content-Length"] = str(len(body))
            return web.Response(status=reply.status, headers=headers), b""
        if struck and faults & {"slow", "stall"} and reply.status == 200:
            return None, body
        return web.Response(status=reply.status, headers=headers, body=body), body

    @staticmethod
    def _unchanged(request: web.BaseRequest, headers: dict[str, str]) -> bool:
        """RFC 9110: If-None-Match decides; If-Modified-Since counts only without it."""
        if (tags := request.headers.get("If-None-Match")) is not None:
            known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return "ETag" in headers and (headers["ETag"] in known or "*" in known)
        since, modified = request.headers.get("If-Modified-Since"), headers.get("Last-Modified")
        if not since or not modified:
            return False
        try:
            return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
        except (TypeError, ValueError):
            return False

    async def _send_slowly(self, request: web.BaseRequest, reply: Reply, body: bytes) -> tuple[web.StreamResponse, int]:
        """Drips a body over `slow_s` seconds, or stops half way (its fault is 'stall')."""
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.content_length = len(body)
        await response.prepare(request)
        stalls, sent, step = "stall" in reply.article.outlet.faults, 0, len(body) // 20 + 1
        for start in range(0, len(body), step):
            if stalls and start > len(body) // 2:
                await asyncio.sleep(120)
                break
            await response.write(body[start : start + step])
            sent = min(len(body), start + step)
            await asyncio.sleep(0 if stalls else self.slow_s / 20)
        return response, sent

    # -- access log

    def _record(self, request, outlet, path, reply, *, complete, sent, began, now) -> None:
        agent = request.headers.get("User-Agent", "")
        peer = request.transport.get_extra_info("peername") if request.transport else None
        self._write(
            {
                "t": round(began, 4),
                "sim": round(now, 1),
                "ms": round((time.time() - began) * 1000, 2),
                "outlet": outlet.index if outlet else None,
                "host": request.headers.get("Host", ""),
                "method": request.method,
                "path": path,
                "kind": reply.kind,
                "article": reply.article.key if reply.article else None,
                "variant": reply.variant,
                "revision": reply.revision if reply.status in (200, 304) else None,
                "status": reply.status,
                "bytes": sent,
                "complete": complete,
                "conditional": bool({"If-None-Match", "If-Modified-Since"} & set(request.headers)),
                "allowed": outlet.allows(path, agent) if outlet else None,
                "agent": agent,
                "connection": peer[1] if peer else None,
            }
        )

    def _write(self, record: dict) -> None:
        if not self.log.closed:  # it is when a stalled response is cut off at exit
            self.log.write(json.dumps(record) + "\n")


def listen(addresses: list[str], port: int) -> list[socket.socket]:
    """Sockets bound to the same port on all addresses; port 0 stands for one that is free on each."""
    for _ in range(50):
        sockets: list[socket.socket] = []
        chosen = port
        try:
            for address in addresses:
                sockets.append(bound := socket.socket())
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                bound.bind((address, chosen))
                chosen = bound.getsockname()[1]
        except OSError as error:
            for opened in sockets:
                opened.close()
            if port:
                raise SystemExit(
                    f"newsweb: cannot listen on {address}:{port}: {error}; choose another --port, or 0"
                ) from error
        else:
            return sockets
    raise SystemExit("newsweb: found no port that is free on all addresses; name one with --port")


def build(options: argparse.Namespace) -> tuple[GeneratedWeb | RealWeb, list[socket.socket], float]:
    """The web that the options ask for, its sockets, and the simulated start. Sets `options.port` to the port chosen."""
    start = parse_start(options.start)
    sites = load_sites(options.real_pages, options.corpora, options.every) if options.real_pages else None
    count = options.outlets if sites is None else len(sites)
    sockets = listen(["127.0.0.1", *map(address_of, range(1, count + 1))], options.port)
    options.port = sockets[0].getsockname()[1]
    if sites is not None:
        return RealWeb(options, start, sites), sockets, start
    return GeneratedWeb(options, start, Template.load(options.bodies) if options.bodies else []), sockets, start


def write_truth(options: argparse.Namespace, news: GeneratedWeb | RealWeb) -> None:
    """Writes the ground truth where the options say."""
    if options.truth:
        with options.truth.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in news.truth())


async def serve(options: argparse.Namespace, log: TextIO) -> None:
    """Builds the web, writes the ground truth and serves until interrupted."""
    news, sockets, start = build(options)
    write_truth(options, news)
    server = Server(news, Clock(start, options.speed), log, options.slow_s)
    runner = web.ServerRunner(web.Server(server.handle, keepalive_timeout=75, access_log=None), shutdown_timeout=0.5)
    await runner.setup()
    for bound in sockets:
        await web.SockSite(runner, bound, backlog=1024).start()
    first = news.outlets[0]
    print(
        f"newsweb: {len(news.outlets)} outlets, {news.article_count()} articles; first {first.base}/ "
        f"(also {first.host} by Host or proxy 127.0.0.1:{options.port})",
        flush=True,
    )
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    while not stopped.is_set():
        try:
            await asyncio.wait_for(stopped.wait(), 1)
        except TimeoutError:
            log.flush()
    await runner.cleanup()
