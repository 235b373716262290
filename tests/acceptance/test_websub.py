"""WebSub against a hub of our own: real processes, real requests, pushes that are killed on their way."""

from __future__ import annotations

import hmac
import http.client
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from crawler.outlets.catalogue import write_outlet
from storage.records import Outlet, OutletSource, SourceKind
from tests.acceptance.harness import Presswatch, Running, free_port
from tests.integration.smallweb import SmallWeb, html, rss, small_web
from tests.newsweb.process import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

WORDS = "<p>" + "The harbour was closed on Sunday, officials said, and ships waited outside. " * 8 + "</p>"
PAGES = {f"/{name}": html(f"<h1>News of {name}</h1>{WORDS}") for name in ("a", "b", "c", "d", "evil")}


@dataclass(kw_only=True)
class Hub:
    """What it was asked, and how it verifies: `deny` or the lease that it gives."""

    base: str
    lease_s: int = 864_000
    deny: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)  # of the callback to our challenges

    def last(self, topic: str) -> dict[str, str]:
        """The last request for a topic."""
        return [each for each in self.asked if each["hub.topic"] == topic][-1]

    def verify(self, asked: dict[str, str]) -> None:
        told = {"hub.mode": asked["hub.mode"], "hub.topic": asked["hub.topic"]}
        told |= (
            {"hub.reason": "not here"}
            if self.deny
            else {"hub.challenge": "ch<a>llenge", "hub.lease_seconds": str(self.lease_s)}
        )
        told |= {"hub.mode": "denied"} if self.deny else {}
        self.answers.append(ask("GET", f"{asked['hub.callback']}?{urlencode(told)}"))


@contextmanager
def running_hub(address: str, **more: object) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def do_POST(self):
            asked = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            hub.asked.append(asked)
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()
            threading.Thread(target=hub.verify, args=(asked,), daemon=True).start()

        def log_message(self, *_):
            """Says nothing."""

    server = ThreadingHTTPServer((address, 0), Handler)
    hub = Hub(base=f"http://{address}:{server.server_port}/", **more)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def ask(method: str, url: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Status and body of one answer."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"{place.path}?{place.query}", body, named)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@dataclass(kw_only=True)
class Scene:
    """A running service, an outlet and its hub."""

    service: Presswatch
    web: SmallWeb
    hub: Hub
    stubborn: Hub
    processes: dict[str, Running]

    @property
    def topic(self) -> str:
        return f"{self.web.base}/feed"

    def rows(self, query: str) -> list[tuple]:
        with sqlite3.connect(self.service.folder / "data" / "presswatch.sqlite3", timeout=20) as store:
            return store.execute(query).fetchall()

    def state(self, key: str) -> tuple:
        return self.rows(f"SELECT state, detail, refused_why, refused FROM subscriptions WHERE outlet_key = '{key}'")[0]

    def urls(self) -> set[str]:
        return {urlsplit(article.url).path for article in self.service.stored.articles()}

    def push(self, *paths: str, secret: str | None = None, method: str = "sha256", size: int = 0) -> tuple[int, bytes]:
        asked = self.hub.last(self.topic)
        text = rss(*paths)[2].replace("{base}/elsewhere", "http://127.0.0.99").replace("{base}", self.web.base)
        body = text.encode() + b" " * size
        digest = hmac.new((secret or asked["hub.secret"]).encode(), body, method).hexdigest()
        kind = "application/rss+xml"
        return ask("POST", asked["hub.callback"], body, Content_Type=kind, X_Hub_Signature=f"{method}={digest}")


def feed(hub: str, *paths: str) -> tuple[int, str, str]:
    """A feed that names a hub."""
    status, kind, text = rss(*paths)
    links = f'<link rel="self" href="{{base}}/feed"/><link rel="hub" href="{hub}"/>'
    return status, kind, text.replace("<title>Small Post</title>", links, 1)


def until(said: Callable[[], object], scene: Scene) -> None:
    assert wait_until(lambda: bool(said()), 40), "\n".join(p.words()[-1500:] for p in scene.processes.values())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("websub")
    with ExitStack() as stack:
        hub = stack.enter_context(running_hub("127.0.0.41"))
        stubborn = stack.enter_context(running_hub("127.0.0.42", deny=True))
        webs = [stack.enter_context(small_web(f"127.0.0.{number}", PAGES)) for number in (43, 44, 45, 46)]
        hubs = (hub.base, stubborn.base, f"http://127.0.0.47:{free_port()}/", "http://10.255.255.1/")
        (folder / "catalogue").mkdir()
        for key, web, named in zip(("small", "denied", "down", "private"), webs, hubs, strict=True):
            web.pages["/feed"] = feed(named, "/a")
            source = OutletSource(kind=SourceKind.FEED, url=f"{web.base}/feed")
            outlet = Outlet(key=key, name=key.title(), home_url=f"{web.base}/", sources=(source,))
            (folder / "catalogue" / f"{key}.toml").write_text(write_outlet(outlet))
        service = stack.enter_context(
            Presswatch(
                folder,
                folder / "catalogue",
                interval_s="3600",
                extract_processes="1",
                worker_name="one",
                websub_url="http://x.example",
            )
        )
        port = service.env["PRESSWATCH_PORT"]
        service.env = {**service.env, "PRESSWATCH_WEBSUB_URL": f"http://127.0.0.1:{port}"}
        assert service.run("db", "upgrade").returncode == 0
        processes = {role: service.start(role) for role in ("web", "scheduler", "worker")}
        found = Scene(service=service, web=webs[0], hub=hub, stubborn=stubborn, processes=processes)
        assert wait_until(service.is_ready, 40), processes["web"].words()
        until(lambda: len(found.rows("SELECT 1 FROM subscriptions WHERE asked_at IS NOT NULL")) == 4, found)
        yield found


def test_the_hub_is_asked_and_its_challenge_echoed_only_for_what_was_asked(scene: Scene):
    until(lambda: scene.state("small")[0] == "active", scene)
    asked = scene.hub.last(scene.topic)
    assert asked["hub.mode"] == "subscribe"
    assert len(asked["hub.secret"]) >= 32
    assert scene.hub.answers[0] == (200, b"ch<a>llenge")
    callback = asked["hub.callback"]
    for mode, topic in (("unsubscribe", scene.topic), ("subscribe", "http://evil.example/")):
        told = urlencode({"hub.mode": mode, "hub.topic": topic, "hub.challenge": "x"})
        assert ask("GET", f"{callback}?{told}")[0] == 404
    told = urlencode({"hub.mode": "subscribe", "hub.topic": scene.topic, "hub.challenge": "x"})
    assert ask("GET", f"{callback[:-8]}guessing?{told}")[0] == 404


def test_a_push_brings_its_articles_without_a_visit(scene: Scene):
    visits = scene.web.asked.count("/feed")
    assert scene.push("/a", "/b")[0] == 202
    until(lambda: "/b" in scene.urls(), scene)
    assert scene.web.asked.count("/feed") == visits
    assert ("pushed", 2, 1) in scene.rows("SELECT outcome, listed, new FROM visits")
    assert scene.rows("SELECT 1 FROM pushes") == []


def test_what_is_not_signed_with_our_secret_is_ignored_and_told(scene: Scene):
    before = scene.state("small")[3]
    assert scene.push("/evil", secret="a guess")[0] == 202
    assert "signature is wrong" in scene.state("small")[2]
    assert scene.push("/evil", method="sha1")[0] == 202
    assert "sha1" in scene.state("small")[2]
    assert scene.push("/evil", size=5_000_000)[0] == 413
    assert "larger" in scene.state("small")[2]
    assert scene.state("small")[3] == before + 3
    time.sleep(2)
    assert "/evil" not in scene.web.asked


def test_a_push_lists_for_its_own_outlet_only(scene: Scene):
    assert scene.push("/c", "/elsewhere/evil")[0] == 202
    until(lambda: "/c" in scene.urls(), scene)
    (reason,) = scene.rows("SELECT reason FROM candidates WHERE url LIKE '%/evil'")[0]
    assert reason == "off-site"


def test_hubs_that_deny_are_down_or_private_are_told_of_and_their_feeds_read_all_the_same(scene: Scene):
    until(lambda: scene.state("denied")[0] == "denied", scene)
    assert "not here" in scene.state("denied")[1]
    until(lambda: scene.state("down")[1] and scene.state("private")[1], scene)
    assert "PRESSWATCH_ALLOW_NETWORKS" in scene.state("private")[1]
    assert {article.outlet_key for article in scene.service.stored.articles()} == {"small", "denied", "down", "private"}
    told = scene.service.run("subscriptions").stdout
    assert "pushes until" in told
    assert "denied" in told
    status, page = scene.service.get("/outlets/small")
    assert status == 200
    assert "pushes until" in page
    assert scene.hub.last(scene.topic)["hub.secret"] not in page + told


def test_kill_nine_between_taking_and_reading_loses_nothing(scene: Scene):
    scene.processes["worker"].kill_all()
    assert scene.push("/d")[0] == 202
    scene.processes["web"].kill_all()
    assert len(scene.rows("SELECT 1 FROM pushes")) == 1
    scene.processes |= {role: scene.service.start(role) for role in ("web", "worker")}
    until(lambda: "/d" in scene.urls(), scene)
    assert scene.rows("SELECT 1 FROM pushes") == []


def test_a_lease_is_renewed_and_ended_with_its_outlet(scene: Scene):
    asked = len(scene.hub.asked)
    until(scene.service.is_ready, scene)
    with sqlite3.connect(scene.service.folder / "data" / "presswatch.sqlite3", timeout=20) as store:
        store.execute(
            "UPDATE subscriptions SET due_at = 0, lease_until = lease_until - 9000000 WHERE outlet_key = 'small'"
        )
    until(lambda: len(scene.hub.asked) > asked, scene)
    assert scene.hub.asked[-1]["hub.mode"] == "subscribe"
    assert scene.service.run("outlets", "pause", "small").returncode == 0
    until(lambda: scene.hub.asked[-1]["hub.mode"] == "unsubscribe", scene)
    until(lambda: scene.state("small")[0] == "ended", scene)
    assert scene.hub.answers[-1][0] == 200
